// Package providers is the table of the providers there are: one line each.
// Whoever adds one writes a folder below package provider and a line here.
//
// Package config must not import it (the adapters read config); the caller of
// config hands the facts over.
package providers

import (
	"slices"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/events"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/meta"
)

// Spec says what a provider is and can do.
type Spec struct {
	Name string
	// Channel is what its events travel over unless they say otherwise.
	Channel string
	// Resolves: it sends resolve events.
	Resolves bool
	// NeedsSecret and NeedsVerifyToken: a source cannot do without.
	NeedsSecret, NeedsVerifyToken bool
	// Proxy: sends can go through the send proxy.
	Proxy bool
	// FailureCodes are its documented codes of failed messages.
	FailureCodes []string
	// New makes the adapter of a source.
	New func(config.Source) (provider.Adapter, error)
	// NewWriter makes what writes the provider's requests, for simulations.
	NewWriter func(config.Source) (provider.Writer, error)
}

var table = map[string]Spec{
	"events": {Channel: whatsapp, Resolves: true, NeedsSecret: true, New: adapter(events.New), NewWriter: writer(events.NewWriter)},
	"meta":   {Channel: whatsapp, NeedsSecret: true, NeedsVerifyToken: true, Proxy: true, FailureCodes: meta.FailureCodes, New: adapter(meta.New), NewWriter: writer(meta.NewWriter)},
}

const whatsapp = "whatsapp"

// Lookup gives the provider of that name.
func Lookup(name string) (Spec, bool) {
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

// adapter and writer give constructors the table's type. A nil pointer of a
// failed constructor must not become an interface that is not nil.
func adapter[A provider.Adapter](build func(config.Source) (A, error)) func(config.Source) (provider.Adapter, error) {
	return func(cfg config.Source) (provider.Adapter, error) {
		a, err := build(cfg)
		if err != nil {
			return nil, err
		}
		return a, nil
	}
}

func writer[W provider.Writer](build func(config.Source) (W, error)) func(config.Source) (provider.Writer, error) {
	return func(cfg config.Source) (provider.Writer, error) {
		w, err := build(cfg)
		if err != nil {
			return nil, err
		}
		return w, nil
	}
}
