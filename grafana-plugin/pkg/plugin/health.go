package plugin

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
)

// needed are paths without which the plugin does not work.
var needed = []string{"GET /api/v1/conversations", "GET /api/v1/messages", "GET /api/v1/messages/volume", "GET /api/v1/escalations", "GET /api/v1/annotations"}

// CheckHealth asks the exporter who it is, and says what is wrong.
func (d *Datasource) CheckHealth(ctx context.Context, req *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	if d.problem != nil {
		return unhealthy(d.problem.Error()), nil
	}
	info, err := d.client.Info(behalf(ctx, req.PluginContext))
	if err != nil {
		return unhealthy(d.trouble(err)), nil
	}
	for _, path := range needed {
		if !slices.Contains(info.Paths, path) {
			return unhealthy(fmt.Sprintf("The exporter (%s) is too old for this plugin: it has no %s. Update the exporter.", version(info), path)), nil
		}
	}
	message := fmt.Sprintf("helpdesk-exporter %s, %d conversations, token %q", version(info), info.Conversations, info.Token)
	if d.settings.FullRole != "" {
		if slices.Contains(info.Scopes, scopeFull) {
			message += fmt.Sprintf("; from role %s on texts are not masked", d.settings.FullRole)
		} else {
			message += fmt.Sprintf("; the token lacks the scope %s, so texts stay masked for everybody", scopeFull)
		}
	}
	if !info.Ready {
		message += "; the exporter takes no webhooks at the moment (it starts, or its journal is full)"
	}
	details, _ := json.Marshal(map[string]any{"version": info.Version, "ready": info.Ready, "scopes": info.Scopes, "conversations": info.Conversations})
	return &backend.CheckHealthResult{Status: backend.HealthStatusOk, Message: message, JSONDetails: details}, nil
}

func version(i api.Info) string {
	if i.Version == "" {
		return "of an unknown version"
	}
	return i.Version
}

func unhealthy(message string) *backend.CheckHealthResult {
	return &backend.CheckHealthResult{Status: backend.HealthStatusError, Message: message}
}

// trouble says in the reader's words why the exporter gave no answer.
func (d *Datasource) trouble(err error) string {
	var failed *api.Error
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var record tls.RecordHeaderError
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &failed) && failed.API:
		switch failed.Status {
		case 401:
			return "The exporter does not know the token: put one of api.tokens of its configuration here. " + failed.Text
		default:
			return "The exporter says: " + failed.Text
		}
	case errors.As(err, &failed) && failed.Status == 401:
		return "Something before the exporter asks for another authentication (status 401): the exporter's --web.config.file with basic authentication does not go together with tokens."
	case errors.As(err, &failed):
		return fmt.Sprintf("What answers at %s is no helpdesk-exporter with an API (status %d): check the URL, which is that of /metrics without the path, and the exporter's version.", d.settings.URL, failed.Status)
	case errors.As(err, &dns):
		return fmt.Sprintf("The host %s is not known: check the URL.", dns.Name)
	case errors.As(err, &unknown), errors.As(err, &name):
		return "The exporter's certificate is not trusted: add its CA, or the server name that it is for. " + leaf(err)
	case errors.As(err, &record):
		return "The exporter does not speak TLS there: is the URL http:// and not https://?"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout(), strings.Contains(err.Error(), "timeout awaiting"):
		return fmt.Sprintf("The exporter did not answer within %s.", d.settings.Timeout)
	case strings.Contains(err.Error(), "cannot be read"):
		return fmt.Sprintf("What answers at %s is no helpdesk-exporter: check the URL.", d.settings.URL)
	case strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		return "The exporter does not speak TLS there: write http:// instead of https://, or give the exporter a certificate."
	}
	return fmt.Sprintf("The exporter cannot be reached at %s: %s", d.settings.URL, leaf(err))
}

// leaf is the innermost error, without the address that others have around it.
func leaf(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
