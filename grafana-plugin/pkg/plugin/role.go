package plugin

import (
	"context"
	"slices"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
)

// level is how texts are read.
type level string

const (
	masked level = "masked"
	full   level = "full"
)

// scopeFull is the token's right to unmasked texts.
const scopeFull = "read:full"

// askAgain is how long the token's scopes are believed.
const askAgain = time.Minute

// levelOf is the one place that decides how a request reads texts: unmasked where
// there is a user whose role is high enough. Alert rules and public dashboards have
// no user.
func (d *Datasource) levelOf(pc backend.PluginContext) level {
	if pc.User != nil && pc.User.Login != "" && d.settings.Full(pc.User.Role) {
		return full
	}
	return masked
}

// may tells whether the token reads at that level too. Where that is not known the
// answer is no.
func (d *Datasource) may(ctx context.Context, l level) bool {
	if l != full {
		return true
	}
	d.mu.Lock()
	scopes, fresh := d.scopes, time.Since(d.asked) < askAgain
	d.mu.Unlock()
	if !fresh {
		info, err := d.client.Info(ctx)
		if err != nil {
			return false
		}
		scopes = info.Scopes
		d.mu.Lock()
		d.scopes, d.asked = scopes, time.Now()
		d.mu.Unlock()
	}
	return slices.Contains(scopes, scopeFull)
}

// behalf is a context of requests that are made for a user.
func behalf(ctx context.Context, pc backend.PluginContext) context.Context {
	if pc.User != nil {
		return api.UserOf(ctx, pc.User.Login)
	}
	return ctx
}
