package intake_test

import (
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/providers"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

func TestRatings(t *testing.T) {
	const no = -1.0
	in := newIntake(t, nil)
	for _, tc := range []struct {
		kind, text string
		want       float64
	}{
		{"text", "5", 5},
		{"", "Nota 10!", 10},
		{"text", "zero", 0},
		{"text", "*****", 5},
		{"text", "-10", no},
		{"text", "5?", no},
		{"text", "5 dias", no},
		{"text", "5 - Excelente", no}, // nobody types titles
		{"text", "", no},
		{"text", "1000", no},
		{"interactive", "5", 5},
		{"interactive", "5 - Excelente", 5},
		{"interactive", "⭐⭐⭐⭐ Bom", 4},
		{"interactive", "Falar com um atendente", no},
		{"interactive", "1. Falar com um atendente", no},
		{"interactive", "Sim", no},
		{"button", "0 – Nada provável", 0},
		{"button", "Quero saber mais", no},
		{"image", "5", no},
		{"document", "Nota 5", no},
		{"sticker", "⭐⭐⭐⭐⭐", no},
		{"location", "5", no},
		{"order", "5", no},
		{"unsupported", "5", no},
		{"a type of tomorrow", "5", no},
	} {
		r := prepared(t, in, event.Event{Kind: event.MessageReceived, Message: event.Message{Type: tc.kind, Text: tc.text}})
		rated := r.Flags&record.Rated != 0
		if rated != (tc.want != no) || rated && r.Score != tc.want || !rated && r.Score != 0 || r.HasScore {
			t.Errorf("%s %q: rated %v, score %v, has score %v", tc.kind, tc.text, rated, r.Score, r.HasScore)
		}
	}
}

// A score that came with the event is the answer, whatever the text says; and
// only what customers write is read.
func TestRatingsBesideScores(t *testing.T) {
	in := newIntake(t, nil)
	msg := event.Message{Type: "interactive", Text: "5 - Excelente"}
	for _, score := range []float64{0, 2} {
		r := prepared(t, in, event.Event{Kind: event.MessageReceived, Message: msg, Score: score, HasScore: true, Scale: 10, Survey: event.SurveyNPS})
		if r.Flags&record.Rated != 0 || r.Score != score || !r.HasScore || r.Scale != 10 || r.Survey != event.SurveyNPS {
			t.Errorf("a score of %v became %+v", score, r)
		}
	}
	for k := event.KindInvalid + 1; k.Valid(); k++ {
		r := prepared(t, in, event.Event{Kind: k, Message: msg})
		if want := k == event.MessageReceived; (r.Flags&record.Rated != 0) != want || !want && r.Score != 0 {
			t.Errorf("%s: flags %b, score %v", k, r.Flags, r.Score)
		}
	}
}

// Consent is a whole message, of any type that has words; where both match, the
// customer is not written to.
func TestConsentInWords(t *testing.T) {
	in := newIntake(t, func(c *config.Config) {
		c.Consent.OptInPatterns = []string{"quero receber", "sim|não|start"}
		c.Consent.OptOutPatterns = []string{"stop", "parar(?: promoções)?", "não"}
	})
	for _, tc := range []struct {
		kind, text string
		want       record.Flags
	}{
		{"text", "Quero receber!", record.OptIn},
		{"text", "START", record.OptIn},
		{"text", "stop", record.OptOut},
		{"text", "STOP.", record.OptOut},
		{"button", "Parar promoções", record.OptOut},
		{"interactive", "Sim", record.OptIn},
		{"text", "não", record.OptOut},
		{"text", "stop it please", 0},
		{"text", "não quero receber", 0},
		{"text", "", 0},
	} {
		r := prepared(t, in, event.Event{Kind: event.MessageReceived, Message: event.Message{Type: tc.kind, Text: tc.text}})
		if got := r.Flags & (record.OptIn | record.OptOut); got != tc.want {
			t.Errorf("%s %q has flags %b, want %b", tc.kind, tc.text, got, tc.want)
		}
		r = prepared(t, in, event.Event{Kind: event.MessageSent, Message: event.Message{Type: tc.kind, Text: tc.text}})
		if r.Flags != 0 {
			t.Errorf("%q has flags %b where we say it", tc.text, r.Flags)
		}
	}
	for name, change := range map[string]func(*config.Config){
		"consent.opt_in_patterns":  func(c *config.Config) { c.Consent.OptInPatterns = []string{"("} },
		"consent.opt_out_patterns": func(c *config.Config) { c.Consent.OptOutPatterns = []string{"stop", "[z-a]"} },
	} {
		cfg := config.Default(config.Facts{})
		change(cfg)
		if _, err := intake.New(cfg, master, providers.KnownFailureCode); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("a broken pattern of %s: %v", name, err)
		}
	}
}
