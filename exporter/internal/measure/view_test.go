package measure

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// testNow is the receive time of the Views in tests.
const testNow = int64(1_767_225_600_000_000_000)

// show writes what a View shows, one series a line.
func show(v *View) []string {
	var out []string
	v.Values(func(f *Family, labels []string, value float64, h *Hist) {
		line := f.Name + "{" + strings.Join(labels, ",") + "} "
		if h != nil {
			x := trimmed(h)
			line += fmt.Sprint(x.Count, x.Sum(), x.Classic, x.Zero, x.NativeFrom, x.Native, x.Exemplars)
		} else {
			line += fmt.Sprint(value)
		}
		out = append(out, line)
	})
	return out
}

func lines(v *View, f *Family) []string {
	var out []string
	for _, l := range show(v) {
		if strings.HasPrefix(l, f.Name+"{") {
			out = append(out, l)
		}
	}
	return out
}

func names(t testing.TB) (*Names, Scope, Scope) {
	t.Helper()
	n := NewNames(10)
	src, inbox := n.Admit(DictSource, "main"), n.Admit(DictInbox, "5511")
	n.Force(DictRequestType, "order")
	return n, Scope{src, inbox, None, 0}, Scope{src, inbox, n.Admit(DictTeam, "sales"), 0}
}

func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for i, f := range Families {
		if f.id != i || f.Help == "" || !strings.HasSuffix(f.Help, ".") {
			t.Errorf("%s: id %d, help %q", f.Name, f.id, f.Help)
		}
		if seen[f.Name] {
			t.Errorf("%s stands twice", f.Name)
		}
		seen[f.Name] = true
		labels := map[string]bool{}
		for _, l := range f.LabelNames() {
			if labels[l] {
				t.Errorf("%s has label %s twice", f.Name, l)
			}
			labels[l] = true
		}
		if strings.HasSuffix(f.Name, "_total") != (f.Type == Counter) {
			t.Errorf("%s: only counters end in _total", f.Name)
		}
	}
	if len(DictNames) != int(dictEnd) {
		t.Errorf("%d names of %d dictionaries", len(DictNames), dictEnd)
	}
}

// Each family starts with exactly the closed values of each scope.
func TestViewZeros(t *testing.T) {
	n, a, b := names(t)
	st := NewStore(NewBuckets())
	st.Scope(a)
	st.Scope(b)
	st.AgentScope(n.Admit(DictAgent, "7"), None)
	st.AgentScope(n.Admit(DictAgent, "8"), b.Team)
	st.AgentScope(n.Admit(DictAgent, "9"), b.Team)
	v := NewView()
	v.Update(n, testNow, st)

	types := n.Len(DictRequestType) - 1 // none does not start with zeros
	for _, f := range Families {
		want := f.Cells()
		if f.zero != nil {
			want = 0
			for cell := range f.Cells() {
				if f.zero(f.cellValues(cell)) {
					want++
				}
			}
		}
		switch {
		case len(f.Open) > 0 || f.Type == GaugeAbsent || f.Type == Ratio:
			want = 0
		case f.Level == ByAgent && f.Type == Histogram:
			want = 0 // shown when first observed
		case f.Level == ByAgent:
			want *= 3
		case f.Level == ByScopeType && f.Type == Histogram:
			want *= 2 // scopes; other types are shown when first seen
		case f.Level == ByScopeType:
			want *= 2 * types
		case f.Level == ByScope:
			want *= 2
		}
		if got := len(lines(v, f)); got != want {
			t.Errorf("%s starts with %d series, want %d", f.Name, got, want)
		}
	}
	v.Values(func(f *Family, labels []string, value float64, h *Hist) {
		if value != 0 || (f.Type == Histogram) != (h != nil) || h != nil && (h.Count != 0 || len(h.Classic) != len(DefaultBuckets)+1) {
			t.Errorf("%s%v starts with %v, %+v", f.Name, labels, value, h)
		}
	})

	want := []string{
		"helpdesk_assignments_total{main,5511,,answered} 0",
		"helpdesk_assignments_total{main,5511,,missed} 0",
		"helpdesk_assignments_total{main,5511,sales,answered} 0",
		"helpdesk_assignments_total{main,5511,sales,missed} 0",
	}
	got := lines(v, Assignments)
	for _, w := range want {
		if !strings.Contains(strings.Join(got, "\n"), w) {
			t.Errorf("%q is missing in %q", w, got)
		}
	}
	for _, l := range lines(v, Messages) {
		if strings.Contains(l, ",in,") != strings.Contains(l, ",customer,") {
			t.Errorf("cannot happen: %s", l)
		}
	}
}

// A value that is admitted later brings its zeros along.
func TestViewGrows(t *testing.T) {
	n, a, b := names(t)
	st, v := NewStore(NewBuckets()), NewView()
	st.Scope(a)
	v.Update(n, testNow, st)
	before := len(lines(v, Turns))
	st.Scope(b)
	st.AgentScope(n.Admit(DictAgent, "7"), None)
	v.Update(n, testNow, st)
	if got := len(lines(v, AgentConversations)); got != AgentConversations.Cells() {
		t.Errorf("%d series of one agent", got)
	}
	if got := len(lines(v, Turns)); got != 2*before {
		t.Errorf("%d series with two scopes, %d with one", got, before)
	}
	opened := len(lines(v, OpenedConversations))
	n.Force(DictRequestType, "refund")
	v.Update(n, testNow, st)
	if got := len(lines(v, OpenedConversations)); got != opened/2*3 {
		t.Errorf("%d series with three request types, %d with two", got, opened)
	}
	// Whatever came first, the whole is there.
	n.Force(DictRequestType, "billing")
	st.Scope(Scope{a.Source, n.Admit(DictInbox, "5512"), None, 0})
	st.AgentScope(n.Admit(DictAgent, "8"), None)
	v.Update(n, testNow, st)
	fresh := NewView()
	fresh.Update(n, testNow, st)
	if got, want := slices.Sorted(slices.Values(show(v))), slices.Sorted(slices.Values(show(fresh))); !slices.Equal(got, want) {
		t.Errorf("%d series in a view that grew, %d in a new one", len(got), len(want))
	}
}

func TestViewLevels(t *testing.T) {
	n, a, b := names(t)
	one, two := NewStore(NewBuckets()), NewStore(NewBuckets())
	ev := n.Admit(DictLineEvent, "account_restriction")
	typ, _ := n.Find(DictRequestType, "order")
	code := n.Admit(DictCode, "131047")
	for _, st := range []*Store{one, two} {
		for _, sc := range []Scope{b, a} {
			id := st.Scope(sc)
			st.Add(FailedReplies, id, typ, 0, 1)
			st.Add(OpenedConversations, id, typ, TriggerReopen, 2)
			st.Add(InboxRestricted, id, None, 0, 1)
			// The request type is no label of these.
			st.AddOpen(AccountEvents, id, typ, 0, ev, typ, 3)
			st.AddOpen(AccountEvents, id, None, 0, ev, None, 3)
			st.SetOpen(SendFailures, id, typ, 0, code, None, 5)
			st.Observe(Response, id, typ, 0, int64(7*time.Second), Exemplar{})
		}
	}
	n.SetMax(0)
	n.Admit(DictTeam, "too many")
	v := NewView()
	v.Update(n, testNow, one, two)
	f := func(fam *Family, want string) {
		t.Helper()
		got := lines(v, fam)
		for _, l := range got {
			if l == fam.Name+want {
				return
			}
		}
		t.Errorf("%s is missing in %q", want, got)
	}
	f(FailedReplies, "{main,5511,} 2")
	f(FailedReplies, "{main,5511,sales} 2")
	f(OpenedConversations, "{main,5511,sales,order,,reopen} 4")
	f(OpenedConversations, "{main,5511,sales,other,,reopen} 0")
	f(InboxRestricted, "{main,5511} 4")
	f(AccountEvents, "{main,5511,account_restriction} 24")
	f(SendFailures, "{main,5511,sales,131047} 10")
	f(LabelFolds, "{team} 1")
	f(LabelFolds, "{source} 0")
	if got := len(lines(v, AccountEvents)); got != 1 {
		t.Errorf("%d series of account events, want 1", got)
	}
	if got := lines(v, Response); len(got) != 2 || !strings.Contains(got[0], "} 2 14 [0 2 0") {
		t.Errorf("responses: %q", got)
	}
}

// action is one call on a Store.
type action struct {
	f       *Family
	scope   Scope
	typ     ID
	cell    int
	a, b    ID
	n, time int64
	at      int64 // of a sample
}

func (a action) apply(s *Store) {
	id := s.Scope(a.scope)
	if a.f.Level == ByAgent {
		id = s.AgentScope(a.a, a.scope.Team)
	}
	switch {
	case a.f.Type == GaugeAbsent:
	case a.f.Type == Ratio:
		s.Sample(a.f, id, a.typ, a.cell, a.at, a.n%3-1, a.time-1)
	case a.f.Type == Histogram:
		s.Observe(a.f, id, a.typ, a.cell, a.n, Exemplar{ConversationID{byte(a.n)}, a.n, a.time})
	case len(a.f.Open) > 0:
		s.AddOpen(a.f, id, a.typ, a.cell, a.a, a.b, a.n)
	default:
		s.Add(a.f, id, a.typ, a.cell, a.n)
	}
}

// actions draws calls that fit what names has admitted.
func actions(n *Names, scopes ...Scope) *rapid.Generator[[]action] {
	one := rapid.Custom(func(t *rapid.T) action {
		f := rapid.SampledFrom(Families).Draw(t, "family")
		a := action{
			f:     f,
			scope: rapid.SampledFrom(scopes).Draw(t, "scope"),
			typ:   ID(rapid.IntRange(1, n.Len(DictRequestType)-1).Draw(t, "type")),
			cell:  rapid.IntRange(0, f.Cells()-1).Draw(t, "cell"),
			n:     rapid.Int64Range(1, 1e13).Draw(t, "n"),
			time:  rapid.Int64Range(1, 3).Draw(t, "time"),
			at:    testNow + rapid.SampledFrom([]int64{-1, 1}).Draw(t, "when")*rapid.Int64Range(0, 26*3600).Draw(t, "seconds")*1e9,
		}
		if f.Level == ByAgent {
			a.a = ID(rapid.IntRange(0, n.Len(DictAgent)-1).Draw(t, "agent"))
		}
		ids := [2]*ID{&a.a, &a.b}
		for i, o := range f.Open {
			if f.Type != GaugeAbsent {
				*ids[i] = ID(rapid.IntRange(0, n.Len(o.Dict)-1).Draw(t, "open"))
			}
		}
		return a
	})
	return rapid.SliceOfN(one, 0, 30)
}

// fullNames has something in every dictionary.
func fullNames(t testing.TB) (*Names, []Scope) {
	n, a, b := names(t)
	for d := range dictEnd {
		n.Force(d, "x-"+DictNames[d])
	}
	other := Scope{Source: n.Force(DictSource, "second"), Inbox: n.Force(DictInbox, "5512"), Team: Other}
	return n, []Scope{a, b, other}
}

// The shards' stores give the same View in any number and order, and so does
// a View that has shown something else before.
func TestViewDoesNotDependOnStores(t *testing.T) {
	n, scopes := fullNames(t)
	rapid.Check(t, func(t *rapid.T) {
		whole := NewStore(NewBuckets())
		parts := make([]*Store, rapid.IntRange(1, 4).Draw(t, "stores"))
		for i := range parts {
			parts[i] = NewStore(NewBuckets())
		}
		for _, a := range actions(n, scopes...).Draw(t, "actions") {
			a.apply(whole)
			a.apply(rapid.SampledFrom(parts).Draw(t, "store"))
		}
		want, got := NewView(), NewView()
		want.Update(n, testNow, whole)
		if rapid.Bool().Draw(t, "used view") {
			got.Update(n, testNow, parts[0])
			got.Update(n, testNow, append(parts[1:], parts...)...)
		}
		got.Update(n, testNow, rapid.Permutation(parts).Draw(t, "order")...)
		compareViews(t, got, want)
	})
}

func compareViews(t interface {
	Helper()
	Fatalf(string, ...any)
}, got, want *View) {
	t.Helper()
	index := func(v *View) map[string]*Series {
		out := map[string]*Series{}
		for _, ss := range v.Series {
			for _, s := range ss {
				out[s.Family.Name+"\xff"+strings.Join(s.Labels, "\xff")] = s
			}
		}
		return out
	}
	a, b := index(got), index(want)
	for key, w := range b {
		g := a[key]
		if g == nil || g.Value != w.Value || (w.Hist != nil && !sameShown(g.Hist, w.Hist)) {
			t.Fatalf("%q is %+v, want %+v", key, g, w)
		}
		delete(a, key)
	}
	compareDynamic(t, got, want)
	for key, g := range a {
		if g.Value != 0 || g.Hist != nil && g.Hist.Count != 0 {
			t.Fatalf("%q is %+v, want none", key, g)
		}
	}
}

func compareDynamic(t interface {
	Helper()
	Fatalf(string, ...any)
}, got, want *View) {
	t.Helper()
	if len(got.Dynamic) != len(want.Dynamic) {
		t.Fatalf("dynamic samples are\n%v, want\n%v", got.Dynamic, want.Dynamic)
	}
	for i, g := range got.Dynamic {
		w := want.Dynamic[i]
		if g.Family != w.Family || g.Value != w.Value || !slices.Equal(g.Labels, w.Labels) {
			t.Fatalf("dynamic sample %d is %v, want %v", i, g, w)
		}
	}
}

// sameShown compares histograms; an empty list of exemplars is none.
func sameShown(a, b *Hist) bool {
	x, y := *a, *b
	for _, h := range []*Hist{&x, &y} {
		set := false
		for _, e := range h.Exemplars {
			set = set || e.Time != 0
		}
		if !set {
			h.Exemplars = nil
		}
	}
	return equalHist(&x, &y)
}

func TestChangedBuckets(t *testing.T) {
	n, a, _ := names(t)
	st := NewStore(NewBuckets())
	id := st.Scope(a)
	st.Observe(Response, id, None, 0, 1e9, Exemplar{})
	st.Observe(FirstResponse, id, Other, 0, 1e9, Exemplar{})
	st.Add(FailedReplies, id, None, 0, 1)
	agent := st.AgentScope(None, None)
	st.Observe(AgentResponse, agent, None, 0, 1e9, Exemplar{})
	st.Add(AgentMessages, agent, None, 0, 1)
	st.Sample(CSATRatio, id, Other, 0, testNow, 1, 2)
	v := NewView()
	v.Update(n, testNow, st)

	if st.SetBuckets(NewBuckets()) {
		t.Error("the same buckets are no change")
	}
	if !st.SetBuckets(NewBuckets(45 * time.Second)) {
		t.Error("other buckets are a change")
	}
	st.Observe(Response, id, None, 0, 41e9, Exemplar{})
	st.Observe(AgentResponse, agent, None, 0, 41e9, Exemplar{})
	st.Add(AgentMessages, agent, None, 0, 1)
	v.Update(n, testNow, st)
	if got := lines(v, AgentResponse); len(got) != 1 || !strings.Contains(got[0], "} 1 41 ") {
		t.Errorf("histograms of an agent: %q", got)
	}
	if got := lines(v, AgentMessages); len(got) != 1 || !strings.HasSuffix(got[0], " 2") {
		t.Errorf("counters of an agent: %q", got)
	}
	if len(v.Dynamic) != 1 || v.Dynamic[0].Value != 0.5 {
		t.Errorf("ratios: %v", v.Dynamic)
	}
	for _, s := range v.Series[Response.id] {
		if s.Hist.Count != 1 || len(s.Hist.Classic) != len(DefaultBuckets)+2 || s.Hist.Classic[4] != 1 {
			t.Errorf("%q: %+v", s.Labels, s.Hist)
		}
	}
	for _, s := range v.Series[FirstResponse.id] {
		if s.Hist.Count != 0 {
			t.Errorf("histograms do not start from zero: %q: %+v", s.Labels, s.Hist)
		}
	}
	if got := lines(v, FailedReplies); len(got) != 1 || !strings.HasSuffix(got[0], " 1") {
		t.Errorf("counters do not go on: %q", got)
	}
}

func TestDynamic(t *testing.T) {
	n, a, _ := names(t)
	st := NewStore(NewBuckets())
	st.Scope(a)
	v := NewView()
	v.Update(n, testNow, st)
	v.AddDynamic(Targets, 60, "first_response", "", "")
	v.AddDynamic(OldestWaiting, 1.7e9, "main", "5511", "sales")
	v.AddDynamic(OldestWaiting, 1.6e9, "main", "5511", "")
	v.SortDynamic()
	want := []string{"1.6e+09", "1.7e+09", "60"}
	for i, d := range v.Dynamic {
		if got := fmt.Sprint(d.Value); got != want[i] {
			t.Errorf("sample %d is %s, want %s", i, got, want[i])
		}
	}
	v.Update(n, testNow, st)
	if len(v.Dynamic) != 0 {
		t.Error("samples outlive an Update")
	}
}

func TestAgentScopes(t *testing.T) {
	n, a, b := names(t)
	st, other := NewStore(NewBuckets()), NewStore(NewBuckets())
	ana, bia := n.Admit(DictAgent, "ana"), n.Admit(DictAgent, "bia")
	st.Scope(a)
	id := st.AgentScope(ana, b.Team)
	conv := st.Scope(b)
	if id == conv || st.AgentScope(ana, b.Team) != id || st.AgentScope(ana, None) == id || st.AgentScope(bia, b.Team) == id {
		t.Fatal("agent scopes are not told apart")
	}
	if st.ScopeOf(conv) != b {
		t.Error("an agent's scope shifts the others")
	}
	st.Add(AgentMessages, id, Other, 0, 3)
	other.Add(AgentMessages, other.AgentScope(ana, b.Team), None, 0, 4)
	st.Add(AgentStateSeconds, id, None, AgentBusy, 1_500_000)
	other.Add(AgentStateSeconds, other.AgentScope(ana, b.Team), None, AgentBusy, 1)
	st.Add(AgentHandleSeconds, id, None, 0, 5)
	st.Observe(AgentResponse, id, None, 0, 7e9, Exemplar{Time: 1})
	st.Add(Turns, conv, None, TurnAnswered, 5)

	v := NewView()
	v.Update(n, testNow, other, st)
	text := strings.Join(show(v), "\n")
	for _, want := range []string{
		"helpdesk_agent_messages_total{ana,sales} 7",
		"helpdesk_agent_messages_total{bia,sales} 0",
		"helpdesk_agent_messages_total{ana,} 0",
		"helpdesk_agent_state_seconds_total{ana,sales,busy} 1.500001",
		"helpdesk_agent_state_seconds_total{ana,sales,offline} 0",
		"helpdesk_agent_handle_seconds_total{ana,sales} 5e-06",
		"helpdesk_agent_response_seconds{ana,sales} 1 7 ",
		"helpdesk_turns_total{main,5511,sales,answered} 5",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if got := lines(v, AgentResponse); len(got) != 1 || strings.Contains(got[0], "{[") {
		t.Errorf("histograms of agents: %q", got)
	}
	var scopes []Scope
	v.Scopes(func(sc Scope) { scopes = append(scopes, sc) })
	if !slices.Equal(scopes, []Scope{a, b}) {
		t.Errorf("conversation scopes are %v", scopes)
	}
	var agents []agentScope
	v.Agents(func(agent, team ID) { agents = append(agents, agentScope{agent, team}) })
	if want := []agentScope{{ana, b.Team}, {ana, None}, {bia, b.Team}}; !slices.Equal(agents, want) {
		t.Errorf("agent scopes are %v, want %v", agents, want)
	}
	if c := st.scopes[id]; len(c.dense.values) != len(denseValues[agentArray]) || len(c.dense.values) > 40 || c.typed != nil {
		t.Errorf("an agent's scope carries %d values", len(c.dense.values))
	}

	for what, wrong := range map[string]func(){
		"a conversation's family":      func() { st.Add(Turns, id, None, 0, 1) },
		"a family with request type":   func() { st.Add(FCROutcomes7d, id, Other, 0, 1) },
		"an agent's in a conversation": func() { st.Add(AgentMessages, conv, None, 0, 1) },
		"a ratio":                      func() { st.Sample(CSATRatio, id, Other, 0, testNow, 1, 1) },
		"a sample of a counter":        func() { st.Sample(Turns, conv, Other, 0, testNow, 1, 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s is counted in a scope that has no such cell", what)
				}
			}()
			wrong()
		}()
	}
}

// Microseconds add up to the same seconds in any order, beyond what a float
// can hold of them too.
func TestMicros(t *testing.T) {
	n, _, _ := names(t)
	a, b := NewStore(nil), NewStore(nil)
	a.Add(AgentHandleSeconds, a.AgentScope(None, None), None, 0, 1<<53)
	b.Add(AgentHandleSeconds, b.AgentScope(None, None), None, 0, 1)
	c := NewStore(nil)
	c.Add(AgentHandleSeconds, c.AgentScope(None, None), None, 0, 1)
	v, w := NewView(), NewView()
	v.Update(n, testNow, a, b, c)
	w.Update(n, testNow, c, b, a)
	got, want := v.Series[AgentHandleSeconds.id][0].Value, w.Series[AgentHandleSeconds.id][0].Value
	if got != want || got != float64(1<<53+2)/1e6 {
		t.Errorf("%.6f and %.6f seconds", got, want)
	}
}

// What the source counts of contacts does not ask for a series in each inbox.
func TestContacts(t *testing.T) {
	n, a, b := names(t)
	st := NewStore(NewBuckets())
	st.SetCell(Contacts, st.Scope(a), ContactsOptedOut, 5)
	st.SetCell(Contacts, st.Scope(a), ContactsOptedOut, 3)
	st.Add(Contacts, st.Scope(b), None, ContactsOptedOut, 4)
	v := NewView()
	v.Update(n, testNow, st)
	want := []string{
		"helpdesk_contacts{main,opted_in} 0", "helpdesk_contacts{main,confirmed} 0",
		"helpdesk_contacts{main,opted_out} 7", "helpdesk_contacts{main,unknown} 0",
	}
	if got := lines(v, Contacts); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	st.ClearGauges()
	v.Update(n, testNow, st)
	if got := lines(v, Contacts)[ContactsOptedOut]; got != "helpdesk_contacts{main,opted_out} 0" {
		t.Errorf("%q after the gauges were cleared", got)
	}
}

// The helpers name the cells that their arguments say.
func TestCells(t *testing.T) {
	f := func(f *Family, cell int, want ...string) {
		t.Helper()
		if got := f.cellValues(cell); !slices.Equal(got, want) {
			t.Errorf("%s: cell %d is %q, want %q", f.Name, cell, got, want)
		}
	}
	f(SurveyResponses, SurveyCell(1, false, true), "1", "human", "true")
	f(SurveyResponses, SurveyCell(1, false, false), "1", "human", "false")
	f(SurveyResponses, SurveyCell(4, true, true), "4", "bot", "true")
	f(SurveyResponses, SurveyCell(5, true, false), "5", "bot", "false")
	f(NegativeResponseDeadlines, ResultCell(ResultMissed, true), "missed", "closed")
	f(NegativeResponseDeadlines, ResultCell(ResultVoid, false), "void", "open")
	f(Escalations, ResultCell(EscalationNegative, true), "negative", "closed")
	f(Unanswered2m, ResultCell(0, true), "closed")
	f(Unanswered2m, HoursOf(true), "open")
	f(FCROutcomes7d, FCRRepeat, "repeat")
	f(FCRRatio, Window7d, "7d")
	f(NPSResponses, NPSDetractor, "detractor")
	f(AgentStateSeconds, AgentOffline, "offline")
	f(AgentConversations, AgentTransferred, "transferred")
	f(BotConversations, BotAbandoned, "abandoned")
	f(BotContained7d, ContainedReturned, "returned")
	f(CustomerSentiment, SentimentPositive, "positive")
	f(Contacts, ContactsOptedOut, "opted_out")
	f(ConsentChanges, ContactsOptedOut, "opted_out")
	f(TemplateMessages, ConsentMissing, "missing")
	f(AgentCSATResponses, 3, "4")
}

func TestMessageCell(t *testing.T) {
	for direction, d := range []string{"in", "out"} {
		for actor, a := range event.Actors {
			for kind, k := range event.MessageTypes {
				got := Messages.cellValues(MessageCell(direction, event.Actor(actor), uint8(kind)))
				if got[0] != d || got[1] != a || got[2] != k {
					t.Fatalf("%s %s %s is cell of %v", d, a, k, got)
				}
			}
		}
	}
	for k := range event.Kinds {
		cell := LateKind(event.Kind(k))
		if cell >= 0 && LateEvents.cellValues(cell)[0] != event.Kind(k).String() {
			t.Errorf("late %v is cell %d, %v", event.Kind(k), cell, LateEvents.cellValues(cell))
		}
	}
	if LateKind(event.MessageReceived) != -1 || LateKind(event.ConversationMerged) < 0 {
		t.Error("wrong kinds can be late")
	}
	if math.MaxUint16 < Messages.Cells() {
		t.Error("cells do not fit a key")
	}
}
