package understand

import (
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/understand/sentiment"
)

func analyzer(t testing.TB, change func(*config.Config)) *Analyzer {
	t.Helper()
	cfg := config.Default(config.Facts{})
	if change != nil {
		change(cfg)
	}
	a, err := New(cfg.RequestTypes, cfg.Sentiment)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAnalyze(t *testing.T) {
	a := analyzer(t, nil)
	for _, c := range []struct {
		text, known, usual, language string
		label                        sentiment.Label
		topic                        string
	}{
		{"onde está o meu pedido? já era para ter chegado ontem", "", "", "pt", sentiment.Negative, "delivery"},
		{"¿dónde está mi pedido? quiero un reembolso ya", "", "pt", "es", sentiment.Neutral, "refund"},
		{"I was charged twice on my last invoice", "es", "pt", "en", sentiment.Negative, "billing"},
		{"ok", "es", "pt", "es", sentiment.Neutral, ""},
		{"ok", "", "pt", "pt", sentiment.Neutral, ""},
		{"123", "", "", "", sentiment.Neutral, ""},
	} {
		got := a.Analyze(c.text, text.Fold(c.text), c.known, c.usual)
		if got.Language != c.language || got.Sentiment.Label != c.label || got.Topic.Type != c.topic || !got.Judged {
			t.Errorf("%q: %+v", c.text, got)
		}
	}
}

func TestPatternsGoFirst(t *testing.T) {
	a := analyzer(t, func(c *config.Config) {
		c.Sentiment.NegativePatterns, c.Sentiment.PositivePatterns = []string{"procon"}, []string{"five stars"}
	})
	for s, want := range map[string]sentiment.Label{
		"vou ao Procon, obrigada": sentiment.Negative, "five stars": sentiment.Positive, "five stars, or Procon": sentiment.Negative,
	} {
		if got := a.Analyze(s, text.Fold(s), "", ""); got.Sentiment.Label != want {
			t.Errorf("%q is %s", s, got.Sentiment.Label)
		}
	}
	if got := analyzer(t, func(c *config.Config) { c.Sentiment.Enabled = false }).Analyze("pessimo", "pessimo", "", ""); got.Judged {
		t.Error("judged though it is turned off")
	}
	cfg := config.Default(config.Facts{})
	cfg.Sentiment.NegativePatterns = []string{"("}
	if _, err := New(cfg.RequestTypes, cfg.Sentiment); err == nil || !strings.Contains(err.Error(), "sentiment.negative_patterns") {
		t.Error(err)
	}
}

func TestMemory(t *testing.T) {
	var m Memory[int]
	if m.Known(1) != "" {
		t.Error("knows somebody from the start")
	}
	m.Learn(1, "pt")
	m.Learn(2, "en")
	for i := range 2*remembered + 10 {
		m.Learn(i+10, "es")
		m.Known(1)
	}
	if m.Known(1) != "pt" {
		t.Error("forgot somebody who writes all the time")
	}
	if m.Known(2) != "" || len(m.young)+len(m.old) > 2*remembered {
		t.Error("remembers more than there is room for")
	}
	m.Learn(1, "es")
	if m.Known(1) != "es" {
		t.Error("does not learn anew")
	}
}

// BenchmarkAnalyze is the whole of a message of 60 characters.
func BenchmarkAnalyze(b *testing.B) {
	a := analyzer(b, nil)
	const raw = "Meu pedido ainda não chegou e ninguém responde, péssimo!!!!"
	b.ReportAllocs()
	for b.Loop() {
		a.Analyze(raw, text.Fold(raw), "", "pt")
	}
}
