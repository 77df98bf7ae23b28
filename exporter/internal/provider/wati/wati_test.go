package wati

import (
	"errors"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

func TestConfig(t *testing.T) {
	for name, cfg := range map[string]config.Source{
		"a secret is all it takes": {Secret: ownSecret},
		"everything":               source,
		"templates by sender":      {Secret: ownSecret, Keys: config.Values{keyTemplates: text(bySender)}},
	} {
		if _, err := New(cfg); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := NewWriter(cfg); err != nil {
			t.Errorf("%s: writer: %v", name, err)
		}
	}
	with := func(key string, v config.Value) config.Source {
		return config.Source{Secret: ownSecret, Keys: config.Values{key: v}}
	}
	wrong := map[string]string{"x": "robot"}
	for _, tc := range []struct {
		want string
		cfg  config.Source
	}{
		{"there is no secret", config.Source{}},
		{"is a published example", config.Source{Secret: exampleSecret}},
		{"is a published example", config.Source{Secret: " W4T1-demo-6b1f0c\n"}},
		{"fewer than 16 characters", config.Source{Secret: "k7Gq1x"}},
		{"templates must be", with(keyTemplates, text("robot"))},
		{"operator must be", with(keyOperator, text("sender"))},
		{"no_operator must be", with(keyNoOperator, text("customer"))},
		{"local_id_prefixes must give", with(keyLocalIDs, dictionary(wrong))},
		{`"robot" is neither`, with(keyAssignees, dictionary(wrong))},
		{"survey_templates must give", with(keySurveyTemplates, dictionary(wrong))},
		{"survey_texts must give", with(keySurveyTexts, dictionary(wrong))},
	} {
		_, err := New(tc.cfg)
		if !errors.Is(err, provider.ErrConfig) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("want %q, got %v", tc.want, err)
			continue
		}
		for _, secret := range []string{exampleSecret, ownSecret, "k7Gq1x", "W4T1"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%v tells a secret", err)
			}
		}
	}
	for _, cfg := range []config.Source{{}, with(keyLocalIDs, dictionary(wrong))} {
		if _, err := NewWriter(cfg); !errors.Is(err, provider.ErrConfig) {
			t.Errorf("writer: %v", err)
		}
	}
}

// TestAnswers: what Wati sends again is only what may get better.
func TestAnswers(t *testing.T) {
	if a := Spec.Answers; a.Malformed != 200 || a.Unauthorized != 0 || Spec.Resolves {
		t.Errorf("%+v, resolves %t", a, Spec.Resolves)
	}
}
