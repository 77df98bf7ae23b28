package simulate

import (
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// Messages that the business begins, in parts of the customers' conversations.
const (
	shareCampaign = 0.10
	shareUtility  = 0.12
	// shareSignup are those who agree to advertising outside of WhatsApp.
	shareSignup = 0.10
	// shareAgreed of a campaign go to people who have agreed.
	shareAgreed = 0.9
	// shareReported messages in a conversation have their statuses passed on
	// by a helpdesk.
	shareReported = 0.06
)

// Failure codes and their weights, as Meta documents them.
var (
	templateFailures = failures{[]string{"131026", "131049", "130472", "131047", "131000"}, []float64{50, 28, 8, 8, 6}}
	sessionFailures  = failures{[]string{"131047", "131026", "131053", "131056"}, []float64{50, 20, 20, 10}}
)

type failures struct {
	codes   []string
	weights []float64
}

// planOutbound plans campaigns (late in the morning and in the afternoon) and
// the steady trickle of notices about orders.
func (s *Scenario) planOutbound() {
	s.eachDay(func(midnight time.Duration) {
		for _, hour := range []float64{10.5, 16.75} {
			at := midnight + time.Duration(hour*float64(time.Hour)) + s.rng.between(0, 12*time.Minute)
			left := int(s.opts.Conversations * s.opts.Rate * shareCampaign / 2)
			if at >= s.now {
				s.after(at-s.now, func() { s.campaign(left) })
			}
		}
	})
	perHour := s.opts.Conversations * s.opts.Rate * shareUtility / 12
	gap := max(1, time.Duration(float64(time.Hour)/perHour))
	var notice func()
	notice = func() {
		s.after(s.rng.exponential(gap), notice)
		if h := s.clock(s.now).Hour(); h < 8 || h >= 20 {
			return
		}
		if p, ok := s.stranger(); ok {
			s.template(p, event.ActorBot, "order_update", "utility", nil)
		}
	}
	s.after(s.rng.exponential(gap), notice)
	s.planSignups()
}

// planSignups lets people tick the box of the shop's form, which tells the
// helpdesk; a part confirm it by a link.
func (s *Scenario) planSignups() {
	gap := max(1, time.Duration(float64(24*time.Hour)/(s.opts.Conversations*s.opts.Rate*shareSignup)))
	var signup func()
	signup = func() {
		s.after(s.rng.exponential(gap), signup)
		p, ok := s.stranger()
		if !ok {
			return
		}
		t := &talk{id: s.nextID("c-", &s.conversations), who: p, inbox: s.opts.Inboxes[0], over: true}
		s.optsIn(t, event.ConsentOptedIn)
		if s.rng.chance(0.5) {
			s.after(s.rng.around(3*time.Minute, 0.9), func() { s.optsIn(t, event.ConsentConfirmed) })
		}
	}
	s.after(s.rng.exponential(gap), signup)
}

// optsIn is a customer who agrees to advertising.
func (s *Scenario) optsIn(t *talk, to event.Consent) {
	s.tell(t, event.Event{Kind: event.ConsentChanged, Consent: to})
	// Two days' campaigns address no more.
	if to == event.ConsentOptedIn && float64(len(s.agreed)) < 2*shareCampaign*s.opts.Conversations*s.opts.Rate {
		s.agreed = append(s.agreed, t.who.n)
	}
}

// addressee of a campaign is most often somebody who agreed.
func (s *Scenario) addressee() (person, bool) {
	if n := len(s.agreed); n > 0 && s.rng.chance(shareAgreed) {
		at := s.rng.IntN(n)
		if p := s.agreed[at]; s.talking[p] == nil {
			// Nobody gets the same campaign twice.
			s.agreed[at] = s.agreed[n-1]
			s.agreed = s.agreed[:n-1]
			return s.person(p), true
		}
	}
	return s.stranger()
}

// eachDay calls plan for today and at each midnight.
func (s *Scenario) eachDay(plan func(midnight time.Duration)) {
	plan(s.midnight(0))
	next := s.midnight(1)
	s.after(next-s.now, func() { s.eachDay(plan) })
}

// campaign sends a promotion to one customer after the other.
func (s *Scenario) campaign(left int) {
	if left == 0 {
		return
	}
	// Twenty minutes for any size: a bigger business has a faster sender.
	total := s.opts.Conversations * s.opts.Rate * shareCampaign / 2
	s.after(s.rng.exponential(time.Duration(float64(20*time.Minute)/total)), func() { s.campaign(left - 1) })
	p, ok := s.addressee()
	if !ok {
		return
	}
	s.template(p, event.ActorSystem, "weekly_offer", "marketing", func(t *talk) {
		switch x := s.rng.Float64(); {
		case x < 0.03:
			s.after(s.rng.around(6*time.Minute, 0.9), func() { s.optsOut(t) })
		case x < 0.10:
			s.after(s.rng.around(9*time.Minute, 0.9), func() {
				if s.talking[p.n] == nil {
					s.begin(p, story{topic: sales, hasTopic: true, inbox: t.inbox, opening: s.text(t, "campaign.reply")})
				}
			})
		}
	})
}

// template sends an approved template; read is called for those that will be.
func (s *Scenario) template(p person, by event.Actor, name, category string, read func(*talk)) {
	t := &talk{id: s.nextID("c-", &s.conversations), who: p, inbox: s.opts.Inboxes[0], over: true}
	m := event.Message{
		ID: s.nextID("wamid.OUT", &s.messages), Type: "template", Text: s.text(t, "template."+name),
		Template: event.Template{Name: name, Category: category},
	}
	e := event.Event{Kind: event.MessageSent, Actor: by, Message: m}
	s.tell(t, e)
	if s.statuses(t, e, 0.045, templateFailures, 0.68) && read != nil {
		read(t)
	}
}

// optsOut is a customer who wants no more advertising.
func (s *Scenario) optsOut(t *talk) {
	if s.talking[t.who.n] != nil {
		return
	}
	s.says(t, s.text(t, "stop"))
	s.tell(t, event.Event{Kind: event.ConsentChanged, Consent: event.ConsentOptedOut})
	if s.rng.chance(0.12) {
		s.after(s.rng.between(time.Hour, 5*time.Hour), func() {
			s.tell(t, event.Event{Kind: event.ConsentChanged, Consent: event.ConsentOptedIn})
		})
	}
}

// maybeConsent lets a customer agree to advertising, now and then twice over.
func (s *Scenario) maybeConsent(t *talk) {
	if !s.rng.chance(0.015) {
		return
	}
	s.after(s.rng.around(90*time.Second, 0.5), func() { s.optsIn(t, event.ConsentOptedIn) })
	if s.rng.chance(0.4) {
		s.after(s.rng.between(10*time.Minute, time.Hour), func() { s.optsIn(t, event.ConsentConfirmed) })
	}
}

// session reports what became of a message in a conversation. Helpdesks pass
// on only some of these statuses, Meta all.
func (s *Scenario) session(t *talk, sent event.Event) {
	if s.opts.Profile == ProfileHelpdesk && !s.rng.chance(shareReported) {
		return
	}
	s.statuses(t, sent, 0.004, sessionFailures, 0.85)
}

// statuses sends the delivery of a message and tells whether it will be read.
func (s *Scenario) statuses(t *talk, message event.Event, failing float64, f failures, reading float64) bool {
	r := s.rng
	template := message.Message.Template
	about := event.Event{Kind: event.MessageStatus, Message: event.Message{ID: message.Message.ID, Template: template}}
	if s.opts.Profile == ProfileMeta {
		// Meta returns what was said at the sending with every status.
		about.Actor, about.Agent = message.Actor, message.Agent
	}
	tell := func(after time.Duration, st event.Status, code string) {
		s.after(after, func() {
			e := about
			e.Status, e.Error = st, code
			s.tell(t, e)
		})
	}
	if r.chance(failing) {
		tell(r.around(1500*time.Millisecond, 0.6), event.StatusFailed, f.codes[r.weighted(f.weights)])
		return false
	}
	sent := r.around(500*time.Millisecond, 0.4)
	tell(sent, event.StatusSent, "")
	if !r.chance(0.97) {
		return false // the phone is off
	}
	delivered := sent + r.around(1400*time.Millisecond, 0.8)
	if template.Name != "" {
		delivered += r.around(5*time.Second, 1)
	}
	tell(delivered, event.StatusDelivered, "")
	if !r.chance(reading) {
		return false
	}
	wait := 15 * time.Second
	if template.Name != "" {
		wait = 7 * time.Minute
	}
	tell(delivered+r.around(wait, 1), event.StatusRead, "")
	return true
}
