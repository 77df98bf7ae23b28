package fold

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/consistency"
)

func questionSettings(cfg config.FoldConfig) consistency.Settings {
	return consistency.Default(int64(cfg.RatiosWindow))
}

// Discrepancies lists, the newest first, human answers that are unlike those
// which near-identical questions got; at most consistency.MaxDiscrepancies. Their
// Type is a text of Names.
func (s *State) Discrepancies() []consistency.Discrepancy { return s.questions.Discrepancies(nil) }
