package exporter

import (
	"context"
	"fmt"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fetch"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/providers"
)

// fetchSources makes the fetchers of the sources whose webhooks are thin.
func fetchSources(cfg *config.Config) ([]fetch.Source, error) {
	var out []fetch.Source
	for _, s := range cfg.Sources {
		spec, ok := providers.Lookup(s.Provider)
		if !ok || spec.NewFetcher == nil {
			continue
		}
		f, err := spec.NewFetcher(s)
		if err != nil {
			return nil, fmt.Errorf("source %s: %w", s.Name, err)
		}
		src := fetch.Source{Name: s.Name, Fetcher: f}
		if l, ok := f.(provider.Limited); ok {
			src.Rate = l.Rate()
		}
		out = append(out, src)
	}
	return out, nil
}

// delivery hands what was fetched to the webhook server, which is made after
// the queue that fetches.
type delivery struct{ s *Server }

func (d delivery) Deliver(ctx context.Context, source string, res *provider.Result) error {
	return d.s.webhooks.Deliver(ctx, source, res)
}

func (d delivery) refused(source string, task provider.Task, why error) {
	d.s.webhooks.KeepTask(source, task, why)
}
