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

func figuresOf(s *Stage) (list []Figures) {
	s.Each(func(f Figures) { list = append(list, f) })
	return list
}

func TestDiscrepancy(t *testing.T) {
	s := New(Default(24 * hour))
	ask := func(n int, q, a string) {
		s.Answered(begin+int64(n)*hour, 3, question(t, q), answerOf(t, a), conv(n))
	}
	ask(1, "Qual o prazo de entrega?", "O prazo é de 5 dias úteis após o pagamento")
	if f := figuresOf(s); len(f) != 0 {
		t.Errorf("one answer is compared: %+v", f)
	}
	ask(2, "oi, qual é o prazo da entrega", "Olá! O prazo é de 5 dias úteis após o pagamento.")
	if f := figuresOf(s); len(f) != 1 || f[0] != (Figures{3, 1, true, 0}) {
		t.Errorf("the same answer: %+v", f)
	}
	ask(3, "bom dia, qual prazo de entrega?", "Depende do transporte, consulte o site da loja")
	f := figuresOf(s)
	if len(f) != 1 || f[0].Discrepancies != 1 || f[0].Similarity < 0.45 || f[0].Similarity > 0.6 {
		t.Errorf("another answer: %+v", f)
	}
	list := s.Discrepancies(nil)
	if len(list) != 1 || list[0].Conversation != conv(3) || list[0].Other != conv(1) || list[0].At != begin+3*hour || list[0].Type != 3 || list[0].Similarity >= 0.2 || list[0].Cluster != 1 {
		t.Errorf("listed: %+v", list)
	}
	// The odd one is not what the next are compared with.
	ask(4, "qual o prazo da entrega?", "O prazo é de 5 dias úteis após o pagamento")
	if f := figuresOf(s); f[0].Discrepancies != 1 {
		t.Errorf("the usual answer after the odd one: %+v", f)
	}
	// A conversation is not compared with itself.
	s = New(Default(24 * hour))
	ask(1, "Qual o prazo de entrega?", "O prazo é de 5 dias úteis após o pagamento")
	ask(1, "Qual o prazo de entrega?", "Depende do transporte, consulte o site da loja")
	if f := figuresOf(s); len(f) != 0 {
		t.Errorf("compared with itself: %+v", f)
	}
	ask(2, "Qual o prazo de entrega?", "Depende do transporte, consulte o site da loja")
	if f := figuresOf(s); len(f) != 1 || f[0].Similarity != 1 {
		t.Errorf("the newest of a conversation is kept: %+v", f)
	}
}

func TestWindow(t *testing.T) {
	s := New(Default(24 * hour))
	q, a, b := question(t, "Qual o prazo de entrega?"), answerOf(t, "O prazo é de 5 dias úteis"), answerOf(t, "Consulte o site da transportadora")
	s.Answered(begin, 3, q, a, conv(1))
	s.Answered(begin+hour, 3, q, a, conv(2))
	s.Advance(begin + 25*hour)
	if f := figuresOf(s); !f[0].OK {
		t.Errorf("gone too early: %+v", f)
	}
	s.Advance(begin + 26*hour)
	if f := figuresOf(s); f[0].OK {
		t.Errorf("still there: %+v", f)
	}
	// Both answers are too old to be compared with.
	s.Answered(begin+26*hour, 3, q, b, conv(3))
	if f := figuresOf(s); f[0].OK || f[0].Discrepancies != 0 {
		t.Errorf("compared with what left the window: %+v", f)
	}
	for _, window := range []int64{hour, 48 * hour, 0, math.MaxInt64} {
		set := Default(window)
		s.Configure(set)
	}
	if f := figuresOf(s); f[0].OK {
		t.Errorf("a longer window brings back what a shorter one dropped: %+v", f)
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
		if got := s.Asked(begin+c.at, q); got != c.want {
			t.Errorf("question %d: frequent is %v", i+1, got)
		}
	}
	// Answers are no questions.
	s = New(set)
	for i := range 5 {
		s.Answered(begin, 3, q, answerOf(t, "entregamos aos sábados"), conv(i))
	}
	if s.Asked(begin, q) {
		t.Error("answers count as questions")
	}
}

func TestForget(t *testing.T) {
	s := New(Default(24 * hour))
	q := question(t, "Qual o prazo de entrega?")
	s.Answered(begin, 3, q, answerOf(t, "O prazo é de 5 dias úteis"), conv(1))
	s.Answered(begin, 3, q, answerOf(t, "Consulte o site da transportadora"), conv(2))
	s.Forget(conv(1))
	if list := s.Discrepancies(nil); len(list) != 0 {
		t.Errorf("listed: %+v", list)
	}
	if f := figuresOf(s); f[0].Discrepancies != 1 {
		t.Errorf("what was counted is gone: %+v", f)
	}
	if bytes.Contains(s.Append(nil), []byte("conv000001")) {
		t.Error("the snapshot still names the conversation")
	}
	s.Answered(begin, 3, q, answerOf(t, "Consulte o site da transportadora"), conv(3))
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
	now      int64
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

func (n *naive) cluster(at int64, q Signature, step int) *naiveCluster {
	n.now = at
	n.clusters = slices.DeleteFunc(n.clusters, func(c *naiveCluster) bool { return at-c.touched > max(7*day, n.set.Window) })
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

func (n *naive) ask(at int64, q Signature, step int) bool {
	c := n.cluster(at, q, step)
	c.asked = append(c.asked, at/day)
	k := 0
	for _, d := range c.asked {
		if d > at/day-7 {
			k++
		}
	}
	return k >= n.set.FrequentMin
}

func (n *naive) answer(at int64, typ m.ID, q, text Signature, conversation m.ConversationID, step int) {
	c := n.cluster(at, q, step)
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
	width := n.set.Window / windowBuckets
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
		list = append(list, f)
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
		var questions, answers [6]Signature
		for i := range questions {
			questions[i], answers[i] = randomSignature(r), randomSignature(r)
		}
		s, n := New(set), &naive{set: set, samples: map[m.ID][]naiveSample{}}
		at := begin
		for step := range rapid.IntRange(1, 120).Draw(t, "steps") {
			at += []int64{0, int64(time.Minute), hour, 5 * hour, day}[r.IntN(5)]
			// Up to where the index must find everything, and beyond.
			q := neighbour(r, questions[r.IntN(6)], r.IntN(20))
			if r.IntN(2) == 0 {
				if got, want := s.Asked(at, q), n.ask(at, q, step); got != want {
					t.Fatalf("step %d: frequent is %v, all pairs say %v", step, got, want)
				}
			} else {
				typ, c, a := m.ID(r.IntN(3)), conv(r.IntN(10)), neighbour(r, answers[r.IntN(6)], r.IntN(25))
				s.Answered(at, typ, q, a, c)
				n.answer(at, typ, q, a, c, step)
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
		if got, want := figuresOf(s), n.figures(); !slices.Equal(got, want) {
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
		s.Asked(at, randomSignature(r))
		s.Answered(at, m.ID(i%3), q, randomSignature(r), conv(i))
	}
	entries := 0
	for _, list := range s.index {
		entries += len(list)
	}
	if s.Clusters() != 50 || entries != 50*bands || len(s.discrepancies) != MaxDiscrepancies {
		t.Errorf("%d clusters, %d entries of the index, %d discrepancies", s.Clusters(), entries, len(s.discrepancies))
	}
	for _, f := range s.types {
		if n := len(f.window.buckets); n > windowBuckets+2 {
			t.Errorf("%d buckets", n)
		}
	}
	if n := len(s.Append(nil)); n > 200_000 {
		t.Errorf("a snapshot of %d bytes", n)
	}
	set.MaxClusters = 5
	s.Configure(set)
	if s.Clusters() != 5 || s.newest.question != q {
		t.Errorf("%d clusters after a lower bound", s.Clusters())
	}
	s.Asked(at+100*day, randomSignature(r))
	if s.Clusters() != 1 {
		t.Errorf("%d clusters after a long time", s.Clusters())
	}
}

func TestSettingsAreBounded(t *testing.T) {
	for _, set := range []Settings{{}, {-1, -1, -1, -1, -1}, {9, 9, math.MaxInt64, math.MaxInt, math.MaxInt}} {
		s := New(set)
		s.Asked(begin, Signature{1})
		s.Answered(math.MaxInt64, 1, Signature{1}, Signature{2}, conv(1))
		s.Answered(math.MinInt64, 1, Signature{1}, Signature{2}, conv(2))
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
		s.Asked(at, q)
		s.Asked(at, randomSignature(r))
		s.Answered(at, m.ID(i%2), q, randomSignature(r), conv(i))
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
		s.Asked(s.now+1, Signature{1})
		s.Answered(s.now+1, 1, Signature{1}, Signature{2}, conv(1))
		s.Configure(Default(hour))
		s.Each(func(Figures) {})
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
			s.Answered(begin+int64(i), 1, q, randomSignature(r), conv(8*i+j))
		}
	}
	return s, known
}

func BenchmarkAnswered(b *testing.B) {
	s, known := full(b)
	r := rand.New(rand.NewPCG(10, 11))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.Answered(begin+int64(i)*1000, 1, known[i%2048], known[r.IntN(2048)], conv(i))
	}
}

func BenchmarkAskedNew(b *testing.B) {
	s, _ := full(b)
	r := rand.New(rand.NewPCG(10, 11))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.Asked(begin+int64(i)*1000, randomSignature(r))
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
