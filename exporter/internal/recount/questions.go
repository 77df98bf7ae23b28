package recount

import (
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// What is near-identical, and how much is kept (docs/quality.md). A signature
// has so many places; that many agree by chance once in 256 times.
const (
	signaturePlaces  = 42
	sameQuestion     = 700_000
	otherAnswer      = 200_000
	frequentFrom     = 10
	frequentDays     = 7
	keptClusters     = 2048
	keptAnswers      = 8
	questionsRemain  = 7 * 24 * time.Hour
	similarityIsOne  = 1_000_000
	fewestSamePlaces = 29
)

// cluster is a question that was asked in nearly the same words.
type cluster struct {
	question []byte
	touched  time.Time
	order    int
	days     []int64
	answers  []givenAnswer
}

type givenAnswer struct {
	text []byte
	at   time.Time
}

// alike gives the similarity of two texts in millionths, and in how many places
// their signatures agree.
func alike(a, b []byte) (similarity int64, same int) {
	for i := range a {
		if a[i] == b[i] {
			same++
		}
	}
	return int64(max(0, 256*same-signaturePlaces)) * similarityIsOne / (255 * signaturePlaces), same
}

// asks: the first message of the conversation that asks something.
func (r *recount) asks(c *conversation, e event.Event) {
	if r.s.Signature == nil || c.once["asked"] {
		return
	}
	text := r.s.Signature(e.Message.Text, false)
	if text == nil {
		return
	}
	c.once["asked"] = true
	r.forgetQuestions()
	var best *cluster
	most := fewestSamePlaces - 1
	for _, k := range r.clusters {
		if similarity, same := alike(k.question, text); similarity >= sameQuestion && same > most {
			best, most = k, same
		}
	}
	if best == nil {
		if len(r.clusters) == keptClusters {
			oldest := 0
			for i, k := range r.clusters {
				if k.order < r.clusters[oldest].order {
					oldest = i
				}
			}
			r.clusters = append(r.clusters[:oldest:oldest], r.clusters[oldest+1:]...)
		}
		best = &cluster{question: text}
		r.clusters = append(r.clusters, best)
	}
	r.touch(best)
	today, n := r.now.Unix()/86400, 0
	best.days = append(best.days, today)
	for _, d := range best.days {
		if d > today-frequentDays {
			n++
		}
	}
	if n >= frequentFrom {
		r.totals.add("helpdesk_faq_conversations_total", r.labels(c)...)
	}
	c.question, c.askedAt = best, r.now
}

func (r *recount) touch(k *cluster) {
	r.touches++
	k.touched, k.order = r.now, r.touches
}

// forgetQuestions lets go of what nobody has asked or answered for long.
func (r *recount) forgetQuestions() {
	kept := r.clusters[:0:0]
	for _, k := range r.clusters {
		if r.now.Sub(k.touched) <= max(questionsRemain, r.s.RatiosWindow) {
			kept = append(kept, k)
		}
	}
	r.clusters = kept
}

// answers: the first message of a human after the question that says something.
func (r *recount) answers(c *conversation, e event.Event) {
	if r.s.Signature == nil || !c.once["asked"] || c.once["answered"] {
		return
	}
	text := r.s.Signature(e.Message.Text, true)
	if text == nil {
		return
	}
	c.once["answered"] = true
	r.forgetQuestions()
	there := false
	for _, k := range r.clusters {
		there = there || k == c.question
	}
	if !there || r.now.Sub(c.askedAt) > max(questionsRemain, r.s.RatiosWindow) {
		return
	}
	k := c.question
	r.touch(k)
	var others []givenAnswer
	for i, a := range k.answers {
		if i >= len(k.answers)-keptAnswers && r.now.Sub(a.at) <= r.s.RatiosWindow {
			others = append(others, a)
		}
	}
	k.answers = append(k.answers, givenAnswer{text, r.now})
	if len(others) == 0 {
		return
	}
	sum, typical, most := int64(0), others[0], -1
	for i, a := range others {
		similarity, _ := alike(a.text, text)
		sum += similarity
		likes := 0
		for j, b := range others {
			if i != j {
				_, same := alike(a.text, b.text)
				likes += same
			}
		}
		if likes > most {
			typical, most = a, likes
		}
	}
	r.sample(r.now, float64(sum/int64(len(others)))/similarityIsOne, 1, "helpdesk_reply_consistency_ratio", r.typed(c)...)
	if similarity, _ := alike(typical.text, text); similarity < otherAnswer {
		r.totals.add("helpdesk_reply_discrepancies_total", r.typed(c)...)
	}
}
