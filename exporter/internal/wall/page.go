package wall

import (
	"html/template"
	"net/http"
	"net/url"
	"time"
	_ "time/tzdata" // ?tz= works on machines that have no zones

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
)

const (
	// listed is how many rows the lists have, so that the page fits a screen.
	listed = 5
	// quietAfter is how long without a record makes the page doubt the webhook.
	quietAfter = 15 * time.Minute
	// The wait that endangers a conversation, and the one after which customers
	// are said to leave.
	warnAfter = time.Minute
	badAfter  = 2 * time.Minute
)

// page is what the template shows, in words.
type page struct {
	language
	zone      *time.Location
	oneSource bool

	Lang        string
	Refresh     int
	Demo        bool
	Links       []link
	UnknownZone bool

	// Absent is why there is no data; nothing below is set then.
	Absent  string
	Refused bool
	Clock   string
	Last    string
	Quiet   string
	// Empty: no customer has written yet.
	Empty bool

	Waiting  count
	Longest  amount
	Risk     risk
	Waits    []waitRow
	MoreWait string
	Help     []helpRow
	MoreHelp string
	Facts    []fact
	Since    string
	Times    string
	Curves   []curve
	Day      string
	Why      *story
}

type link struct {
	Name, Lang, URL string
	Current         bool
}

// count is a number and how it is written.
type count struct {
	N    int
	Text string
}

// risk is how endangered a wait is; its Class colours and its Mark and the
// message Key say the same to those who cannot tell the colours.
type risk struct{ Class, Mark, Key, Short string }

var (
	calm = risk{"calm", "●", "risk.calm", "risk.calm"}
	warn = risk{"warn", "▲", "risk.warn", "risk.warn"}
	bad  = risk{"bad", "■", "risk.bad", "risk.bad.short"}

	met    = risk{"calm", "●", "goal.met", "goal.met"}
	missed = risk{"warn", "▲", "goal.missed", "goal.missed"}
)

func riskOf(d time.Duration) risk {
	switch {
	case d > badAfter:
		return bad
	case d > warnAfter:
		return warn
	}
	return calm
}

type waitRow struct {
	Place, Team, Count string
	Longest            amount
	Risk               risk
}

type helpRow struct {
	Conversation, Place, Team, Since string
	Reasons                          []string
	For                              amount
	Risk                             risk
}

// fact is one number of the day with its definition.
type fact struct {
	Name, What, Definition string
	Value                  amount
	Mark                   string
	// Goal says whether the target is met, nil where there is none or no value.
	Goal *risk
}

// story tells how the slowest first response came about.
type story struct {
	Took                      amount
	Risk                      risk
	Sentences                 []string
	Place, Team, Conversation string
}

// newPage has what every page has.
func newPage(r *http.Request, demo bool) *page {
	p := &page{language: choose(r), zone: time.UTC, Refresh: refreshSeconds, Demo: demo}
	p.Lang = p.html
	if name := r.URL.Query().Get("tz"); name != "" {
		// "Local" would tell where the machine stands.
		zone, err := time.LoadLocation(name)
		if p.UnknownZone = err != nil || name == "Local"; !p.UnknownZone {
			p.zone = zone
		}
	}
	for _, l := range languages {
		q := url.Values{"lang": {l.code}}
		if p.zone != time.UTC {
			q.Set("tz", p.zone.String())
		}
		p.Links = append(p.Links, link{Name: l.name, Lang: l.html, URL: "?" + q.Encode(), Current: l.code == p.code})
	}
	return p
}

// T gives a message of the table.
func (p *page) T(key string, args ...any) string { return p.text(key, args...) }

// CSS and JS are constants of the program; the policy names their hashes.
func (p *page) CSS() template.CSS { return template.CSS(style) }

// JS is the script.
func (p *page) JS() template.JS { return template.JS(script) }

// Title is the title of the window, which tells of who waits in a tab too.
func (p *page) Title() string {
	switch {
	case p.Absent != "":
		return p.text("absent") + " · " + p.text("title")
	case p.Waiting.N > 0:
		return "(" + p.Waiting.Text + ") " + p.text("title")
	}
	return p.text("title")
}

// absent makes it a page without numbers; reason is a message.
func (p *page) absent(reason string) { p.Absent = p.text(reason) }

// fill sets everything that comes from the state.
func (p *page) fill(f *figures) {
	p.Refused = !f.writing
	p.oneSource = len(f.sources) < 2
	p.Clock = f.now.In(p.zone).Format("15:04:05 MST")
	since := f.now.Sub(f.lastEvent)
	p.Last = p.text("last", duration(since))
	if since >= quietAfter {
		p.Quiet = p.text("quiet", duration(since))
	}
	p.Empty = f.in == 0
	p.waits(f)
	p.help(f)
	p.facts(f)
	p.day(f)
	p.why(f)
}

func (p *page) waits(f *figures) {
	p.Waiting = count{f.waiting, p.number(f.waiting)}
	p.Risk = calm
	for i, w := range f.waits {
		long := time.Duration(0)
		if !w.since.IsZero() {
			long = f.now.Sub(w.since)
		}
		if i == 0 {
			p.Longest, p.Risk = duration(long), riskOf(long)
		}
		if i < listed {
			p.Waits = append(p.Waits, waitRow{p.inbox(w.place), p.team(w.place), p.number(w.count), duration(long), riskOf(long)})
		}
	}
	if n := len(f.waits) - listed; n > 0 {
		p.MoreWait = p.text("more", p.number(n))
	}
}

func (p *page) help(f *figures) {
	for _, e := range f.escalated[:min(len(f.escalated), listed)] {
		long := f.now.Sub(e.since)
		row := helpRow{
			Conversation: e.conversation, Place: p.inbox(e.place), Team: p.team(e.place),
			Since: p.text("since", p.began(e.since, long)), For: duration(long), Risk: riskOf(long),
		}
		for _, reason := range e.reasons {
			row.Reasons = append(row.Reasons, p.escalation(reason, f))
		}
		p.Help = append(p.Help, row)
	}
	if n := len(f.escalated) - listed; n > 0 {
		p.MoreHelp = p.text("help.more", p.number(n)) // the state names a limited number a team
	}
}

func (p *page) escalation(reason string, f *figures) string {
	switch reason {
	case "unanswered":
		return p.text("reason.unanswered")
	case "unresolved":
		return p.text("reason.unresolved", duration(f.resolutionTarget))
	case "negative":
		return p.text("reason.negative")
	case "requested":
		return p.text("reason.requested")
	}
	return reason
}

func (p *page) facts(f *figures) {
	p.Since = p.text("so.far.from", p.date(f.created))
	if !f.histCreated.Equal(f.created) {
		p.Times = p.text("times.from", p.date(f.histCreated))
	}
	n := func(n int) amount { return plain(p.number(n)) }
	mean := func(t *timing) amount {
		if t.count == 0 {
			return plain(none)
		}
		return duration(t.mean())
	}
	median, mark := plain(none), ""
	if f.first.count > 0 {
		bound, within := f.first.median()
		if median, mark = duration(bound), "≤"; !within {
			mark = ">"
		}
	}
	p.Facts = []fact{
		{Name: p.text("first.mean"), What: p.text("first.mean.what", p.number(int(f.first.count)), duration(f.firstTarget)), Definition: p.text("first.mean.def"), Value: mean(&f.first)},
		{Name: p.text("first.share"), What: p.text("first.share.what", p.number(f.met), p.number(f.met+f.missed), duration(f.firstTarget)), Definition: p.text("first.share.def"), Value: plain(p.percent(f.met, f.met+f.missed))},
		{Name: p.text("first.median"), What: p.text("first.median.what"), Definition: p.text("first.median.def"), Value: median, Mark: mark},
		{Name: p.text("resolution"), What: p.text("resolution.what", p.number(int(f.resolution.count)), duration(f.resolutionTarget)), Definition: p.text("resolution.def"), Value: mean(&f.resolution)},
		{Name: p.text("unanswered"), What: p.text("unanswered.what"), Definition: p.text("unanswered.def"), Value: n(f.unanswered)},
		p.goal(p.text("fcr"), p.text("fcr.what", p.against(f.solved, f.fcrTarget)...), p.text("fcr.def"), f.solved, f.fcrTarget),
		p.goal(p.text("csat"), p.text("csat.what", p.against(f.satisfied, f.csatTarget)...), p.text("csat.def", p.number(f.satisfiedMin)), f.satisfied, f.csatTarget),
		p.goal(p.text("contained"), p.text("contained.what", p.against(f.contained, f.containmentTarget)...), p.text("contained.def"), f.contained, f.containmentTarget),
		p.busy(f),
		p.agents(&f.agents),
		{Name: p.text("open"), What: p.text("open.what", p.number(f.bot), p.number(f.waiting), p.number(f.answered), p.number(f.pending)), Definition: p.text("open.def"), Value: n(f.bot + f.waiting + f.answered + f.pending)},
		{Name: p.text("opened"), What: p.text("opened.what"), Definition: p.text("opened.def"), Value: n(f.opened)},
		{Name: p.text("closed"), What: p.text("closed.what"), Definition: p.text("closed.def"), Value: n(f.closed)},
		{Name: p.text("messages"), What: p.text("messages.what", p.number(f.out)), Definition: p.text("messages.def"), Value: n(f.in)},
		{Name: p.text("handoffs"), What: p.text("handoffs.what"), Definition: p.text("handoffs.def"), Value: n(f.handoffs)},
	}
}

func (p *page) why(f *figures) {
	s := f.slowest
	if s == nil {
		return
	}
	// Whole seconds, as the two times are shown: who subtracts gets the same.
	took := s.Stop.Truncate(time.Second).Sub(s.Start.Truncate(time.Second))
	pl := place{s.Source, s.Inbox, s.Team}
	p.Why = &story{
		Took: duration(took), Risk: riskOf(took),
		Sentences: []string{p.cause(s, f.now), p.text("why.answered", p.clock(s.Stop, f.now))},
		Place:     p.inbox(pl), Team: p.team(pl), Conversation: s.Conversation,
	}
	verdict := "why.met"
	if s.Stop.Sub(s.Start) > f.firstTarget {
		verdict = "why.missed"
	}
	p.Why.Sentences = append(p.Why.Sentences, p.text(verdict, duration(took), duration(f.firstTarget)))
}

func (p *page) cause(s *fold.Slow, now time.Time) string {
	at := p.clock(s.Start, now)
	switch s.Cause {
	case conversation.CauseHandoff:
		return p.text("why.handoff", at)
	case conversation.CauseAssignment:
		return p.text("why.assignment", at)
	case conversation.CauseImplicit:
		return p.text("why.implicit", at)
	}
	return p.text("why.customer", at)
}

// inbox names the source only where there are several.
func (p *page) inbox(pl place) string {
	if p.oneSource {
		return pl.inbox
	}
	return pl.source + " · " + pl.inbox
}

func (p *page) team(pl place) string {
	if pl.team == "" {
		return p.text("team.none")
	}
	return pl.team
}

// clock is a time of day, with its date unless that is today's.
func (p *page) clock(t, now time.Time) string {
	t, now = t.In(p.zone), now.In(p.zone)
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format(time.TimeOnly)
	}
	return t.Format("15:04:05 (2006-01-02)")
}

// began is a time beside which it says how long ago that is.
func (p *page) began(t time.Time, ago time.Duration) string {
	if ago < 24*time.Hour {
		return t.In(p.zone).Format(time.TimeOnly)
	}
	return t.In(p.zone).Format(time.DateOnly)
}

func (p *page) date(t time.Time) string { return t.In(p.zone).Format("2006-01-02 15:04 MST") }
