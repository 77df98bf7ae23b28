// Package providers is the table of the providers there are: one line each.
// Whoever adds one writes a folder below package provider and a line here;
// docs/adding-a-provider.md tells how.
//
// Package config must not import it (the adapters read config); the caller of
// config hands the facts over.
package providers

import (
	"slices"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/chatwoot"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/events"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/hubspot"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/meta"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/respondio"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/trengo"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/twilio"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wati"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/zendesk"
)

var table = map[string]provider.Spec{
	"chatwoot":  chatwoot.Spec,
	"events":    events.Spec,
	"hubspot":   hubspot.Spec,
	"meta":      meta.Spec,
	"respondio": respondio.Spec,
	"trengo":    trengo.Spec,
	"twilio":    twilio.Spec,
	"wati":      wati.Spec,
	"zendesk":   zendesk.Spec,
}

// Lookup gives the provider of that name.
func Lookup(name string) (provider.Spec, bool) {
	s, ok := table[name]
	if ok {
		s.Name = name
	}
	return s, ok
}

// Names lists the providers in alphabetical order.
func Names() []string {
	names := make([]string, 0, len(table))
	for name := range table {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Facts is what the configuration has to know of the providers.
func Facts() config.Facts {
	f := config.Facts{Providers: make(map[string]config.ProviderFacts, len(table))}
	for name, s := range table {
		f.Providers[name] = config.ProviderFacts{
			Resolves: s.Resolves, NeedsSecret: s.NeedsSecret, NeedsVerifyToken: s.NeedsVerifyToken, Proxy: s.Proxy,
			ContactFields: s.ContactFields,
			Answers:       s.Answers, Keys: s.Keys,
		}
	}
	return f
}

// OtherFailure stands for every code that no provider documents.
const OtherFailure = "other"

var failureCodes = func() map[string]bool {
	codes := make(map[string]bool)
	for _, s := range table {
		for _, code := range s.FailureCodes {
			codes[code] = true
		}
	}
	return codes
}()

// KnownFailureCode gives code where a provider documents it, else OtherFailure:
// the label code stays a closed list, whatever is sent.
func KnownFailureCode(code string) string {
	if failureCodes[code] {
		return code
	}
	return OtherFailure
}
