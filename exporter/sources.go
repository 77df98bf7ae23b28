package exporter

import (
	"fmt"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/metrics"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/meta"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/providers"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/webhook"
)

// facts tells the configuration what the providers need.
func facts() config.Facts { return providers.Facts() }

// webhookSources makes the adapters of the configured sources.
func webhookSources(cfg *config.Config) ([]webhook.Source, error) {
	var out []webhook.Source
	for _, s := range cfg.Sources {
		spec, ok := providers.Lookup(s.Provider)
		if !ok {
			return nil, fmt.Errorf("source %s: provider %q is not known", s.Name, s.Provider)
		}
		adapter, err := spec.New(s)
		if err != nil {
			return nil, fmt.Errorf("source %s: %w", s.Name, err)
		}
		src := webhook.Source{
			Name: s.Name, Adapter: adapter, Channels: s.Channels, Paths: spec.Paths, Remembers: spec.Remembers,
			MalformedStatus: s.Answers.Malformed, UnauthorizedStatus: s.Answers.Unauthorized,
		}
		for _, in := range s.Inboxes {
			src.Inboxes = append(src.Inboxes, in.ID)
		}
		if s.Proxy.Enabled {
			src.Proxy = &webhook.ProxyOptions{
				GraphURL: s.Proxy.GraphURL, Token: string(s.Proxy.Token),
				EncodeCallback: encodeCallback, ParseCallback: parseCallback,
			}
		}
		out = append(out, src)
	}
	return out, nil
}

func encodeCallback(c webhook.CallbackInfo) string {
	return meta.EncodeCallback(meta.CallbackData{
		Conversation: c.Conversation, Actor: c.Actor, Agent: c.Agent, Team: c.Team, Template: c.Template, Survey: c.Survey, Type: c.Type,
	})
}

func parseCallback(s string) (webhook.CallbackInfo, bool) {
	c, ok := meta.ParseCallback(s)
	return webhook.CallbackInfo{
		Conversation: c.Conversation, Actor: c.Actor, Agent: c.Agent, Team: c.Team, Template: c.Template, Survey: c.Survey, Type: c.Type,
	}, ok
}

// feeds maps the sources that report for another one to that one.
func feeds(cfg *config.Config) *map[string]string {
	m := map[string]string{}
	for _, s := range cfg.Sources {
		if s.Feeds != "" {
			m[s.Name] = s.Feeds
		}
	}
	return &m
}

func sourceInfos(cfg *config.Config) []metrics.SourceInfo {
	var out []metrics.SourceInfo
	for _, s := range cfg.Sources {
		out = append(out, metrics.SourceInfo{Name: s.Name, Provider: s.Provider, Channels: s.Channels})
	}
	return out
}

// sourceNames lists the configured sources.
func sourceNames(cfg *config.Config) []string {
	names := make([]string, len(cfg.Sources))
	for i, s := range cfg.Sources {
		names[i] = s.Name
	}
	return names
}
