package exporter

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// TestReplayCounts: what the webhooks leave out, replay leaves out.
func TestReplayCounts(t *testing.T) {
	r := replayer{cfg: &config.Config{Sources: []config.Source{
		{Name: "listed", Channels: []string{"whatsapp"}, Inboxes: []config.Inbox{{ID: "main"}}},
		{Name: "open", Channels: []string{"whatsapp", "email"}},
	}}}
	for _, c := range []struct {
		source, channel, inbox string
		kind                   event.Kind
		want                   bool
	}{
		{"listed", "", "main", event.MessageReceived, true},
		{"listed", "whatsapp", "main", event.MessageReceived, true},
		{"listed", "email", "main", event.MessageReceived, false},
		{"listed", "", "other", event.MessageReceived, false},
		{"listed", "", "", event.LineChanged, true},
		{"listed", "", "other", event.AgentState, true}, // presence belongs to no inbox
		{"open", "email", "any", event.MessageReceived, true},
		{"open", "sms", "any", event.MessageReceived, false},
		{"unknown", "", "any", event.MessageReceived, true},
		{"unknown", "email", "any", event.MessageReceived, false},
	} {
		e := event.Event{Source: c.source, Channel: c.channel, Inbox: c.inbox, Kind: c.kind}
		if got := r.counts(&e); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	for _, typ := range []string{"reaction", "edit", "edited", "delete", "deleted", "deletion", "revoke", "revoked"} {
		for _, kind := range []event.Kind{event.MessageReceived, event.MessageSent} {
			if e := (event.Event{Source: "listed", Inbox: "main", Kind: kind, Message: event.Message{Type: typ}}); r.counts(&e) {
				t.Errorf("a %s counts as %s", typ, kind)
			}
		}
	}
}

func replayed(t *testing.T, o ReplayOptions, events string) map[string]float64 {
	t.Helper()
	var out bytes.Buffer
	o.Files, o.Stdin, o.Out, o.Err = []string{"-"}, strings.NewReader(events), &out, &bytes.Buffer{}
	if err := Replay(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	values, err := parseExposition(&out)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// TestReplayAt lets time run after the last event.
func TestReplayAt(t *testing.T) {
	nine := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	event := fmt.Sprintf(`{"id":"1","time":%q,"kind":"message.received","inbox":"main","contact":"+5511900000001"}`+"\n", nine.Format(time.RFC3339))
	const missed = `helpdesk_first_response_deadlines_total{hours="open",inbox="main",request_type="other",result="missed",source="events",team=""}`
	for _, c := range []struct {
		after time.Duration
		want  float64
	}{
		{0, 0},
		{64 * time.Second, 0}, // the target is 60s, the grace 5s
		{65 * time.Second, 1},
		{24 * time.Hour, 1},
	} {
		o := ReplayOptions{}
		if c.after > 0 {
			o.At = nine.Add(c.after)
		}
		if got := replayed(t, o, event)[missed]; got != c.want {
			t.Errorf("after %s: %g missed, want %g", c.after, got, c.want)
		}
	}
	// A moment before the last event is the last event.
	if got, want := replayed(t, ReplayOptions{At: nine.Add(-time.Hour)}, event), replayed(t, ReplayOptions{}, event); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Error("an early --at changes figures")
	}
}

func TestReplayErrors(t *testing.T) {
	for name, o := range map[string]ReplayOptions{
		"not both":  {},
		"not  both": {Files: []string{"-"}, JournalDir: t.TempDir()},
	} {
		if err := Replay(t.Context(), o); err == nil || !strings.Contains(err.Error(), "not both") {
			t.Errorf("%s: %v", name, err)
		}
	}
	private := `{"id":"1","time":"2026-03-02T09:00:00Z","kind":"message.received","inbox":"main","contact":"+5511900000001","message":{"text":"private words"},"x":1}`
	err := Replay(t.Context(), ReplayOptions{Files: []string{"-"}, Stdin: strings.NewReader(private), Out: &bytes.Buffer{}})
	if err == nil || !strings.Contains(err.Error(), "event 1") || !strings.Contains(err.Error(), `x`) || strings.Contains(err.Error(), "private") || strings.Contains(err.Error(), "55119") {
		t.Errorf("unreadable event: %v", err)
	}
}

// TestCompareValues: the demo's word that everything is equal is worth
// something.
func TestCompareValues(t *testing.T) {
	base := func() map[string]float64 {
		return replayed(t, ReplayOptions{}, `{"id":"1","time":"2026-03-02T09:00:00Z","kind":"message.received","inbox":"main","contact":"+5511900000001"}
{"id":"2","time":"2026-03-02T09:00:30Z","kind":"message.sent","actor":"human","inbox":"main","contact":"+5511900000001"}
`)
	}
	a := base()
	if diff, n := compareValues(a, base()); len(diff) != 0 || n < 100 {
		t.Errorf("%d values, %v", n, diff)
	}
	parts := map[string]bool{}
	for k, v := range a {
		if v == 0 {
			continue
		}
		b := base()
		b[k]++
		if diff, _ := compareValues(a, b); len(diff) != 1 || !strings.HasPrefix(diff[0], k) {
			t.Errorf("%s is changed: %v", k, diff)
		}
		delete(b, k)
		if diff, _ := compareValues(a, b); len(diff) != 1 {
			t.Errorf("%s is missing: %v", k, diff)
		}
		for _, part := range []string{" count", " sum", " le="} {
			parts[part] = parts[part] || strings.Contains(k, part)
		}
	}
	if !parts[" count"] || !parts[" sum"] || !parts[" le="] {
		t.Errorf("histograms are not compared: %v", parts)
	}
}
