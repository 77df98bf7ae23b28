package wall

import (
	"math"
	"slices"
	"sort"
	"strconv"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// curveHours is how many hours the day's curve shows.
const curveHours = 24

// figures are what the page shows, copied out of the state.
type figures struct {
	// now is the clock's time, received that of the last record, lastEvent that
	// of the last events (of the last record before any).
	now, received, lastEvent time.Time
	// created is when the counters began, histCreated the histograms.
	created, histCreated time.Time
	// writing is false while the exporter refuses webhooks.
	writing bool

	firstTarget, resolutionTarget time.Duration

	bot, waiting, answered, pending int
	waits                           []wait
	escalated                       []escalation

	first, resolution          timing
	met, missed                int
	opened, closed, unanswered int
	in, out, handoffs          int

	// solved of concluded conversations were so at first contact; satisfied of
	// the answers to surveys; contained of the bot's conversations.
	solved, satisfied, contained share
	// busy of the time busy or available, in seconds.
	busy, available float64
	// targets as shares of 1.
	fcrTarget, csatTarget, containmentTarget, busyMin, busyMax float64
	// satisfiedMin is the lowest score that satisfies.
	satisfiedMin int
	agents       staff

	// sources that have conversations.
	sources map[string]bool
	hours   []fold.Hour
	slowest *fold.Slow
}

// wait is who waits in one inbox and team; since is the longest's start.
type wait struct {
	place
	count int
	since time.Time
}

type place struct{ source, inbox, team string }

// escalation is one escalated conversation; since is the oldest start.
type escalation struct {
	place
	conversation string
	reasons      []string
	since        time.Time
}

// share is a part of a whole.
type share struct{ part, of int }

// timing is a histogram over all series of a family.
type timing struct {
	count   uint64
	seconds float64
	buckets []uint64 // not cumulated, the last is beyond every bound
	bounds  measure.Buckets
}

func (t *timing) add(h *measure.Hist) {
	t.count += h.Count
	t.seconds += h.Sum()
	if t.buckets == nil {
		t.buckets = make([]uint64, len(h.Classic))
	}
	for i, n := range h.Classic {
		t.buckets[i] += n
	}
}

// mean is 0 without observations.
func (t *timing) mean() time.Duration {
	if t.count == 0 {
		return 0
	}
	return time.Duration(t.seconds / float64(t.count) * float64(time.Second))
}

// median is the lowest bound that half of the observations do not exceed;
// within is false where even the highest bound is too low.
func (t *timing) median() (bound time.Duration, within bool) {
	half, sum := (t.count+1)/2, uint64(0)
	for i, b := range t.bounds {
		if sum += t.buckets[i]; sum >= half {
			return time.Duration(b), true
		}
	}
	if n := len(t.bounds); n > 0 {
		bound = time.Duration(t.bounds[n-1])
	}
	return bound, false
}

// Where the labels stand that the figures are told apart by.
var (
	stateLabel      = labelAt(measure.Conversations, "state")
	resultLabel     = labelAt(measure.FirstResponseDeadlines, "result")
	directionLabel  = labelAt(measure.Messages, "direction")
	escalatedLabel  = labelAt(measure.EscalatedStart, "conversation")
	escalatedReason = labelAt(measure.EscalatedStart, "reason")
	fcrOutcome      = labelAt(measure.FCROutcomes24h, "outcome")
	botOutcome      = labelAt(measure.BotConversations, "outcome")
	scoreLabel      = labelAt(measure.SurveyResponses, "score")
	agentState      = labelAt(measure.AgentStateSeconds, "state")
)

func labelAt(f *measure.Family, name string) int {
	i := slices.Index(f.LabelNames(), name)
	if i < 0 {
		panic("wall: " + f.Name + " has no label " + name)
	}
	return i
}

// observe runs where the state is owned. now may be nil: the time is then that
// of the last record.
func observe(s *fold.State, v *measure.View, now func() time.Time) *figures {
	s.View(v)
	f := &figures{received: time.Unix(0, s.Received()).UTC(), sources: map[string]bool{}}
	f.now, f.lastEvent = f.received, f.received
	if at := s.LastEvent(); at != 0 {
		f.lastEvent = time.Unix(0, at).UTC()
	}
	if now != nil {
		// A record may carry a time that a slightly slower clock has yet to reach.
		if t := now().UTC(); t.After(f.received) {
			f.now = t
		}
	}
	f.created, f.histCreated = time.Unix(0, v.Created).UTC(), time.Unix(0, v.HistCreated).UTC()
	cfg := s.Config()
	f.firstTarget, f.resolutionTarget = cfg.FirstResponse, cfg.Resolution
	f.fcrTarget, f.csatTarget, f.containmentTarget = cfg.FCR, cfg.CSAT, cfg.Containment
	f.busyMin, f.busyMax, f.satisfiedMin = cfg.UtilizationMin, cfg.UtilizationMax, cfg.Surveys.SatisfiedMin
	f.first.bounds, f.resolution.bounds = slices.Clone(v.Buckets), slices.Clone(v.Buckets)
	f.count(v)
	f.busy, f.available = f.agents.seconds[measure.AgentBusy], f.agents.seconds[measure.AgentAvailable]
	f.agents.received = f.received
	if cfg.AgentTimes.Label == config.AgentLabelOff {
		f.agents.agents = 0 // several share a series
	}
	_, f.agents.awake = s.NextSecond()
	f.look(s)
	return f
}

// count adds the series up.
func (f *figures) count(v *measure.View) {
	waits := map[place]*wait{}
	at := func(l []string) *wait {
		p := place{l[0], l[1], l[2]}
		if waits[p] == nil {
			waits[p] = &wait{place: p}
		}
		return waits[p]
	}
	escalated := map[string]*escalation{}
	v.Values(func(fam *measure.Family, l []string, value float64, h *measure.Hist) {
		n := int(value)
		switch fam {
		case measure.Conversations:
			f.sources[l[0]] = true
			switch l[stateLabel] {
			case "bot":
				f.bot += n
			case "waiting":
				f.waiting += n
				if n > 0 {
					at(l).count += n
				}
			case "answered":
				f.answered += n
			case "pending":
				f.pending += n
			}
		case measure.OldestWaiting:
			at(l).since = moment(value)
		case measure.EscalatedStart:
			e := escalated[l[escalatedLabel]]
			if e == nil {
				e = &escalation{place: place{l[0], l[1], l[2]}, conversation: l[escalatedLabel]}
				escalated[e.conversation] = e
			}
			e.reasons = append(e.reasons, l[escalatedReason])
			if since := moment(value); e.since.IsZero() || since.Before(e.since) {
				e.since = since
			}
		case measure.FirstResponse:
			f.first.add(h)
		case measure.Resolution:
			f.resolution.add(h)
		case measure.FirstResponseDeadlines:
			switch l[resultLabel] {
			case "met":
				f.met += n
			case "missed":
				f.missed += n
			}
		case measure.OpenedConversations:
			f.opened += n
		case measure.ClosedConversations:
			f.closed += n
		case measure.Unanswered2m:
			f.unanswered += n
		case measure.BotHandoffs:
			f.handoffs += n
		case measure.FCROutcomes24h:
			switch l[fcrOutcome] {
			case "first_contact":
				f.solved.part += n
				f.solved.of += n
			case "reopened", "repeat":
				f.solved.of += n
			}
		case measure.SurveyResponses:
			f.satisfied.of += n
			if score, err := strconv.Atoi(l[scoreLabel]); err == nil && score >= f.satisfiedMin {
				f.satisfied.part += n
			}
		case measure.BotConversations:
			f.contained.of += n
			switch l[botOutcome] {
			case "resolved_confirmed", "resolved_silent":
				f.contained.part += n
			}
		case measure.AgentStateSeconds:
			f.agents.add(l[agentState], value)
		case measure.AgentInfo:
			f.agents.agents++
		case measure.Messages:
			if l[directionLabel] == "in" {
				f.in += n
			} else {
				f.out += n
			}
		}
	})
	for _, w := range waits {
		f.waits = append(f.waits, *w)
	}
	sort.Slice(f.waits, func(i, j int) bool {
		a, b := f.waits[i], f.waits[j]
		if !a.since.Equal(b.since) {
			return a.since.Before(b.since)
		}
		return a.before(b.place)
	})
	for _, e := range escalated {
		f.escalated = append(f.escalated, *e)
	}
	sort.Slice(f.escalated, func(i, j int) bool {
		a, b := f.escalated[i], f.escalated[j]
		if !a.since.Equal(b.since) {
			return a.since.Before(b.since)
		}
		return a.conversation < b.conversation
	})
}

func (p place) before(o place) bool {
	if p.source != o.source {
		return p.source < o.source
	}
	if p.inbox != o.inbox {
		return p.inbox < o.inbox
	}
	return p.team < o.team
}

// look takes the hours up to now. The state's end with its last record; the
// hours since then, of a quiet line, are empty.
func (f *figures) look(s *fold.State) {
	last, current := f.received.Truncate(time.Hour), f.now.Truncate(time.Hour)
	quiet := int(min(current.Sub(last)/time.Hour, curveHours))
	if n := curveHours - quiet; n > 0 {
		g := s.Glance(n)
		f.hours, f.slowest = g.Hours, g.Slowest
	}
	for i := quiet - 1; i >= 0; i-- {
		f.hours = append(f.hours, fold.Hour{Start: current.Add(-time.Duration(i) * time.Hour)})
	}
}

// moment is a timestamp of a gauge, which has a microsecond's precision.
func moment(seconds float64) time.Time {
	return time.UnixMicro(int64(math.Round(seconds * 1e6))).UTC()
}
