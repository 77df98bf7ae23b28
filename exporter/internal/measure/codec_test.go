package measure

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the samples of the current version into testdata")

func TestNamesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := NewNames(rapid.IntRange(0, 5).Draw(t, "max"))
		for range rapid.IntRange(0, 20).Draw(t, "values") {
			d := Dict(rapid.IntRange(0, int(dictEnd)-1).Draw(t, "dict"))
			if v := rapid.String().Draw(t, "value"); rapid.Bool().Draw(t, "force") {
				n.Force(d, v)
			} else {
				n.Admit(d, v)
			}
		}
		b := n.Append([]byte("head"))
		got, err := DecodeNames(b[4:])
		if err != nil || !reflect.DeepEqual(got, n) {
			t.Fatalf("%+v, %v, want %+v", got, err, n)
		}
		if !bytes.Equal(n.Clone().Append(nil), b[4:]) {
			t.Fatal("a copy is encoded differently")
		}
	})
}

func TestStoreRoundTrip(t *testing.T) {
	n, scopes := fullNames(t)
	rapid.Check(t, func(t *rapid.T) {
		st := NewStore(NewBuckets(time.Duration(rapid.Int64Range(1, 1e12).Draw(t, "target"))))
		all := actions(n, scopes...).Draw(t, "actions")
		for _, a := range all {
			a.apply(st)
		}
		b := st.Append(nil)
		got, err := DecodeStore(b)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Append(nil), b) {
			t.Fatal("not the same bytes after a round trip")
		}
		// It counts on where the first one does.
		for _, a := range all {
			a.apply(st)
			a.apply(got)
		}
		if err := got.Check(n); err != nil {
			t.Fatal(err)
		}
		v, w := NewView(), NewView()
		v.Update(n, testNow, got)
		w.Update(n, testNow, st)
		compareViews(t, v, w)
		if !bytes.Equal(got.Append(nil), st.Append(nil)) {
			t.Fatal("not the same bytes after counting on")
		}
	})
}

// table of families of another version, in which Add and Observe cannot be
// used: cells are set by hand.
type version struct {
	families      []*Family
	values, hists [arrays]int
}

func (v *version) family(f Family) *Family {
	f.id, f.cells = len(v.families), 1
	for _, l := range f.Closed {
		f.cells *= len(l.Values)
	}
	if f.array = arrayOf(f.Type, f.Level, len(f.Open)); f.array != noArray {
		n := &v.values[f.array]
		if f.Type == Histogram {
			n = &v.hists[f.array]
		}
		f.first = *n
		*n += f.cells
	}
	v.families = append(v.families, &f)
	return v.families[f.id]
}

// A snapshot of a version whose table is different loads into today's.
func TestStoreOfAnotherVersion(t *testing.T) {
	var old version
	gone := old.family(Family{Name: "helpdesk_gone_total", Type: Counter, Level: ByScope, Closed: []Label{closed("outcome", "a", "b")}})
	// Turns once had another order, one value less and one that is gone.
	turns := old.family(Family{Name: Turns.Name, Type: Counter, Level: ByScope, Closed: []Label{closed("outcome", "closed", "lost", "answered")}})
	// Labels in another order.
	closedConvs := old.family(Family{Name: ClosedConversations.Name, Type: Counter, Level: ByScopeType, Closed: []Label{
		closed("one_touch", "false", "true"), closed("closed_by", "bot", "human"),
	}})
	// Once a gauge, now a counter.
	windows := old.family(Family{Name: ServiceWindows.Name, Type: Gauge, Level: ByScope, Closed: ServiceWindows.Closed})
	// Once of another level.
	failed := old.family(Family{Name: FailedReplies.Name, Type: Counter, Level: ByScopeType})
	// Once with a label more.
	reopened := old.family(Family{Name: ClosingThanks.Name, Type: Counter, Level: ByScope, Closed: []Label{closed("word", "thanks")}})
	goneHist := old.family(Family{Name: "helpdesk_gone_seconds", Type: Histogram, Level: ByScopeType})
	resolution := old.family(Family{Name: Resolution.Name, Type: Histogram, Level: ByScopeType, Closed: []Label{closed("closed_by", "magic", "timeout", "human")}})
	statuses := old.family(Family{Name: OutboundStatuses.Name, Type: Counter, Level: ByScope, Closed: []Label{closed("status", "failed", "queued", "sent")}, Open: OutboundStatuses.Open})
	// A ratio whose windows stood in another order, with one that is gone, and
	// one that was no ratio.
	fcrRatio := old.family(Family{Name: FCRRatio.Name, Type: Ratio, Level: ByScopeType, Closed: []Label{closed("window", "7d", "1h", "24h")}})
	nps := old.family(Family{Name: NPSScore.Name, Type: Ratio, Level: ByScope})
	agentEvents := old.family(Family{Name: AgentConversations.Name, Type: Counter, Level: ByAgent, Closed: []Label{closed("event", "resolved", "lost", "assigned")}})
	codes := old.family(Family{Name: SendFailures.Name, Type: Counter, Level: ByScope, Open: []Open{{"code", DictReason}}})

	n, a, _ := names(t)
	typ, _ := n.Find(DictRequestType, "order")
	category := n.Admit(DictCategory, "utility")
	st := NewStore(NewBuckets())
	scope := st.Scope(a)
	plain, typed := &st.scopes[scope].dense, &dense{}
	st.scopes[scope].typed = []*dense{nil, nil, typed}
	plain.values, plain.hists = make([]int64, old.values[plainArray]), make([]*Hist, old.hists[plainArray])
	typed.values, typed.hists = make([]int64, old.values[typedArray]), make([]*Hist, old.hists[typedArray])
	set := func(d *dense, f *Family, cells ...int64) {
		if len(cells) != f.cells {
			t.Fatalf("%s has %d cells", f.Name, f.cells)
		}
		copy(d.values[f.first:], cells)
	}
	set(plain, gone, 1, 2)
	set(plain, turns, 10, 20, 30)
	set(typed, closedConvs, 1, 2, 3, 4)
	set(plain, windows, 5, 6, 7)
	set(typed, failed, 8)
	set(plain, reopened, 9)
	hist := func(ns int64) *Hist {
		h := &Hist{}
		h.observe(st.buckets, spotOf(st.buckets, ns), &Exemplar{Value: ns, Time: 1})
		return h
	}
	typed.hists[goneHist.first] = hist(1e9)
	typed.hists[resolution.first] = hist(2e9)
	typed.hists[resolution.first+1] = hist(3e9)
	typed.hists[resolution.first+2] = hist(4e9)
	for cell := range statuses.cells {
		st.open[statuses.key(scope, None, cell, category, None)] = int64(100 + cell)
	}
	st.open[codes.key(scope, None, 0, category, None)] = 7

	for cell := range fcrRatio.cells {
		st.ratios.add(fcrRatio.key(scope, typ, cell, None, None), st.ratios.bucket(testNow), 1, int64(10+cell))
	}
	st.ratios.add(nps.key(scope, typ, 0, None, None), st.ratios.bucket(testNow), 1, 1)
	agent := st.AgentScope(2, 2)
	st.scopes[agent].dense.values = make([]int64, old.values[agentArray])
	set(&st.scopes[agent].dense, agentEvents, 1, 2, 3)

	got, err := DecodeStore(st.append(nil, old.families))
	if err != nil {
		t.Fatal(err)
	}
	want := NewStore(NewBuckets())
	scope = want.Scope(a)
	want.Add(Turns, scope, None, TurnClosed, 10)
	want.Add(Turns, scope, None, TurnAnswered, 30)
	oneTouch := func(by int, yes int) int { return 2*by + yes } // true is the first
	want.Add(ClosedConversations, scope, typ, oneTouch(ClosedByBot, 1), 1)
	want.Add(ClosedConversations, scope, typ, oneTouch(ClosedByHuman, 1), 2)
	want.Add(ClosedConversations, scope, typ, oneTouch(ClosedByBot, 0), 3)
	want.Add(ClosedConversations, scope, typ, oneTouch(ClosedByHuman, 0), 4)
	want.Observe(Resolution, scope, typ, ClosedByTimeout, 3e9, Exemplar{Value: 3e9, Time: 1})
	want.Observe(Resolution, scope, typ, ClosedByHuman, 4e9, Exemplar{Value: 4e9, Time: 1})
	want.AddOpen(OutboundStatuses, scope, None, 3, category, None, 100)
	want.AddOpen(OutboundStatuses, scope, None, 0, category, None, 102)
	want.Sample(FCRRatio, scope, typ, Window7d, testNow, 1, 10)
	want.Sample(FCRRatio, scope, typ, Window24h, testNow, 1, 12)
	agent = want.AgentScope(2, 2)
	want.Add(AgentConversations, agent, None, AgentResolved, 1)
	want.Add(AgentConversations, agent, None, AgentAssigned, 3)
	if !bytes.Equal(got.Append(nil), want.Append(nil)) {
		v, w := NewView(), NewView()
		v.Update(n, testNow, got)
		w.Update(n, testNow, want)
		compareViews(t, v, w)
		t.Fatal("not the counts of the snapshot")
	}
}

// samples are what the files in testdata hold, one pair a version of the
// counts.
func samples(t testing.TB, version int) (*Names, *Store) {
	t.Helper()
	n, scopes := fullNames(t)
	if version == 1 { // had no such dictionary
		n.values[DictLabel] = n.values[DictLabel][:Other+1]
		delete(n.ids[DictLabel], "x-label")
	}
	if version < 3 {
		n.values[DictSegment] = n.values[DictSegment][:Other+1]
		delete(n.ids[DictSegment], "x-segment")
	}
	if version < 4 {
		n.values[DictRule] = n.values[DictRule][:Other+1]
		delete(n.ids[DictRule], "x-rule")
	}
	n.SetMax(0)
	n.Admit(DictTeam, "too many")
	st := NewStore(NewBuckets(45 * time.Second))
	for i, sc := range scopes {
		id := st.Scope(sc)
		for j, f := range Families[:12] {
			switch {
			case f.Type == Histogram:
				st.Observe(f, id, 2, 0, int64(i+j)*7e9, Exemplar{ConversationID{1, 2, byte(i), byte(j)}, int64(i+j) * 7e9, 1.7e18})
			case f.Type != GaugeAbsent && len(f.Open) == 0:
				st.Add(f, id, 2, f.Cells()-1, int64(1000*i+j))
			}
		}
		st.AddOpen(BotHandoffs, id, 2, 0, 2, None, 40)
		if version == 1 {
			continue
		}
		agent := st.AgentScope(ID(i), sc.Team)
		if version > 3 {
			st.AddOpen(AgentAuditFindings, agent, 0, 0, 2, None, int64(i+1))
		}
		st.Add(AgentStateSeconds, agent, None, AgentAway, int64(1_500_000*i+1))
		st.Observe(AgentResolution, agent, None, 0, int64(i)*9e9, Exemplar{})
		for k := range int64(5) {
			st.Sample(FCRRatio, id, 2, Window7d, testNow-(k*k*k*600+int64(i))*1e9, k%2, 1)
			st.Sample(NPSScore, id, Other, 0, testNow-k*1e9, k-2, 1)
		}
	}
	if version > 2 {
		sc := scopes[0]
		sc.Segment = 2
		st.Observe(FirstResponse, st.Scope(sc), 2, 0, 7e9, Exemplar{})
	}
	if version > 1 {
		st.SetWindow(int64(36 * time.Hour))
	}
	return n, st
}

// Snapshots of every version stay readable. A new version adds its samples
// with -update; those of the versions before it are never written again.
func TestSamples(t *testing.T) {
	for version := 1; version <= storeVersion; version++ {
		n, st := samples(t, version)
		names, store := fmt.Sprint("names.v", version), fmt.Sprint("store.v", version)
		if *update && version == storeVersion {
			write(t, names, n.Append(nil))
			write(t, store, st.Append(nil))
			write(t, "families", []byte(familyNames()))
		}
		gotNames, err := DecodeNames(read(t, names))
		if err != nil || !reflect.DeepEqual(gotNames, n) {
			t.Errorf("version %d: %+v, %v, want %+v", version, gotNames, err, n)
		}
		gotStore, err := DecodeStore(read(t, store))
		if err != nil {
			t.Fatal(err)
		}
		v, w := NewView(), NewView()
		v.Update(gotNames, testNow, gotStore)
		w.Update(n, testNow, st)
		compareViews(t, v, w)
		if gotStore.Window() != st.Window() || gotStore.ratios.given != (version > 1) {
			t.Errorf("version %d: window %d, given %v", version, gotStore.Window(), gotStore.ratios.given)
		}
		// Families that came since the sample was written change no form.
		if version == storeVersion && !bytes.Equal(read(t, store), st.append(nil, listed(t))) {
			t.Errorf("version %d is not written as its sample: a changed form needs a new version", version)
		}
	}
}

func familyNames() string {
	var b strings.Builder
	for _, f := range Families {
		b.WriteString(f.Name + "\n")
	}
	return b.String()
}

// listed are the families that there were when the newest sample was written.
func listed(t *testing.T) (list []*Family) {
	names := strings.Fields(string(read(t, "families")))
	for _, f := range Families {
		if slices.Contains(names, f.Name) {
			list = append(list, f)
		}
	}
	return list
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t testing.TB, name string, b []byte) {
	t.Helper()
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("testdata", name), b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// Every cut and every changed byte is an error or other content, never a panic.
func TestDamagedSnapshots(t *testing.T) {
	n, st := samples(t, storeVersion)
	names, store := n.Append(nil), st.Append(nil)
	for i := range names {
		if _, err := DecodeNames(names[:i]); !errors.Is(err, ErrSnapshot) {
			t.Fatalf("label values cut at %d: %v", i, err)
		}
	}
	for i := range store {
		if _, err := DecodeStore(store[:i]); !errors.Is(err, ErrSnapshot) {
			t.Fatalf("counts cut at %d of %d: %v", i, len(store), err)
		}
		b := slices.Clone(store)
		b[i] ^= 0x81
		if s, err := DecodeStore(b); err == nil {
			s.Append(nil)
		}
	}
	f := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, ErrSnapshot) || !strings.Contains(err.Error(), what) {
			t.Errorf("%v, want an error with %q", err, what)
		}
	}
	decodeNames := func(b ...byte) error { _, err := DecodeNames(b); return err }
	decodeStore := func(b ...byte) error { _, err := DecodeStore(b); return err }
	f("version 2", decodeNames(append([]byte{2}, names[1:]...)...))
	f("1 bytes too many", decodeNames(append(slices.Clone(names), 0)...))
	f("newer version", decodeNames(append([]byte{1, 9, byte(dictEnd) + 1}, make([]byte, 100)...)...))
	f("twice", decodeNames(1, 9, 1, 0, 2, 1, 'a', 1, 'a'))
	f("twice", decodeNames(1, 9, 1, 0, 1, 0))
	f("not UTF-8", decodeNames(1, 9, 1, 0, 1, 1, 0xff))
	f("version 7", decodeStore(append([]byte{7}, store[1:]...)...))
	f("1 bytes too many", decodeStore(append(slices.Clone(store), 0)...))
	f("do not rise", decodeStore(1, 2, 5, 0, 0, 0, 0))
	f("more buckets than", decodeStore(1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1))
	f("cut off", decodeStore())

	// One family, one scope; then the ratios.
	withRatios := func(b ...byte) error {
		small := NewStore(nil)
		small.Scope(Scope{})
		small.AgentScope(2, 2)
		head := small.append(nil, []*Family{CSATRatio, Turns})
		empty := small.ratios.append(nil, make([]uint64, len(Families)))
		return decodeStore(append(head[:len(head)-len(empty)], b...)...)
	}
	second := binary.AppendUvarint(nil, 1e9)
	ratios := func(b ...byte) error { return withRatios(slices.Concat(second, second, b)...) }
	if err := ratios(1, 0, 0, 0, 1, 2 /* buckets */, 2, 1, 2, 2, 1, 2); err != nil {
		t.Error(err)
	}
	f("window out of range", withRatios(5, 5, 0))
	f("window out of range", withRatios(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 5, 0))
	f("out of order", ratios(1, 0, 0, 0, 1, 2, 2, 1, 2, 0, 1, 2))
	f("out of order", ratios(1, 0, 0, 0, 1, 2, 2, 1, 2, 1, 1, 2))
	f("out of order", ratios(append([]byte{1, 0, 0, 0, 1, 1}, append(binary.AppendVarint(nil, -1<<62), 1, 2)...)...))
	f("series that has none", ratios(1, 1, 0, 0, 1, 1, 2, 1, 2))
	f("series that has none", ratios(1, 0, 1, 0, 1, 1, 2, 1, 2))
	f("series that has none", ratios(1, 0, 0, 1, 1, 1, 2, 1, 2)) // an agent's scope
	f("kind of scope", decodeStore(2, 0, 0, 1, 2, 0, 0, 0))
	f("room for", ratios(1, 0, 0, 0, 1, 9, 2, 1, 2))
}

// A Store that was saved apart from the Names must not break a View.
func TestCheck(t *testing.T) {
	n, st := samples(t, storeVersion)
	if err := st.Check(n); err != nil {
		t.Fatal(err)
	}
	if err := st.Check(NewNames(9)); !errors.Is(err, ErrSnapshot) {
		t.Errorf("scopes of unknown values: %v", err)
	}
	agents := NewStore(nil)
	agents.AgentScope(ID(n.Len(DictAgent)), None)
	if err := agents.Check(n); !errors.Is(err, ErrSnapshot) {
		t.Errorf("an unknown agent: %v", err)
	}
	ratios := NewStore(nil)
	ratios.Sample(CSATRatio, ratios.Scope(Scope{}), ID(n.Len(DictRequestType)), 0, testNow, 1, 1)
	if err := ratios.Check(n); !errors.Is(err, ErrSnapshot) {
		t.Errorf("samples of an unknown request type: %v", err)
	}
	code := ID(n.Len(DictCode))
	st.AddOpen(SendFailures, 0, None, 0, code, None, 1)
	if err := st.Check(n); !errors.Is(err, ErrSnapshot) {
		t.Errorf("open label of an unknown value: %v", err)
	}
}

func FuzzDecodeNames(f *testing.F) {
	n, _ := samples(f, storeVersion)
	f.Add(n.Append(nil))
	f.Add(NewNames(0).Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := DecodeNames(b)
		if err != nil {
			if !errors.Is(err, ErrSnapshot) {
				t.Fatal(err)
			}
			return
		}
		again, err := DecodeNames(n.Append(nil))
		if err != nil || !reflect.DeepEqual(again, n) {
			t.Fatalf("%+v, %v, want %+v", again, err, n)
		}
	})
}

func FuzzDecodeStore(f *testing.F) {
	_, st := samples(f, storeVersion)
	f.Add(st.Append(nil))
	f.Add(NewStore(nil).Append(nil))
	small := NewStore(Buckets{5e9})
	small.AddOpen(SendFailures, small.Scope(Scope{2, 2, 2, 2}), None, 0, 2, None, 3)
	small.Observe(Response, 0, None, 0, 1, Exemplar{Time: 1})
	f.Add(small.append(nil, []*Family{SendFailures, Response}))
	f.Add(read(f, "store.v1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeStore(b)
		if err != nil {
			if !errors.Is(err, ErrSnapshot) {
				t.Fatal(err)
			}
			return
		}
		want := s.Append(nil)
		again, err := DecodeStore(want)
		if err != nil || !bytes.Equal(again.Append(nil), want) {
			t.Fatalf("not the same after a second round trip: %v", err)
		}
	})
}

func BenchmarkStoreAppend(b *testing.B) {
	st := NewStore(NewBuckets())
	for team := range ID(20) {
		scope := st.Scope(Scope{2, 2, team, 0})
		for _, f := range Families {
			for typ := range ID(5) {
				switch {
				case f.Level == ByAgent:
				case f.Type == Ratio:
					for k := range int64(windowBuckets) {
						st.Sample(f, scope, typ, 0, testNow-k*60e9, 1, 2)
					}
				case f.Type == Histogram:
					st.Observe(f, scope, typ, 0, int64(team+1)*1e10, Exemplar{Time: 1})
				case len(f.Open) == 0 && f.Type != GaugeAbsent:
					st.Add(f, scope, typ, 0, 12345)
				}
			}
		}
	}
	var buf []byte
	for b.Loop() {
		buf = st.Append(buf[:0])
	}
	b.SetBytes(int64(len(buf)))
}
