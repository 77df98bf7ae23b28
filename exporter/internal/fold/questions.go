package fold

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/consistency"
)

func questionSettings(cfg config.FoldConfig) consistency.Settings {
	return consistency.Default(int64(cfg.RatiosWindow))
}

// listen has the shards tell the stages of questions, peaks and transcripts what
// they see, unless these know it already.
func (s *State) listen() {
	for _, sh := range s.shards {
		sh.Peaks, sh.Book = listener{s}, keeper{s}
		sh.Heard = func(h consistency.Heard) {
			if s.questionSeq < s.applying {
				s.questions.Hear(h)
			}
		}
	}
}

// Discrepancies lists, the newest first, human answers that are unlike those
// which near-identical questions got; at most consistency.MaxDiscrepancies. Their
// Type is a text of Names.
func (s *State) Discrepancies() []consistency.Discrepancy { return s.questions.Discrepancies(nil) }
