package simulate

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"hash"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// wednesday is an average working day in a place three hours behind UTC.
var wednesday = time.Date(2026, 3, 4, 0, 0, 0, 0, time.FixedZone("-03", -3*3600))

func mustNew(t testing.TB, o Options) *Scenario {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var profiles = map[string]Profile{"helpdesk": ProfileHelpdesk, "meta": ProfileMeta}

// describe writes everything that an item says, readable.
func describe(it Item) string {
	e := &it.Event
	parts := []string{
		it.At.UTC().Format("15:04:05.000"), fmt.Sprintf("%+.3f", it.At.Sub(e.Time).Seconds()),
		fmt.Sprintf("%04x", it.Key&0xffff), e.ID, e.Kind.String(),
	}
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+"="+value)
		}
	}
	add("inbox", e.Inbox)
	add("contact", e.Contact)
	add("alias", e.Alias)
	add("name", e.ContactName)
	add("conversation", e.Conversation)
	if e.Actor != event.ActorUnknown {
		add("actor", e.Actor.String())
	}
	if e.Agent != (event.Agent{}) {
		add("agent", fmt.Sprint(e.Agent))
	}
	if e.Message != (event.Message{}) {
		add("message", fmt.Sprintf("%q", e.Message))
	}
	add("status", e.Status.String())
	add("error", e.Error)
	add("state", event.Presences[e.State])
	if e.HasScore || e.Scale != 0 {
		add("score", fmt.Sprint(e.HasScore, e.Score, "/", e.Scale, event.Surveys[e.Survey]))
	}
	add("consent", event.Consents[e.Consent])
	add("type", e.RequestType)
	add("labels", strings.Join(e.Labels, ","))
	add("reason", e.Reason)
	add("into", e.Into)
	if e.Line != (event.Line{}) {
		add("line", fmt.Sprint(e.Line))
	}
	return strings.Join(parts, " ")
}

// fingerprint hashes a whole scenario.
func fingerprint(s *Scenario) (sum string, items int) {
	var h hash.Hash = sha256.New()
	for it := range s.All() {
		fmt.Fprintln(h, describe(it))
		items++
	}
	return fmt.Sprintf("%x", h.Sum(nil)), items
}

func TestSameSeedSameDay(t *testing.T) {
	var got strings.Builder
	for _, name := range []string{"helpdesk", "meta"} {
		opts := Options{Seed: 42, Start: wednesday, Duration: 24 * time.Hour, Conversations: 300, Profile: profiles[name]}
		sum, items := fingerprint(mustNew(t, opts))
		again, _ := fingerprint(mustNew(t, opts))
		if sum != again {
			t.Errorf("%s: two runs of one seed differ", name)
		}
		opts.Seed++
		if other, _ := fingerprint(mustNew(t, opts)); other == sum {
			t.Errorf("%s: another seed gives the same day", name)
		}
		fmt.Fprintf(&got, "%s %d %s\n", name, items, sum)
	}
	golden(t, "day.sum", got.String())
}

// TestFirstHour keeps a part of a day in a form that people can read.
func TestFirstHour(t *testing.T) {
	for name, profile := range profiles {
		s := mustNew(t, Options{Seed: 7, Start: wednesday.Add(11 * time.Hour), Duration: time.Hour, Conversations: 60, Profile: profile})
		var got strings.Builder
		for it := range s.All() {
			got.WriteString(describe(it) + "\n")
		}
		golden(t, "hour-"+name+".txt", got.String())
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Fatalf("%s:%d differs (rewrite with -update)\n got %s\nwant %s", path, i+1, g[i], w[i])
		}
	}
	t.Fatalf("%s: %d lines, want %d (rewrite with -update)", path, len(g), len(w))
}

func TestOrder(t *testing.T) {
	for name, profile := range profiles {
		opts := Options{Seed: 3, Start: wednesday, Duration: 24 * time.Hour, Conversations: 800, Profile: profile}
		s := mustNew(t, opts)
		end := opts.Start.Add(opts.Duration)
		last := opts.Start
		late, swapped := 0, 0
		latest := map[uint64]time.Time{}
		for it := range s.All() {
			if it.At.Before(last) {
				t.Fatalf("%s: item at %s after one at %s", name, it.At, last)
			}
			last = it.At
			if it.At.Before(it.Event.Time) || it.At.After(end) {
				t.Fatalf("%s: %s of %s sent at %s", name, it.Event.Kind, it.Event.Time, it.At)
			}
			if it.Event.Time.Before(opts.Start) {
				t.Fatalf("%s: event of %s before the start", name, it.Event.Time)
			}
			if it.At.Sub(it.Event.Time) > 5*time.Second {
				late++
			}
			if it.Event.Time.Before(latest[it.Key]) {
				swapped++
			} else {
				latest[it.Key] = it.Event.Time
			}
		}
		if late == 0 || swapped == 0 {
			t.Errorf("%s: %d late and %d out of order; some of both are wanted", name, late, swapped)
		}
	}
}

func TestTidy(t *testing.T) {
	s := mustNew(t, Options{Seed: 3, Start: wednesday, Duration: 24 * time.Hour, Conversations: 400, Tidy: true})
	seen := map[string]bool{}
	for it := range s.All() {
		if !it.At.Equal(it.Event.Time) {
			t.Fatalf("%s of %s is sent at %s", it.Event.Kind, it.Event.Time, it.At)
		}
		if seen[it.Event.ID] {
			t.Fatalf("%s twice", it.Event.ID)
		}
		seen[it.Event.ID] = true
	}
	if len(seen) < 2000 {
		t.Errorf("only %d events", len(seen))
	}
}

// TestRunsDiffer: a second run against the same exporter must not be taken for
// a repetition of the first.
func TestRunsDiffer(t *testing.T) {
	ids := map[string]bool{}
	collect := func(start time.Time, check bool) {
		s := mustNew(t, Options{Seed: 5, Start: start, Duration: 2 * time.Hour, Conversations: 500, Tidy: true})
		for it := range s.All() {
			for _, id := range []string{it.Event.ID, it.Event.Message.ID, it.Event.Conversation} {
				if check && id != "" && ids[id] {
					t.Fatalf("id %s of the first run came again", id)
				}
				if !check {
					ids[id] = true
				}
			}
		}
	}
	noon := wednesday.Add(12 * time.Hour)
	collect(noon, false)
	collect(noon.Add(time.Second), true)
}

// TestShiftAtStart: who works at the start of a scenario says so at once.
func TestShiftAtStart(t *testing.T) {
	s := mustNew(t, Options{Seed: 1, Start: wednesday.Add(15 * time.Hour), Duration: time.Minute, Agents: 16, Tidy: true})
	on := map[string]bool{}
	for it := range s.All() {
		if e := it.Event; e.Kind == event.AgentState && it.At.Equal(s.Start()) {
			on[e.Agent.ID] = true
			if e.State == event.PresenceOffline {
				t.Errorf("%s logs out at the start", e.Agent.ID)
			}
		}
	}
	if len(on) < 8 {
		t.Errorf("%d of 16 agents at three in the afternoon", len(on))
	}
	if got := len(s.Agents()); got != 16 {
		t.Errorf("Agents gives %d", got)
	}
}

// TestEverybodyGoesHome but the night shift.
func TestEverybodyGoesHome(t *testing.T) {
	s := mustNew(t, Options{Seed: 1, Start: wednesday, Duration: 5*24*time.Hour + 3*time.Hour, Agents: 80, Conversations: 50, Tidy: true})
	presence := map[string]event.Presence{}
	for it := range s.All() {
		if e := it.Event; e.Kind == event.AgentState {
			if presence[e.Agent.ID] == e.State {
				t.Errorf("%s is %s twice", e.Agent.ID, event.Presences[e.State])
			}
			presence[e.Agent.ID] = e.State
		}
	}
	night := 0
	for _, p := range presence {
		if p != event.PresenceOffline {
			night++
		}
	}
	if most := len(s.staff) / len(shifts); len(presence) != 80 || night == 0 || night > most {
		t.Errorf("%d of %d agents are there at three in the morning, want at most %d", night, len(presence), most)
	}
}

// TestMemoryIsBounded: after ten days a scenario holds no more than after
// three, by when the first of the late answers have come.
func TestMemoryIsBounded(t *testing.T) {
	s := mustNew(t, Options{Seed: 9, Start: wednesday, Conversations: 1200, Profile: ProfileHelpdesk})
	var most [10]int
	for {
		it, ok := s.Next()
		if !ok {
			t.Fatal("a scenario without duration ended")
		}
		day := int(it.At.Sub(wednesday) / (24 * time.Hour))
		if day >= len(most) {
			break
		}
		held := len(s.agenda.heap) + len(s.talking) + len(s.agreed)
		for _, q := range s.queues {
			held += len(q.waiting)
		}
		most[day] = max(most[day], held)
	}
	first := slices.Max(most[:3])
	limit := first + first/2
	for day, held := range most {
		if held > limit {
			t.Errorf("day %d holds up to %d things, the first three %d", day+1, held, first)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, opts := range map[string]Options{
		"no start":          {},
		"negative duration": {Start: wednesday, Duration: -1},
		"negative volume":   {Start: wednesday, Conversations: -5},
		"negative rate":     {Start: wednesday, Conversations: -5, Rate: -1},
		"endless volume":    {Start: wednesday, Rate: 1e9},
		"negative agents":   {Start: wednesday, Agents: -1},
		"bot above one":     {Start: wednesday, BotShare: 1.5},
		"negative language": {Start: wednesday, Languages: Languages{Portuguese: 1, English: -1}},
	} {
		if _, err := New(opts); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOptionsMatter(t *testing.T) {
	count := func(o Options) (bot, total, english int, inboxes map[string]bool) {
		o.Seed, o.Start, o.Duration = 2, wednesday, 24*time.Hour
		inboxes = map[string]bool{}
		for it := range mustNew(t, o).All() {
			e := it.Event
			if e.Kind == event.ConversationOpened {
				total++
			}
			if e.Kind == event.MessageSent && e.Actor == event.ActorBot && e.Message.Type != "template" {
				bot++
			}
			if strings.HasPrefix(e.Message.Text, "Your order") {
				english++
			}
			inboxes[e.Inbox] = true
		}
		return
	}
	_, small, _, _ := count(Options{Conversations: 200})
	_, large, _, _ := count(Options{Conversations: 200, Rate: 3})
	if large < 2*small {
		t.Errorf("rate 3 gives %d conversations, rate 1 %d", large, small)
	}
	bot, _, english, inboxes := count(Options{BotShare: -1, Languages: Languages{Spanish: 1}, Inboxes: []string{"a", "b", "c"}})
	// What is left of the bot is asking a last question after a hand-back.
	if bot > 30 || english > 0 {
		t.Errorf("%d bot messages without a bot, %d English ones in Spanish", bot, english)
	}
	if len(inboxes) != 3 || !inboxes["c"] {
		t.Errorf("inboxes %v", inboxes)
	}
}
