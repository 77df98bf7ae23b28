package conversation

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/heatmap"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// Peaks hears when customers come.
type Peaks interface {
	Opened(k heatmap.Key, at int64)
	Message(k heatmap.Key, at int64)
	FirstResponse(k heatmap.Key, start, took int64)
}

// peak is where a scope's figures are kept.
func (s *Shard) peak(scope m.ScopeID) heatmap.Key {
	sc := s.Store.ScopeOf(scope)
	return heatmap.Key{Source: sc.Source, Inbox: sc.Inbox, Team: sc.Team}
}
