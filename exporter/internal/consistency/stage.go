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
//   - A conversation has one question, the first of its customer's messages that
//     has a signature, and one answer to it: the first of its humans' messages
//     after it that has one. Whom nobody has answered within 7 days, or the window
//     where that is longer, has no answer; of those, the newest 65,536 are known.
//   - A cluster keeps the newest answers, eight in all, that are not older than
//     the window. The ratio of a request type is the mean, over its answers in the
//     window, of each one's mean similarity to those that were kept when it came.
//     The first answer is compared with nothing and is no sample.
//   - An answer is a discrepancy where it resembles the typical kept answer, the
//     one that is most like the others, by less than Settings.AnswerSimilarity.
//   - A question is frequent once its cluster was asked Settings.FrequentMin
//     times, itself included, on the last 7 days (UTC, today included).
//
// Similarity is of words, not of meaning: the same said in other words is a
// discrepancy, and in another language another question.
package consistency

import (
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
	// maxAsked conversations without an answer are known.
	maxAsked = 1 << 16
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

// Heard is a question or an answer, as a conversation's shard tells it.
type Heard struct {
	// At is the receive time.
	At           int64
	Conversation m.ConversationID
	// Scope is where it counts, Type the conversation's request type by now.
	Scope m.Scope
	Type  m.ID
	// Text is the message's, Answer tells whether a human wrote it.
	Text   Signature
	Answer bool
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

// Stage is the state.
type Stage struct {
	set            Settings
	alike, unlike  int // agreement of questions at least, of answers below
	now            int64
	nextID         uint64
	clusters       int
	newest, oldest *cluster
	// index holds the first cluster of each chain: those that share a hash of a
	// band. One table a band, each of a power of two.
	index  []*cluster
	looked uint64 // counts lookups
	byID   map[uint64]*cluster
	// same are the clusters by their questions, no two of which are the same: one
	// of them would have joined the other.
	same map[Signature]*cluster
	// asked are the conversations that wait for an answer, with their questions'
	// clusters; queue holds them in their order, and some that wait no more.
	asked         map[m.ConversationID]asked
	queue         []place
	questions     uint64 // counts questions
	store         *m.Store
	discrepancies []discrepancy // oldest first
}

// asked is a question's cluster, when it was asked, and its place in the queue.
type asked struct {
	cluster uint64
	at      int64
	place   uint64
}

// place is a conversation's in the queue.
type place struct {
	conversation m.ConversationID
	n            uint64
}

// waits tells whether the question of a place has no answer yet.
func (s *Stage) waits(p place) bool {
	a, ok := s.asked[p.conversation]
	return ok && a.place == p.n
}

// wait begins the wait for an answer.
func (s *Stage) wait(conversation m.ConversationID, cluster uint64, at int64) {
	s.questions++
	s.asked[conversation] = asked{cluster, at, s.questions}
	s.queue = append(s.queue, place{conversation, s.questions})
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
	chain        [bands]*cluster
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
	s := &Stage{
		byID: map[uint64]*cluster{}, same: map[Signature]*cluster{}, asked: map[m.ConversationID]asked{}, nextID: 1,
		store: m.NewStore(m.NewBuckets()),
	}
	s.use(set.bounded())
	s.reindex()
	s.store.SetWindow(s.set.Window)
	return s
}

// Store holds what was counted: FAQConversations, ReplyDiscrepancies and
// ReplyConsistency.
func (s *Stage) Store() *m.Store { return s.store }

func (s *Stage) use(set Settings) {
	s.set = set
	s.alike = max(surely, agreement(set.QuestionSimilarity))
	s.unlike = agreement(set.AnswerSimilarity)
}

// Configure puts settings in force from the stage's time on.
func (s *Stage) Configure(set Settings) {
	s.use(set.bounded())
	s.store.SetWindow(s.set.Window)
	for s.clusters > s.set.MaxClusters {
		s.drop(s.oldest)
	}
	s.reindex()
}

// reindex makes the index anew, of the size that goes with the settings.
func (s *Stage) reindex() {
	size := 16
	for size < 2*s.set.MaxClusters {
		size *= 2
	}
	if size*bands == len(s.index) {
		return
	}
	s.index = make([]*cluster, size*bands)
	for c := s.oldest; c != nil; c = c.newer {
		s.list(c)
	}
}

// list puts a cluster into its chains.
func (s *Stage) list(c *cluster) {
	for b := range bands {
		head := s.head(&c.question, b)
		c.chain[b], *head = *head, c
	}
}

// Advance tells the time.
func (s *Stage) Advance(at int64) {
	s.now = max(s.now, min(at, maxTime))
	s.store.Expire(s.now)
}

// kept is how long questions are, without anybody asking or answering.
func (s *Stage) kept() int64 { return max(days*day, s.set.Window) }

// expire drops clusters that nobody has touched for long, and questions that
// nobody will answer.
func (s *Stage) expire() {
	for c := s.oldest; c != nil && s.now-c.touched > s.kept(); c = s.oldest {
		s.drop(c)
	}
	for len(s.queue) > 0 {
		if first := s.queue[0]; s.waits(first) {
			if len(s.asked) <= maxAsked && s.now-s.asked[first.conversation].at <= s.kept() {
				break
			}
			delete(s.asked, first.conversation)
		}
		s.queue = s.queue[1:]
	}
	if len(s.queue) > 2*len(s.asked)+64 {
		s.queue = slices.DeleteFunc(slices.Clone(s.queue), func(p place) bool { return !s.waits(p) })
	}
}

// Hear takes a question or an answer in.
func (s *Stage) Hear(h Heard) {
	s.Advance(h.At)
	if h.Answer {
		s.answered(h)
		return
	}
	s.question(h)
}

// question counts one, and whether it is a frequent one.
func (s *Stage) question(h Heard) {
	s.expire()
	if _, waits := s.asked[h.Conversation]; waits {
		return
	}
	c := s.cluster(h.Text)
	c.turn(s.now / day)
	c.asked[days-1]++
	n := 0
	for _, k := range c.asked {
		n += int(k)
	}
	s.wait(h.Conversation, c.id, s.now)
	s.expire()
	if n >= s.set.FrequentMin {
		s.store.Add(m.FAQConversations, s.store.Scope(h.Scope), 0, 0, 1)
	}
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

// answered compares an answer with those that the same question had.
func (s *Stage) answered(h Heard) {
	s.expire()
	q, waits := s.asked[h.Conversation]
	c := s.byID[q.cluster]
	delete(s.asked, h.Conversation)
	if !waits || c == nil {
		return
	}
	s.touch(c)
	c.answers = slices.DeleteFunc(c.answers, func(a answer) bool {
		return a.conversation == h.Conversation || s.now-a.at > s.set.Window
	})
	if n := int64(len(c.answers)); n > 0 {
		sum := int64(0)
		for i := range c.answers {
			sum += likeness(h.Text.agree(&c.answers[i].text))
		}
		scope := s.store.Scope(h.Scope)
		s.store.Sample(m.ReplyConsistency, scope, h.Type, 0, s.now, sum/n, 1)
		typical := c.typical()
		if agree := h.Text.agree(&typical.text); agree < s.unlike {
			s.store.Add(m.ReplyDiscrepancies, scope, h.Type, 0, 1)
			if len(s.discrepancies) == MaxDiscrepancies {
				s.discrepancies = s.discrepancies[:copy(s.discrepancies, s.discrepancies[1:])]
			}
			s.discrepancies = append(s.discrepancies, discrepancy{s.now, h.Type, uint8(agree), h.Conversation, typical.conversation, c.id})
		}
	}
	if len(c.answers) == maxAnswers {
		c.answers = c.answers[:copy(c.answers, c.answers[1:])]
	}
	c.answers = append(c.answers, answer{s.now, h.Conversation, h.Text})
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
	}
	s.touch(c)
	return c
}

// touch makes a cluster the one that is dropped last.
func (s *Stage) touch(c *cluster) {
	if c != s.newest {
		s.unlink(c)
		s.link(c)
	}
	c.touched = s.now
}

func (s *Stage) find(q *Signature) (best *cluster) {
	if c := s.same[*q]; c != nil {
		return c
	}
	s.looked++
	most := s.alike - 1
	for b := range bands {
		for c := *s.head(q, b); c != nil; c = c.chain[b] {
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

// head is where the chain begins in which clusters with a band in common with q
// are, and others.
func (s *Stage) head(q *Signature, band int) **cluster {
	at := band * rows
	h := uint32(q[at])<<16 | uint32(q[at+1])<<8 | uint32(q[at+2])
	size := len(s.index) / bands
	return &s.index[band*size+int(h*0x9e3779b1>>8)&(size-1)]
}

// insert takes a cluster in as the one that was touched last.
func (s *Stage) insert(c *cluster) {
	s.list(c)
	s.clusters++
	s.byID[c.id], s.same[c.question] = c, c
	s.link(c)
}

func (s *Stage) drop(c *cluster) {
	for b := range bands {
		at := s.head(&c.question, b)
		for *at != c {
			at = &(*at).chain[b]
		}
		*at = c.chain[b]
	}
	s.clusters--
	delete(s.byID, c.id)
	delete(s.same, c.question)
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
	delete(s.asked, conversation)
	s.discrepancies = slices.DeleteFunc(s.discrepancies, func(d discrepancy) bool {
		return d.conversation == conversation || d.other == conversation
	})
	for c := s.newest; c != nil; c = c.older {
		c.answers = slices.DeleteFunc(c.answers, func(a answer) bool { return a.conversation == conversation })
	}
}
