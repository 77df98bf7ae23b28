// Package consistency tells whether near-identical questions get the same
// answers, and which questions are frequent. Texts become Signatures at the way
// in (Signer); the Stage is told of them in the order of the lane and never sees
// a text.
//
// It is pure: no clock, no I/O; the same calls in the same order give the same
// state. A Stage belongs to one goroutine. Times are receive times in Unix
// nanoseconds, which never run backwards: an earlier one counts as the latest.
//
// # Definitions
//
//   - A question belongs to the cluster whose first question it resembles most,
//     by Settings.QuestionSimilarity at least; the older one where two are alike.
//     Without one it begins a cluster. All that are alike enough are found: the
//     index misses none (see bands).
//   - At most Settings.MaxClusters are kept; the one that nobody asked or
//     answered for longest goes first, and each after 7 days, or the window
//     where that is longer, without either.
//   - A cluster keeps the newest answers, one a conversation and eight in all,
//     that are not older than the window. The ratio of a request type is the
//     mean, over its answers in the window, of each one's mean similarity to
//     those that were kept when it came, of other conversations. The first answer
//     is compared with nothing and is no sample.
//   - An answer is a discrepancy where it resembles the typical kept answer, the
//     one that is most like the others, by less than Settings.AnswerSimilarity.
//   - A question is frequent once its cluster was asked Settings.FrequentMin
//     times, itself included, on the last 7 days (UTC, today included).
//
// Similarity is of words, not of meaning: the same said in other words is a
// discrepancy, and in another language another question.
package consistency

import (
	"cmp"
	"slices"
	"time"

	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// Settings bound what is alike, and what is kept.
type Settings struct {
	// QuestionSimilarity [0.7] from which questions are one; MinQuestionSimilarity
	// at least.
	QuestionSimilarity float64
	// AnswerSimilarity [0.2] below which an answer is a discrepancy.
	AnswerSimilarity float64
	// Window that ratios look back on, in nanoseconds.
	Window int64
	// FrequentMin [10] questions of the last 7 days make a cluster frequent.
	FrequentMin int
	// MaxClusters [2048] are kept.
	MaxClusters int
}

// MinQuestionSimilarity is the least that the index finds for sure.
const MinQuestionSimilarity = 0.69

// Default gives the settings of a window.
func Default(window int64) Settings {
	return Settings{QuestionSimilarity: 0.7, AnswerSimilarity: 0.2, Window: window, FrequentMin: 10, MaxClusters: 2048}
}

const (
	day = int64(24 * time.Hour)
	// days of questions are counted.
	days = 7
	// maxAnswers of a cluster are kept.
	maxAnswers = 8
	// MaxDiscrepancies are listed.
	MaxDiscrepancies = 1000
	// limits of settings.
	maxWindow   = int64(1) << 60
	maxClusters = 1 << 16
	minWindow   = int64(time.Second)
)

func (s Settings) bounded() Settings {
	s.QuestionSimilarity = min(max(s.QuestionSimilarity, MinQuestionSimilarity), 1)
	s.AnswerSimilarity = min(max(s.AnswerSimilarity, 0), 1)
	s.Window = min(max(s.Window, minWindow), maxWindow)
	s.FrequentMin = min(max(s.FrequentMin, 1), 1<<16)
	s.MaxClusters = min(max(s.MaxClusters, 1), maxClusters)
	return s
}

// Discrepancy is an answer unlike the others that near-identical questions got.
type Discrepancy struct {
	// At is when it came.
	At   int64
	Type m.ID
	// Similarity to the answer of Other, 0 to 1.
	Similarity float64
	// Conversation got the answer, Other the typical one.
	Conversation, Other m.ConversationID
	// Cluster numbers the questions.
	Cluster uint64
}

// Figures are those of a request type.
type Figures struct {
	Type m.ID
	// Similarity is the mean over the window; OK is false without a sample.
	Similarity float64
	OK         bool
	// Discrepancies since the beginning.
	Discrepancies uint64
}

// Stage is the state.
type Stage struct {
	set            Settings
	alike, unlike  int // agreement of questions at least, of answers below
	now            int64
	nextID         uint64
	clusters       int
	newest, oldest *cluster
	index          map[uint32][]*cluster
	looked         uint64 // counts lookups
	types          map[m.ID]*figures
	discrepancies  []discrepancy // oldest first
}

// figures of a request type.
type figures struct {
	window        window
	discrepancies uint64
}

// discrepancy with its agreement as it was counted.
type discrepancy struct {
	at                  int64
	typ                 m.ID
	agree               uint8
	conversation, other m.ConversationID
	cluster             uint64
}

// cluster is near-identical questions.
type cluster struct {
	id       uint64
	question Signature
	touched  int64
	// asked by day, the last one being day number today.
	today   int64
	asked   [days]uint32
	answers []answer // by arrival
	// Places in the stage's structures; not part of the encoded state.
	newer, older *cluster
	looked       uint64
}

type answer struct {
	at           int64
	conversation m.ConversationID
	text         Signature
}

// New returns a stage that has heard nothing. Settings out of bounds are brought
// into them.
func New(set Settings) *Stage {
	s := &Stage{index: map[uint32][]*cluster{}, types: map[m.ID]*figures{}, nextID: 1}
	s.use(set.bounded())
	return s
}

func (s *Stage) use(set Settings) {
	s.set = set
	s.alike = max(surely, agreement(set.QuestionSimilarity))
	s.unlike = agreement(set.AnswerSimilarity)
}

// Configure puts settings in force from the stage's time on.
func (s *Stage) Configure(set Settings) {
	was := s.set
	s.use(set.bounded())
	if was.Window != s.set.Window {
		for _, f := range s.types {
			f.window.expire(was.Window, s.now)
			f.window.regrid(s.set.Window)
		}
	}
	for s.clusters > s.set.MaxClusters {
		s.drop(s.oldest)
	}
}

// Advance tells the time.
func (s *Stage) Advance(at int64) { s.now = max(s.now, min(at, maxTime)) }

// expire drops clusters that nobody has touched for long.
func (s *Stage) expire() {
	for c := s.oldest; c != nil && s.now-c.touched > max(days*day, s.set.Window); c = s.oldest {
		s.drop(c)
	}
}

// Asked takes the question of a conversation, the first of its messages that has a
// signature, and tells whether it is a frequent one.
func (s *Stage) Asked(at int64, question Signature) (frequent bool) {
	s.Advance(at)
	c := s.cluster(question)
	c.turn(s.now / day)
	c.asked[days-1]++
	n := 0
	for _, k := range c.asked {
		n += int(k)
	}
	return n >= s.set.FrequentMin
}

// turn moves the counted days on to today.
func (c *cluster) turn(today int64) {
	gone := today - c.today
	if gone <= 0 {
		return
	}
	c.today = today
	if gone >= days {
		c.asked = [days]uint32{}
		return
	}
	copy(c.asked[:], c.asked[gone:])
	clear(c.asked[days-gone:])
}

// Answered takes a human answer to a question, in a conversation of a request
// type.
func (s *Stage) Answered(at int64, typ m.ID, question, text Signature, conversation m.ConversationID) {
	s.Advance(at)
	c := s.cluster(question)
	c.answers = slices.DeleteFunc(c.answers, func(a answer) bool {
		return a.conversation == conversation || s.now-a.at > s.set.Window
	})
	if n := int64(len(c.answers)); n > 0 {
		sum := int64(0)
		for i := range c.answers {
			sum += likeness(text.agree(&c.answers[i].text))
		}
		f := s.figures(typ)
		f.window.add(s.set.Window, s.now, sum/n)
		typical := c.typical()
		if agree := text.agree(&typical.text); agree < s.unlike {
			f.discrepancies++
			if len(s.discrepancies) == MaxDiscrepancies {
				s.discrepancies = s.discrepancies[:copy(s.discrepancies, s.discrepancies[1:])]
			}
			s.discrepancies = append(s.discrepancies, discrepancy{s.now, typ, uint8(agree), conversation, typical.conversation, c.id})
		}
	}
	if len(c.answers) == maxAnswers {
		c.answers = c.answers[:copy(c.answers, c.answers[1:])]
	}
	c.answers = append(c.answers, answer{s.now, conversation, text})
}

// typical gives the answer that is most like the others, the oldest of several.
func (c *cluster) typical() *answer {
	var likes [maxAnswers]int
	for i := range c.answers {
		for j := range i {
			n := c.answers[i].text.agree(&c.answers[j].text)
			likes[i] += n
			likes[j] += n
		}
	}
	best := 0
	for i := range c.answers {
		if likes[i] > likes[best] {
			best = i
		}
	}
	return &c.answers[best]
}

func (s *Stage) figures(typ m.ID) *figures {
	f := s.types[typ]
	if f == nil {
		f = &figures{}
		s.types[typ] = f
	}
	return f
}

// cluster finds the one of a question, or makes it, and touches it.
func (s *Stage) cluster(q Signature) *cluster {
	s.expire()
	c := s.find(&q)
	if c == nil {
		for s.clusters >= s.set.MaxClusters {
			s.drop(s.oldest)
		}
		c = &cluster{id: s.nextID, question: q, today: s.now / day}
		s.nextID++
		s.insert(c)
	} else if c != s.newest {
		s.unlink(c)
		s.link(c)
	}
	c.touched = s.now
	return c
}

func (s *Stage) find(q *Signature) (best *cluster) {
	s.looked++
	most := s.alike - 1
	for b := range bands {
		for _, c := range s.index[key(q, b)] {
			if c.looked == s.looked {
				continue
			}
			c.looked = s.looked
			if n := c.question.agree(q); n > most || n == most && best != nil && c.id < best.id {
				best, most = c, n
			}
		}
	}
	return best
}

// key is where clusters with a band in common are found.
func key(q *Signature, band int) uint32 {
	at := band * rows
	return uint32(band)<<24 | uint32(q[at])<<16 | uint32(q[at+1])<<8 | uint32(q[at+2])
}

// insert takes a cluster in as the one that was touched last.
func (s *Stage) insert(c *cluster) {
	for b := range bands {
		k := key(&c.question, b)
		s.index[k] = append(s.index[k], c)
	}
	s.clusters++
	s.link(c)
}

func (s *Stage) drop(c *cluster) {
	for b := range bands {
		k := key(&c.question, b)
		list := slices.DeleteFunc(s.index[k], func(o *cluster) bool { return o == c })
		if len(list) == 0 {
			delete(s.index, k)
		} else {
			s.index[k] = list
		}
	}
	s.clusters--
	s.unlink(c)
}

func (s *Stage) link(c *cluster) {
	c.older, c.newer = s.newest, nil
	if s.newest != nil {
		s.newest.newer = c
	} else {
		s.oldest = c
	}
	s.newest = c
}

func (s *Stage) unlink(c *cluster) {
	if c.newer != nil {
		c.newer.older = c.older
	} else {
		s.newest = c.older
	}
	if c.older != nil {
		c.older.newer = c.newer
	} else {
		s.oldest = c.newer
	}
	c.newer, c.older = nil, nil
}

// Clusters is how many are kept.
func (s *Stage) Clusters() int { return s.clusters }

// Each calls f for each request type that has figures, in their order, as of the
// stage's time.
func (s *Stage) Each(f func(Figures)) {
	for _, typ := range s.typeOrder() {
		v := s.types[typ]
		sum, n := v.window.total(s.set.Window, s.now)
		out := Figures{Type: typ, Discrepancies: v.discrepancies, OK: n > 0}
		if n > 0 {
			out.Similarity = float64(sum) / float64(n) / one
		}
		f(out)
	}
}

func (s *Stage) typeOrder() []m.ID {
	order := make([]m.ID, 0, len(s.types))
	for typ := range s.types {
		order = append(order, typ)
	}
	slices.SortFunc(order, func(a, b m.ID) int { return cmp.Compare(a, b) })
	return order
}

// Discrepancies appends those that are still listed, the newest first.
func (s *Stage) Discrepancies(dst []Discrepancy) []Discrepancy {
	for _, d := range slices.Backward(s.discrepancies) {
		dst = append(dst, Discrepancy{d.at, d.typ, float64(likeness(int(d.agree))) / one, d.conversation, d.other, d.cluster})
	}
	return dst
}

// Forget takes a conversation out of the list and out of what answers are
// compared with, as an erasure asks for. What was counted stays.
func (s *Stage) Forget(conversation m.ConversationID) {
	s.discrepancies = slices.DeleteFunc(s.discrepancies, func(d discrepancy) bool {
		return d.conversation == conversation || d.other == conversation
	})
	for c := s.newest; c != nil; c = c.older {
		c.answers = slices.DeleteFunc(c.answers, func(a answer) bool { return a.conversation == conversation })
	}
}
