package wall

import (
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// TestAgents: what the agents do is known from the second look on, and not any
// more when nobody has looked for long.
func TestAgents(t *testing.T) {
	h := newHelpdesk(t, config.Inbox{ID: "main"})
	present := func(clock, agent string, state event.Presence) {
		h.happens(event.Event{Time: at(clock), Kind: event.AgentState, Inbox: "main", Agent: event.Agent{ID: agent, Team: "support"}, State: state})
	}
	page := New(h, Options{Demo: true})
	looks := func(clock, want string) {
		t.Helper()
		h.pass(at(clock))
		body := strings.ReplaceAll(get(page, "/?lang=en").Body.String(), nbsp, " ")
		if !strings.Contains(body, want) {
			t.Errorf("%s: the page does not say %q", clock, want)
		}
	}
	looks("09:00:00", "shown in a few seconds")
	present("09:00:00", "a1", event.PresenceAvailable)
	present("09:00:00", "a2", event.PresenceAvailable)
	present("09:00:00", "a3", event.PresenceAway)
	present("09:00:00", "a4", event.PresenceOffline)
	looks("09:00:05", "busy 0, available 2, away 1, offline 1")
	h.happens(customer("09:00:06", "main", "+5511900000001", "hello"))
	h.happens(event.Event{Time: at("09:00:06"), Kind: event.ConversationAssigned, Inbox: "main", Contact: "+5511900000001", Agent: event.Agent{ID: "a1"}})
	looks("09:00:10", "busy 1, available 1, away 1, offline 1")
	looks("09:00:10", "busy 1, available 1, away 1, offline 1") // another screen
	looks("09:01:00", "shown in a few seconds")
	looks("09:01:05", "busy 1, available 1, away 1, offline 1")
	for _, a := range []string{"a1", "a2", "a3"} {
		present("09:01:06", a, event.PresenceOffline)
	}
	looks("09:01:06", "busy 0, available 0, away 0, offline 4")
	looks("11:00:00", "busy 0, available 0, away 0, offline 4")
}

// TestStaffAddsUp: whoever changes between two looks is counted once.
func TestStaffAddsUp(t *testing.T) {
	begin := at("09:00:00")
	for _, tt := range []struct {
		grown [4]float64
		want  [4]int
	}{
		{[4]float64{5, 5, 5, 5}, [4]int{1, 1, 1, 1}},
		{[4]float64{2, 3, 0, 0}, [4]int{0, 1, 0, 0}},
		{[4]float64{3, 3, 4, 0}, [4]int{1, 0, 1, 0}},
		{[4]float64{12, 3, 0, 0}, [4]int{2, 1, 0, 0}},
		{[4]float64{}, [4]int{}},
	} {
		before := staff{received: begin, awake: true}
		now := staff{received: begin.Add(5 * time.Second), awake: true, seconds: tt.grown}
		if now.since(&before); !now.known || now.now != tt.want {
			t.Errorf("%v s in 5 s: %v, want %v", tt.grown, now.now, tt.want)
		}
	}
}

// TestGoals: shares stand beside their targets, and are absent while nothing
// is known.
func TestGoals(t *testing.T) {
	for _, tt := range []struct {
		s      share
		target float64
		value  string
		goal   *risk
	}{
		{share{}, 0.8, none, nil},
		{share{8, 10}, 0.8, "80.0%", &met},
		{share{799, 1000}, 0.8, "79.9%", &missed},
		{share{0, 3}, 0.8, "0.0%", &missed},
	} {
		p := &page{language: languages[0]}
		f := p.goal("name", "what", "definition", tt.s, tt.target)
		if f.Value.String() != tt.value || f.Goal != tt.goal {
			t.Errorf("%v: %s, %v; want %s, %v", tt.s, f.Value, f.Goal, tt.value, tt.goal)
		}
	}
	for share, want := range map[float64]string{0.85: "85%", 0.855: "85,5%", 1: "100%", 0.7: "70%"} {
		if got := languages[1].target(share); got != want {
			t.Errorf("target %v: %s, want %s", share, got, want)
		}
	}
	for value, want := range map[float64]*risk{0.84: &missed, 0.85: &met, 0.9: &met, 0.91: &missed} {
		if got := judge(value, 0.85, 0.90); got != want {
			t.Errorf("%v: %s", value, got.Key)
		}
	}
	page := get(New(morning(t), Options{Now: stands("10:35:20")}), "/?lang=en").Body.String()
	for _, want := range []string{"0 of 0, after 24 h; target 80%", "0 of 0 answers; target 85%", "0 of its 1; target 70%", "target 85% to 90%"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
