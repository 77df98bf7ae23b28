package provider

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
)

// Spec says what a provider is and can do. Each provider's folder exports one;
// its line in the table of package providers gives it its name.
type Spec struct {
	// Name is set by the table.
	Name string
	// Title is how people write it ("respond.io").
	Title string
	// Resolves: it sends resolve events, unless a source says otherwise.
	Resolves bool
	// NeedsSecret and NeedsVerifyToken: a source cannot do without. A provider
	// that NeedsVerifyToken not takes none; secret is always taken.
	NeedsSecret, NeedsVerifyToken bool
	// ContactFields: sources[].segment_field can name a field of its contacts.
	ContactFields bool
	// Proxy: sends can go through the send proxy.
	Proxy bool
	// Paths: it reads what follows /webhooks/<source> in the address. Without
	// it such requests are answered 404.
	Paths bool
	// Remembers: its events leave out contact, inbox or channel where earlier
	// ones named them, and the server fills them in (Thread).
	Remembers bool
	// Answers are the statuses that the vendor is given where something is
	// wrong, unless a source says otherwise; zero fields mean HTTP's own.
	Answers config.Answers
	// Keys are those of sources[] that only this provider takes.
	Keys []config.Key
	// FailureCodes are its documented codes of failed messages.
	FailureCodes []string
	// Facts are what its webhooks tell.
	Facts capability.Facts
	// Simulation is how a simulated day has to be for its Writer.
	Simulation Simulation
	// New makes the adapter of a source.
	New func(config.Source) (Adapter, error)
	// NewFetcher makes what turns the adapter's tasks into events; nil where
	// webhooks say everything themselves.
	NewFetcher func(config.Source) (Fetcher, error)
	// NewWriter makes what writes the provider's requests, for simulations.
	NewWriter func(config.Source) (Writer, error)
}

// Simulation fits a simulated day to a vendor.
type Simulation struct {
	// Inboxes that look like the vendor's own; none takes "main" and "shop".
	Inboxes []string
	// Plain keeps to what a bare WhatsApp number reports (messages, statuses,
	// the line), in whole seconds.
	Plain bool
}

// NewAdapter gives a folder's constructor the type of Spec.New. A nil pointer
// of a failed constructor must not become an interface that is not nil.
func NewAdapter[A Adapter](build func(config.Source) (A, error)) func(config.Source) (Adapter, error) {
	return func(cfg config.Source) (Adapter, error) {
		a, err := build(cfg)
		if err != nil {
			return nil, err
		}
		return a, nil
	}
}

// NewFetcher is NewAdapter for Spec.NewFetcher.
func NewFetcher[F Fetcher](build func(config.Source) (F, error)) func(config.Source) (Fetcher, error) {
	return func(cfg config.Source) (Fetcher, error) {
		f, err := build(cfg)
		if err != nil {
			return nil, err
		}
		return f, nil
	}
}

// NewWriter is NewAdapter for Spec.NewWriter.
func NewWriter[W Writer](build func(config.Source) (W, error)) func(config.Source) (Writer, error) {
	return func(cfg config.Source) (Writer, error) {
		w, err := build(cfg)
		if err != nil {
			return nil, err
		}
		return w, nil
	}
}
