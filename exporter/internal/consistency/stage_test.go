package consistency

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
	"pgregory.net/rapid"
)

const (
	begin = int64(1_700_006_400_000_000_000)
	hour  = int64(time.Hour)
)

func conv(n int) (id m.ConversationID) {
	copy(id[:], fmt.Sprintf("conv%06d", n))
	return id
}

func answerOf(t testing.TB, s string) Signature {
	t.Helper()
	sig, ok := signer.Answer(text.Fold(s))
	if !ok {
		t.Fatalf("%q has no signature", s)
	}
	return sig
}

var here = m.Scope{Source: 2, Inbox: 2, Team: 2}

// names has ids enough for what is counted here.
func names() *m.Names {
	n := m.NewNames(200)
	for i := range 5 {
		for _, d := range []m.Dict{m.DictSource, m.DictInbox, m.DictTeam, m.DictRequestType} {
			n.Admit(d, fmt.Sprint("v", i))
		}
	}
	return n
}

// Figures are those of a request type.
type Figures struct {
	Type          m.ID
	Similarity    float64
	OK            bool
	Discrepancies uint64
}

// figuresOf shows what a scrape would, of the types that have anything.
func figuresOf(s *Stage) (list []Figures) {
	v, n := m.NewView(), names()
	v.Update(n, s.now, s.store)
	byType := map[string]*Figures{}
	for id := m.ID(0); int(id) < n.Len(m.DictRequestType); id++ {
		byType[n.Value(m.DictRequestType, id)] = &Figures{Type: id}
	}
	v.Values(func(f *m.Family, labels []string, value float64, _ *m.Hist) {
		switch f {
		case m.ReplyConsistency:
			byType[labels[3]].Similarity, byType[labels[3]].OK = value, true
		case m.ReplyDiscrepancies:
			byType[labels[3]].Discrepancies = uint64(value)
		}
	})
	for id := m.ID(0); int(id) < n.Len(m.DictRequestType); id++ {
		if f := byType[n.Value(m.DictRequestType, id)]; f.OK || f.Discrepancies > 0 {
			list = append(list, *f)
		}
	}
	return list
}

// asks tells whether the question counts as a frequent one.
func asks(s *Stage, at int64, c m.ConversationID, q Signature) bool {
	frequent := false
	s.store.Hear(func(c m.Counted) {
		frequent = frequent || c.Family == m.FAQConversations && c.N == 1 && c.Scope == here
	})
	s.Hear(Heard{At: at, Conversation: c, Scope: here, Text: q})
	s.store.Hear(nil)
	return frequent
}

func answers(s *Stage, at int64, typ m.ID, c m.ConversationID, a Signature) {
	s.Hear(Heard{At: at, Conversation: c, Scope: here, Type: typ, Text: a, Answer: true})
}

func same(a, b []Figures) bool {
	return slices.EqualFunc(a, b, func(a, b Figures) bool {
		return a.Type == b.Type && a.OK == b.OK && a.Discrepancies == b.Discrepancies && math.Abs(a.Similarity-b.Similarity) < 1e-9
	})
}

func TestDiscrepancy(t *testing.T) {
	s := New(Default(24 * hour))
	talk := func(n int, q, a string) {
		at := begin + int64(n)*hour
		asks(s, at, conv(n), question(t, q))
		answers(s, at, 3, conv(n), answerOf(t, a))
	}
	talk(1, "Qual o prazo de entrega?", "O prazo é de 5 dias úteis após o pagamento")
	if f := figuresOf(s); len(f) != 0 {
		t.Errorf("one answer is compared: %+v", f)
	}
	talk(2, "oi, qual é o prazo da entrega", "Olá! O prazo é de 5 dias úteis após o pagamento.")
	if f := figuresOf(s); !same(f, []Figures{{3, 1, true, 0}}) {
		t.Errorf("the same answer: %+v", f)
	}
	talk(3, "bom dia, qual prazo de entrega?", "Depende do transporte, consulte o site da loja")
	f := figuresOf(s)
	if len(f) != 1 || f[0].Discrepancies != 1 || f[0].Similarity < 0.45 || f[0].Similarity > 0.6 {
		t.Errorf("another answer: %+v", f)
	}
	list := s.Discrepancies(nil)
	if len(list) != 1 || list[0].Conversation != conv(3) || list[0].Other != conv(1) || list[0].At != begin+3*hour || list[0].Type != 3 || list[0].Similarity >= 0.2 || list[0].Cluster != 1 {
		t.Errorf("listed: %+v", list)
	}
	// The odd one is not what the next are compared with.
	talk(4, "qual o prazo da entrega?", "O prazo é de 5 dias úteis após o pagamento")
	if f := figuresOf(s); f[0].Discrepancies != 1 {
		t.Errorf("the usual answer after the odd one: %+v", f)
	}
	// Only the first answer of a conversation is one.
	answers(s, begin+5*hour, 3, conv(4), answerOf(t, "Depende do transporte, consulte o site da loja"))
	if f := figuresOf(s); f[0].Discrepancies != 1 {
		t.Errorf("a second answer: %+v", f)
	}
	// Whoever asked nothing has no answer.
	answers(s, begin+5*hour, 3, conv(9), answerOf(t, "Depende do transporte, consulte o site da loja"))
	if f := figuresOf(s); f[0].Discrepancies != 1 {
		t.Errorf("an answer to nothing: %+v", f)
	}
}

func TestWindow(t *testing.T) {
	s := New(Default(24 * hour))
	q, a, b := question(t, "Qual o prazo de entrega?"), answerOf(t, "O prazo é de 5 dias úteis"), answerOf(t, "Consulte o site da transportadora")
	talk := func(n int, at int64, text Signature) {
		asks(s, at, conv(n), q)
		answers(s, at, 3, conv(n), text)
	}
	talk(1, begin, a)
	talk(2, begin+hour, a)
	s.Advance(begin + 25*hour)
	if f := figuresOf(s); len(f) != 1 || !f[0].OK {
		t.Errorf("gone too early: %+v", f)
	}
	s.Advance(begin + 26*hour)
	if f := figuresOf(s); len(f) != 0 {
		t.Errorf("still there: %+v", f)
	}
	// Both answers are too old to be compared with.
	talk(3, begin+26*hour, b)
	if f := figuresOf(s); len(f) != 0 {
		t.Errorf("compared with what left the window: %+v", f)
	}
	for _, window := range []int64{hour, 48 * hour, 0, math.MaxInt64} {
		s.Configure(Default(window))
	}
	if f := figuresOf(s); len(f) != 0 {
		t.Errorf("a longer window brings back what a shorter one dropped: %+v", f)
	}
	// A question that waits too long has no answer.
	s = New(Default(24 * hour))
	talk(1, begin, a)
	asks(s, begin, conv(2), q)
	asks(s, begin+7*day, conv(3), q)
	answers(s, begin+7*day+1, 3, conv(2), b)
	answers(s, begin+7*day+1, 3, conv(3), b)
	if f := figuresOf(s); len(f) != 0 {
		t.Errorf("%+v", f)
	}
	if len(s.asked) != 0 {
		t.Errorf("%d questions still wait", len(s.asked))
	}
}

func TestFrequent(t *testing.T) {
	set := Default(24 * hour)
	set.FrequentMin = 3
	s := New(set)
	q := question(t, "Vocês fazem entrega no sábado?")
	for i, c := range []struct {
		at   int64
		want bool
	}{
		{0, false}, {day, false}, {2 * day, true}, {2 * day, true},
		{7 * day, true},   // days 1 to 7: 1 + 2 + 1
		{8*day + 5, true}, // 2 to 8: 2 + 1 + 1
		{9 * day, true},   // 3 to 9: 1 + 1 + 1
		{14 * day, true},  // 8 to 14: 1 + 1 + 1
		{16 * day, false}, // 10 to 16: 1 + 1
		{40 * day, false},
	} {
		if got := asks(s, begin+c.at, conv(i), q); got != c.want {
			t.Errorf("question %d: frequent is %v", i+1, got)
		}
	}
	// Answers are no questions.
	s = New(set)
	asks(s, begin, conv(1), q)
	for range 5 {
		answers(s, begin, 3, conv(1), answerOf(t, "entregamos aos sábados"))
	}
	if asks(s, begin, conv(2), q) {
		t.Error("answers count as questions")
	}
}

func TestForget(t *testing.T) {
	s := New(Default(24 * hour))
	q := question(t, "Qual o prazo de entrega?")
	for n, text := range []string{"O prazo é de 5 dias úteis", "Consulte o site da transportadora"} {
		asks(s, begin, conv(n+1), q)
		answers(s, begin, 3, conv(n+1), answerOf(t, text))
	}
	asks(s, begin, conv(7), q)
	s.Forget(conv(1))
	s.Forget(conv(7))
	if list := s.Discrepancies(nil); len(list) != 0 {
		t.Errorf("listed: %+v", list)
	}
	if f := figuresOf(s); len(f) != 1 || f[0].Discrepancies != 1 {
		t.Errorf("what was counted is gone: %+v", f)
	}
	for _, id := range []string{"conv000001", "conv000007"} {
		if bytes.Contains(s.Append(nil), []byte(id)) {
			t.Errorf("the snapshot still names %s", id)
		}
	}
	asks(s, begin, conv(3), q)
	answers(s, begin, 3, conv(3), answerOf(t, "Consulte o site da transportadora"))
	if f := figuresOf(s); f[0].Discrepancies != 1 {
		t.Errorf("compared with what was forgotten: %+v", f)
	}
}

// random signatures: some bases, and neighbours of them that differ in so many
// places.
func neighbour(r *rand.Rand, base Signature, differ int) Signature {
	for _, i := range r.Perm(places)[:differ] {
		base[i] ^= byte(1 + r.IntN(255))
	}
	return base
}

func randomSignature(r *rand.Rand) (s Signature) {
	for i := range s {
		s[i] = byte(r.UintN(256))
	}
	return s
}

// naive is the stage written down plainly: every question is compared with all
// others, every figure is counted anew from the whole story.
type naive struct {
	set      Settings
	clusters []*naiveCluster
	nextID   uint64
	samples  map[m.ID][]naiveSample
	found    []Discrepancy
	waits    map[m.ConversationID]naiveAsked
	now      int64
}

type naiveAsked struct {
	cluster uint64
	at      int64
}

type naiveSample struct{ at, likeness int64 }

type naiveCluster struct {
	id       uint64
	question Signature
	touched  int64
	order    int
	asked    []int64
	answers  []answer
}

func (n *naive) pass(at int64) {
	n.now = at
	kept := max(7*day, n.set.Window)
	n.clusters = slices.DeleteFunc(n.clusters, func(c *naiveCluster) bool { return at-c.touched > kept })
	for id, a := range n.waits {
		if at-a.at > kept {
			delete(n.waits, id)
		}
	}
}

func (n *naive) cluster(at int64, q Signature, step int) *naiveCluster {
	n.pass(at)
	var best *naiveCluster
	for _, c := range n.clusters {
		if Similarity(c.question, q) >= n.set.QuestionSimilarity-1e-6 && (best == nil || Similarity(c.question, q) > Similarity(best.question, q)) {
			best = c
		}
	}
	if best == nil {
		if len(n.clusters) == n.set.MaxClusters {
			oldest := slices.MinFunc(n.clusters, func(a, b *naiveCluster) int { return a.order - b.order })
			n.clusters = slices.DeleteFunc(n.clusters, func(c *naiveCluster) bool { return c == oldest })
		}
		n.nextID++
		best = &naiveCluster{id: n.nextID, question: q}
		n.clusters = append(n.clusters, best)
	}
	best.touched, best.order = at, step
	return best
}

func (n *naive) ask(at int64, conversation m.ConversationID, q Signature, step int) bool {
	n.pass(at)
	if _, waits := n.waits[conversation]; waits {
		return false
	}
	c := n.cluster(at, q, step)
	n.waits[conversation] = naiveAsked{c.id, at}
	c.asked = append(c.asked, at/day)
	k := 0
	for _, d := range c.asked {
		if d > at/day-7 {
			k++
		}
	}
	return k >= n.set.FrequentMin
}

func (n *naive) answer(at int64, typ m.ID, text Signature, conversation m.ConversationID, step int) {
	n.pass(at)
	a, waits := n.waits[conversation]
	delete(n.waits, conversation)
	i := slices.IndexFunc(n.clusters, func(c *naiveCluster) bool { return c.id == a.cluster })
	if !waits || i < 0 {
		return
	}
	c := n.clusters[i]
	c.touched, c.order = at, step
	c.answers = slices.DeleteFunc(c.answers, func(a answer) bool { return a.conversation == conversation })
	var kept []answer
	for _, a := range c.answers[max(0, len(c.answers)-8):] {
		if at-a.at <= n.set.Window {
			kept = append(kept, a)
		}
	}
	if len(kept) > 0 {
		sum := int64(0)
		typical, most := kept[0], -1
		for i, a := range kept {
			sum += likeness(a.text.agree(&text))
			like := 0
			for j, b := range kept {
				if i != j {
					like += a.text.agree(&b.text)
				}
			}
			if like > most {
				typical, most = a, like
			}
		}
		n.samples[typ] = append(n.samples[typ], naiveSample{at, sum / int64(len(kept))})
		if s := Similarity(typical.text, text); s < n.set.AnswerSimilarity-1e-6 {
			n.found = append(n.found, Discrepancy{at, typ, s, conversation, typical.conversation, c.id})
		}
	}
	c.answers = append(c.answers, answer{at, conversation, text})
}

func (n *naive) figures() (list []Figures) {
	width := max(int64(time.Second), n.set.Window/1440)
	for typ, samples := range n.samples {
		f := Figures{Type: typ}
		sum, k := int64(0), int64(0)
		for _, s := range samples {
			if s.at-s.at%width+width > n.now-n.set.Window {
				sum += s.likeness
				k++
			}
		}
		if f.OK = k > 0; f.OK {
			f.Similarity = float64(sum) / float64(k) / one
		}
		for _, d := range n.found {
			if d.Type == typ {
				f.Discrepancies++
			}
		}
		if f.OK || f.Discrepancies > 0 {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b Figures) int { return cmp.Compare(a.Type, b.Type) })
	return list
}

func TestAgainstAllPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 7))
		set := Settings{
			QuestionSimilarity: rapid.SampledFrom([]float64{0.69, 0.7, 0.8, 1}).Draw(t, "alike"), AnswerSimilarity: 0.3,
			Window:      int64(rapid.SampledFrom([]time.Duration{6 * time.Hour, 24 * time.Hour, 10 * 24 * time.Hour}).Draw(t, "window")),
			FrequentMin: 3, MaxClusters: rapid.IntRange(1, 12).Draw(t, "clusters"),
		}
		var questions, texts [6]Signature
		for i := range questions {
			questions[i], texts[i] = randomSignature(r), randomSignature(r)
		}
		s, n := New(set), &naive{set: set, samples: map[m.ID][]naiveSample{}, waits: map[m.ConversationID]naiveAsked{}}
		at := begin
		for step := range rapid.IntRange(1, 120).Draw(t, "steps") {
			at += []int64{0, int64(time.Minute), hour, 5 * hour, day}[r.IntN(5)]
			// Up to where the index must find everything, and beyond.
			q := neighbour(r, questions[r.IntN(6)], r.IntN(20))
			if r.IntN(2) == 0 {
				c := conv(r.IntN(30))
				if got, want := asks(s, at, c, q), n.ask(at, c, q, step); got != want {
					t.Fatalf("step %d: frequent is %v, all pairs say %v", step, got, want)
				}
			} else {
				typ, c, a := m.ID(2+r.IntN(3)), conv(r.IntN(30)), neighbour(r, texts[r.IntN(6)], r.IntN(25))
				answers(s, at, typ, c, a)
				n.answer(at, typ, a, c, step)
			}
			if r.IntN(8) == 0 {
				b := s.Append(nil)
				back, err := Decode(b)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(back.Append(nil), b) {
					t.Fatal("a snapshot comes back otherwise")
				}
				s = back
			}
			if s.Clusters() != len(n.clusters) {
				t.Fatalf("step %d: %d clusters, all pairs make %d", step, s.Clusters(), len(n.clusters))
			}
		}
		if got, want := figuresOf(s), n.figures(); !same(got, want) {
			t.Fatalf("%+v, all pairs give %+v", got, want)
		}
		list := s.Discrepancies(nil)
		slices.Reverse(list)
		if !slices.Equal(list, n.found) {
			t.Fatalf("%+v, all pairs give %+v", list, n.found)
		}
	})
}

// Memory is bounded, whatever is asked and answered.
func TestBounded(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	set := Default(24 * hour)
	set.MaxClusters = 50
	s := New(set)
	q := randomSignature(r)
	at := begin
	for i := range 20_000 {
		at += int64(time.Second)
		asks(s, at, conv(100_000+i), randomSignature(r))
		asks(s, at, conv(i), q)
		if i%2 == 0 {
			answers(s, at, m.ID(2+i%3), conv(i), randomSignature(r))
		}
	}
	for i := range 2 * maxAsked {
		s.Hear(Heard{At: at, Conversation: conv(200_000 + i), Scope: here, Text: q})
	}
	if len(s.asked) != maxAsked || len(s.queue) > 2*maxAsked+65 {
		t.Errorf("%d questions wait, %d in the queue", len(s.asked), len(s.queue))
	}
	entries := 0
	for i := range s.index {
		for c := s.index[i]; c != nil; c = c.chain[i/(len(s.index)/bands)] {
			entries++
		}
	}
	if s.Clusters() != 50 || entries != 50*bands || len(s.discrepancies) != MaxDiscrepancies {
		t.Errorf("%d clusters, %d entries of the index, %d discrepancies", s.Clusters(), entries, len(s.discrepancies))
	}
	if n := len(s.Append(nil)); n > 200_000+maxAsked*40 {
		t.Errorf("a snapshot of %d bytes", n)
	}
	set.MaxClusters = 5
	s.Configure(set)
	if s.Clusters() != 5 || s.newest.question != q {
		t.Errorf("%d clusters after a lower bound", s.Clusters())
	}
	asks(s, at+100*day, conv(1), randomSignature(r))
	if s.Clusters() != 1 || len(s.asked) != 1 {
		t.Errorf("%d clusters after a long time", s.Clusters())
	}
}

func TestSettingsAreBounded(t *testing.T) {
	for _, set := range []Settings{{}, {-1, -1, -1, -1, -1}, {9, 9, math.MaxInt64, math.MaxInt, math.MaxInt}} {
		s := New(set)
		asks(s, begin, conv(1), Signature{1})
		asks(s, begin, conv(2), Signature{1})
		answers(s, math.MaxInt64, 2, conv(1), Signature{2})
		answers(s, math.MinInt64, 2, conv(2), Signature{2})
		if back, err := Decode(s.Append(nil)); err != nil || !bytes.Equal(back.Append(nil), s.Append(nil)) {
			t.Errorf("%+v: %v", set, err)
		}
	}
}

func snapshots() [][]byte {
	r := rand.New(rand.NewPCG(5, 6))
	s := New(Default(24 * hour))
	list := [][]byte{s.Append(nil)}
	q := randomSignature(r)
	for i := range 20 {
		at := begin + int64(i)*hour
		asks(s, at, conv(i), q)
		asks(s, at, conv(100+i), randomSignature(r))
		answers(s, at, m.ID(2+i%2), conv(i), randomSignature(r))
	}
	return append(list, s.Append(nil))
}

func TestDecode(t *testing.T) {
	for i, b := range snapshots() {
		s, err := Decode(b)
		if err != nil || !bytes.Equal(s.Append(nil), b) {
			t.Fatalf("snapshot %d: %v", i, err)
		}
		for n := range b {
			if _, err := Decode(b[:n]); !errors.Is(err, ErrSnapshot) {
				t.Fatalf("snapshot %d cut to %d bytes: %v", i, n, err)
			}
		}
		if _, err := Decode(append(bytes.Clone(b), 0)); !errors.Is(err, ErrSnapshot) {
			t.Errorf("snapshot %d with a byte more: %v", i, err)
		}
		b[0]++
		if _, err := Decode(b); !errors.Is(err, ErrSnapshot) {
			t.Errorf("a later version: %v", err)
		}
	}
}

func FuzzSnapshot(f *testing.F) {
	for _, b := range snapshots() {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Decode(b)
		if err != nil {
			if !errors.Is(err, ErrSnapshot) {
				t.Fatal(err)
			}
			return
		}
		first := s.Append(nil)
		back, err := Decode(first)
		if err != nil || !bytes.Equal(back.Append(nil), first) {
			t.Fatalf("what was decoded is encoded differently: %v", err)
		}
		s.Hear(Heard{At: s.now + 1, Conversation: conv(1), Text: Signature{1}})
		s.Hear(Heard{At: s.now + 1, Conversation: conv(1), Text: Signature{2}, Answer: true})
		s.Configure(Default(hour))
		if _, err := Decode(s.Append(nil)); err != nil {
			t.Fatal(err)
		}
	})
}

func full(b *testing.B) (*Stage, []Signature) {
	r := rand.New(rand.NewPCG(8, 9))
	s := New(Default(24 * hour))
	var known []Signature
	for i := range 2048 {
		q := randomSignature(r)
		known = append(known, q)
		for j := range 8 {
			s.Hear(Heard{At: begin + int64(i), Conversation: conv(8*i + j), Scope: here, Text: q})
			s.Hear(Heard{At: begin + int64(i), Conversation: conv(8*i + j), Scope: here, Type: 2, Text: randomSignature(r), Answer: true})
		}
	}
	return s, known
}

func BenchmarkAnswered(b *testing.B) {
	s, known := full(b)
	r := rand.New(rand.NewPCG(10, 11))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		at := begin + int64(i)*1000
		s.Hear(Heard{At: at, Conversation: conv(i), Scope: here, Text: known[i%2048]})
		s.Hear(Heard{At: at, Conversation: conv(i), Scope: here, Type: 2, Text: known[r.IntN(2048)], Answer: true})
	}
}

func BenchmarkAskedNew(b *testing.B) {
	s, _ := full(b)
	r := rand.New(rand.NewPCG(10, 11))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.Hear(Heard{At: begin + int64(i)*1000, Conversation: conv(i), Scope: here, Text: randomSignature(r)})
	}
}

func BenchmarkAppend(b *testing.B) {
	s, _ := full(b)
	out := s.Append(nil)
	for b.Loop() {
		out = s.Append(out[:0])
	}
	b.ReportMetric(float64(len(out)), "bytes")
}
