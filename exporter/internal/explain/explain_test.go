package explain_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/explain"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

var update = flag.Bool("update", false, "rewrite the golden files; read the diff")

// opened are the ids of the conversations that a story opens.
func opened(t *testing.T, change func(*config.Config), tell func(*story)) (ids []string) {
	t.Helper()
	s := newStory(t, change)
	l := explain.Listen(s.state)
	tell(s)
	for _, c := range l.List().Conversations {
		ids = append(ids, c.ID)
	}
	if len(ids) == 0 {
		t.Fatal("no conversation")
	}
	return ids
}

func told(t *testing.T, id string, change func(*config.Config), tell func(*story)) *explain.Timeline {
	t.Helper()
	s := newStory(t, change)
	f := explain.Find(s.state, id)
	tell(s)
	return timeline(t, f)
}

func timeline(t *testing.T, f *explain.Finder) *explain.Timeline {
	t.Helper()
	tl, err := f.Timeline()
	if err != nil {
		t.Fatal(err)
	}
	return tl
}

func text(t *testing.T, tl *explain.Timeline) string {
	t.Helper()
	var b bytes.Buffer
	if err := tl.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestStories compares how one conversation of each story is told: the first,
// of the merged ones the second.
func TestStories(t *testing.T) {
	for _, c := range stories {
		t.Run(c.name, func(t *testing.T) {
			n := 0
			if c.name == "merged" {
				n = 1
			}
			tl := told(t, opened(t, c.config, c.tell)[n], c.config, c.tell)
			got := text(t, tl)
			golden(t, c.name+".txt", got)
			for _, line := range strings.Split(got, "\n") {
				if n := utf8.RuneCountInString(line); n > 100 {
					t.Errorf("%d columns: %s", n, line)
				}
			}
			b, err := json.MarshalIndent(tl, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			if c.name == "answered" {
				golden(t, c.name+".json", string(b)+"\n")
			}
			if strings.Contains(string(b), `"steps": null`) || strings.Contains(string(b), `"changes": null`) || strings.Contains(string(b), `"counted": null`) {
				t.Error("an empty list is null in JSON")
			}
			for _, private := range []string{secretText, "ana", "m1"} {
				if strings.Contains(got+string(b), private) {
					t.Errorf("it tells %q:\n%s", private, got)
				}
			}
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: is told\n%s\nwant\n%s", name, got, want)
	}
}

// TestNothingIsLeftOut: what the timelines of all conversations count is what
// the state counted.
func TestNothingIsLeftOut(t *testing.T) {
	for _, c := range stories {
		t.Run(c.name, func(t *testing.T) {
			sums := map[string]float64{}
			for _, id := range opened(t, c.config, c.tell) {
				for _, step := range told(t, id, c.config, c.tell).Steps {
					for _, count := range step.Counted {
						sums[count.Metric] += count.Value
					}
				}
			}
			s := newStory(t, c.config)
			c.tell(s)
			v := measure.NewView()
			s.state.View(v)
			shown := map[string]float64{}
			v.Values(func(f *measure.Family, _ []string, value float64, h *measure.Hist) {
				switch f {
				case measure.AgentStateSeconds, measure.AgentHandleSeconds, measure.LabelFolds:
					return // of agents and labels
				}
				switch f.Type {
				case measure.Counter:
					shown[f.Name] += value
				case measure.Histogram:
					shown[f.Name] += h.Sum()
				}
			})
			for name, want := range shown {
				if got := sums[name]; got < want-1e-9 || got > want+1e-9 {
					t.Errorf("%s: %g in the timelines, %g in all", name, got, want)
				}
			}
			if len(sums) < 3 {
				t.Errorf("only %d families", len(sums))
			}
		})
	}
}

func TestParseID(t *testing.T) {
	for in, want := range map[string]string{
		"pa1x182anwc2fm0n":  "pa1x182anwc2fm0n",
		" PA1X182ANWC2FM0N": "pa1x182anwc2fm0n",
		"PAlX18":            "pa1x18", // as read from a screen
		"oil000":            "011000",
	} {
		if got, err := explain.ParseID(in); err != nil || got != want {
			t.Errorf("%q: %q %v", in, got, err)
		}
	}
	for _, in := range []string{"", "pa1x1", "pa1x182anwc2fm0n1", "pa1x182anwc2fmun", "+5511900000001", "pa1x18*", strings.Repeat("ü", 100)} {
		_, err := explain.ParseID(in)
		if !errors.Is(err, explain.ErrID) || len(err.Error()) > 400 {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestFind(t *testing.T) {
	tell := func(s *story) {
		for i := range 40 {
			s.do("10:00:00", event.MessageReceived, func(e *event.Event) { e.Contact = fmt.Sprint("customer ", i) })
		}
	}
	ids := opened(t, nil, tell)
	if len(ids) != 40 {
		t.Fatalf("%d conversations", len(ids))
	}
	if tl := told(t, ids[7][:6], nil, tell); tl.ID != ids[7] || len(tl.Steps) != 1 {
		t.Errorf("by a prefix: %s, %d steps; want %s", tl.ID, len(tl.Steps), ids[7])
	}
	missing := func(prefix string) (err error) {
		s := newStory(t, nil)
		f := explain.Find(s.state, prefix)
		tell(s)
		_, err = f.Timeline()
		return err
	}
	if err := missing("0000000000000000"); !errors.Is(err, explain.ErrUnknown) || !strings.Contains(err.Error(), "0000000000000000") {
		t.Errorf("unknown: %v", err)
	}
	// Shorter ones than ParseID lets through begin alike here.
	err := missing("")
	if !errors.Is(err, explain.ErrAmbiguous) || !strings.Contains(err.Error(), "and more") || strings.Count(err.Error(), ",") != 9 {
		t.Errorf("ambiguous: %v", err)
	}
	for i, id := range ids {
		first := 0
		for _, other := range ids {
			if other[0] == id[0] {
				first++
			}
		}
		if err := missing(id[:1]); (first == 1) != (err == nil) || first > 1 && !strings.Contains(err.Error(), id) {
			t.Errorf("%d conversations begin with %s: %v", first, id[:1], err)
		}
		if i == 5 {
			break
		}
	}
}

// restored is the story with its state put together again from a snapshot.
func (s *story) restored() *story {
	s.t.Helper()
	parts := make([][]byte, fold.Parts)
	for i := range parts {
		parts[i] = s.state.AppendPart(nil, i)
	}
	state, err := fold.Restore(parts)
	if err != nil {
		s.t.Fatal(err)
	}
	c := *s
	c.state = state
	return &c
}

// TestBeganEarlier: of a conversation that began before the first record the
// rest is told, and that there was more.
func TestBeganEarlier(t *testing.T) {
	begin := func(s *story) { s.customer("10:00:00", secretText) }
	id := opened(t, nil, begin)[0]
	s := newStory(t, nil)
	begin(s)
	s = s.restored()
	f := explain.Find(s.state, id)
	s.human("10:00:50", "a1")
	open := timeline(t, f)
	if !open.BeganEarlier || open.Opened != nil || open.Closed != nil || open.State != "answered" || open.Source != "shop" || open.Inbox != "main" {
		t.Errorf("%+v", open)
	}
	if got := text(t, open); !strings.Contains(got, "before the first record that there is; what happened until then is not shown") ||
		!strings.Contains(got, "headline clock stops after 50 s (target 60 s: met)") {
		t.Error(got)
	}
	s.resolve("10:05:00", "a1")
	if closed := timeline(t, f); closed.Closed == nil || closed.ClosedBy != "human" || closed.State != "closed" {
		t.Errorf("%+v", closed)
	}
	// Another snapshot, after the close: only what matures is left to tell.
	s = s.restored()
	f = explain.Find(s.state, id)
	s.until("d2 10:05:05")
	over := timeline(t, f)
	if !over.BeganEarlier || over.State != "closed" || over.Closed != nil || len(over.Steps) != 1 || over.Steps[0].Kind != explain.KindTime {
		t.Errorf("%+v", over)
	}
	if got := text(t, over); !strings.Contains(got, "Closed          before the first record that there is") {
		t.Error(got)
	}
}

// TestManySteps: what is kept of one conversation is bounded.
func TestManySteps(t *testing.T) {
	const more = 3
	tell := func(s *story) {
		for range 20_000 + more {
			s.do("10:00:00", event.NoteAdded, nil)
		}
	}
	begin := func(s *story) { s.customer("10:00:00", secretText); tell(s); s.resolve("10:00:01", "a1") }
	tl := told(t, opened(t, nil, func(s *story) { s.customer("10:00:00", secretText) })[0], nil, begin)
	if len(tl.Steps) != 20_000 || tl.LeftOut != more+2 || tl.ClosedBy != "human" {
		t.Errorf("%d steps, %d left out, closed by %q", len(tl.Steps), tl.LeftOut, tl.ClosedBy)
	}
	if got := text(t, tl); !strings.HasSuffix(got, "5 more steps are left out.\n") {
		t.Error(got[len(got)-200:])
	}
}

// TestTerminal: names of providers do not reach the terminal as commands.
func TestTerminal(t *testing.T) {
	tell := func(s *story) {
		s.customer("10:00:00", secretText)
		s.assign("10:00:01", "a\x1b[2J\"1\\", "sup\nport\u202e")
	}
	tl := told(t, opened(t, nil, tell)[0], nil, tell)
	got := text(t, tl)
	for _, bad := range []string{"\x1b", "\u202e"} {
		if strings.Contains(got, bad) {
			t.Errorf("%q is written:\n%s", bad, got)
		}
	}
	if !strings.Contains(got, `agent="a�[2J\"1\\",team="sup\nport�"`) {
		t.Errorf("escapes:\n%s", got)
	}
	if tl.Team != "sup\nport\u202e" {
		t.Errorf("JSON has the name as it is, not %q", tl.Team)
	}
}

// TestList keeps the newest.
func TestList(t *testing.T) {
	const n = explain.ListMax + 7
	s := newStory(t, nil)
	l := explain.Listen(s.state)
	empty := l.List()
	var b bytes.Buffer
	if err := empty.WriteText(&b); err != nil || b.String() != "No conversation opened in what was read.\n" || len(empty.Conversations) != 0 {
		t.Errorf("empty: %q %v", b.String(), err)
	}
	at := func(i int) string { return fmt.Sprintf("%02d:%02d:%02d", 10+i/3600, i/60%60, i%60) }
	contact := func(i int) func(*event.Event) { return func(e *event.Event) { e.Contact = fmt.Sprint("customer ", i) } }
	for i := range n {
		s.do(at(i), event.MessageReceived, contact(i))
		if i == 2 || i == n-2 {
			s.do(at(i), event.MessageSent, func(e *event.Event) { contact(i)(e); e.Actor = event.ActorHuman })
			s.do(at(i+1), event.ConversationResolved, func(e *event.Event) { contact(i)(e); e.Actor = event.ActorBot })
		}
	}
	list := l.List()
	if len(list.Conversations) != explain.ListMax || list.LeftOut != 7 {
		t.Fatalf("%d conversations, %d left out", len(list.Conversations), list.LeftOut)
	}
	for i := 1; i < len(list.Conversations); i++ {
		if list.Conversations[i].Opened.Before(list.Conversations[i-1].Opened) {
			t.Fatalf("%d opened before the one above it", i)
		}
	}
	last := list.Conversations[explain.ListMax-2:]
	if last[0].Closed == nil || last[0].ClosedBy != "bot" || last[0].FirstResponse == nil || last[1].Closed != nil || last[1].Source != "shop" || last[1].Inbox != "main" {
		t.Errorf("%+v", last)
	}
	b.Reset()
	if err := list.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != explain.ListMax+2 || lines[explain.ListMax+1] != "7 earlier ones are left out." {
		t.Errorf("%d lines, the last one is %q", len(lines), lines[len(lines)-1])
	}
	for _, c := range []struct{ line, want string }{
		{lines[0], "CONVERSATION      SOURCE  INBOX  OPENED (UTC)         CLOSED (UTC)         BY   FIRST RESPONSE"},
		{lines[explain.ListMax-1], last[0].ID + "  shop    main   2026-03-02 10:16:45  2026-03-02 10:16:46  bot  0 s"},
		{lines[explain.ListMax], last[1].ID + "  shop    main   2026-03-02 10:16:46  open                      none"},
	} {
		if c.line != c.want {
			t.Errorf("%q, want %q", c.line, c.want)
		}
	}
}

// TestSilentAgain: after Trace(nil) nobody hears.
func TestSilentAgain(t *testing.T) {
	s := newStory(t, nil)
	steps := 0
	s.state.Trace(func(conversation.Step) { steps++ })
	s.customer("10:00:00", secretText)
	s.state.Trace(nil)
	s.human("10:00:10", "a1")
	if steps != 1 {
		t.Errorf("%d steps", steps)
	}
}
