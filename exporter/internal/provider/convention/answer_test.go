package convention

import (
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

func TestParseAnswer(t *testing.T) {
	for _, tc := range []struct {
		id           string
		want         Answer
		ok, offScale bool
	}{
		{"csat:c-81:5", Answer{event.SurveyCSAT, 5}, true, false},
		{"csat:a:b:1", Answer{event.SurveyCSAT, 1}, true, false},
		{"csat::3", Answer{event.SurveyCSAT, 3}, true, false},
		{"nps:x:0", Answer{event.SurveyNPS, 0}, true, false},
		{"nps:x:10", Answer{event.SurveyNPS, 10}, true, false},
		{"csat:x:0", Answer{}, false, true},
		{"csat:x:6", Answer{}, false, true},
		{"nps:x:11", Answer{}, false, true},
		{"nps:x:9999", Answer{}, false, true},
		{"csat:5", Answer{}, false, false},
		{"csat:x:", Answer{}, false, false},
		{"csat:x:12345", Answer{}, false, false},
		{"csat:x:+5", Answer{}, false, false},
		{"CSAT:x:5", Answer{}, false, false},
		{"menu:1", Answer{}, false, false},
		{"", Answer{}, false, false},
	} {
		got, ok, offScale := ParseAnswer([]byte(tc.id))
		if ok != tc.ok || offScale != tc.offScale || ok && got != tc.want {
			t.Errorf("%q: %+v, %v, %v", tc.id, got, ok, offScale)
		}
		if ok {
			if again, ok, _ := ParseAnswer([]byte(got.ID("z"))); !ok || again != got {
				t.Errorf("%q is written as %q", tc.id, got.ID("z"))
			}
		}
	}
	var e event.Event
	if (Answer{event.SurveyNPS, 0}).Mark(&e); !e.HasScore || e.Scale != 10 || e.Survey != event.SurveyNPS {
		t.Errorf("marked as %+v", e)
	}
}
