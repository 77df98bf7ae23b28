package simulate

import (
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// Shares of events that arrive late or twice. Vendors promise delivery at
// least once and in no order.
const (
	shareDuplicate = 0.01
	shareSlow      = 0.02  // 1 to 5 s
	shareLate      = 0.006 // 5 to 25 s
	shareVeryLate  = 0.001 // up to 10 min, as after a vendor's own trouble
)

// emit sends an event that happens now. The scenario gives it its id and time
// and translates it into the profile.
func (s *Scenario) emit(key uint64, e event.Event) {
	e.ID = s.nextID("ev-", &s.events)
	e.Time = s.clock(s.now)
	if s.opts.WholeSeconds {
		e.Time = e.Time.Truncate(time.Second)
	}
	if s.opts.Profile == ProfileMeta && !asMeta(&e) {
		return
	}
	item := &Item{Key: key, Event: e}
	at := s.now + s.delay()
	s.deliver(at, item)
	if !s.opts.Tidy && s.rng.chance(shareDuplicate) {
		again := *item
		s.deliver(at+s.rng.around(3*time.Second, 1.2), &again)
	}
}

func (s *Scenario) deliver(at time.Duration, item *Item) {
	if at > s.opts.Duration {
		return
	}
	item.At = s.clock(at)
	s.agenda.push(entry{at: at, item: item})
}

func (s *Scenario) delay() time.Duration {
	if s.opts.Tidy {
		return 0
	}
	r := s.rng
	switch x := r.Float64(); {
	case x < shareVeryLate:
		return r.between(30*time.Second, 10*time.Minute)
	case x < shareVeryLate+shareLate:
		return r.between(5*time.Second, 25*time.Second)
	case x < shareVeryLate+shareLate+shareSlow:
		return r.between(time.Second, 5*time.Second)
	}
	return r.around(160*time.Millisecond, 0.5)
}

// asMeta reduces an event to what a plain WhatsApp Business Cloud API says,
// and tells whether anything is left. What it keeps package meta writes and
// reads back.
func asMeta(e *event.Event) bool {
	switch e.Kind {
	case event.MessageReceived, event.SurveyAnswered, event.LineChanged:
		e.Conversation = "" // callback data exist for sends only
	case event.MessageSent, event.SurveySent:
		e.Message.Text, e.Message.ReplyTo = "", "" // nothing is said of the content
	case event.MessageStatus:
		if e.Status == event.StatusSent {
			return false // it is how the message itself was reported
		}
		if e.Status == event.StatusFailed {
			e.ContactName = ""
		}
	case event.ConsentChanged:
		if e.Consent == event.ConsentConfirmed {
			return false
		}
		e.Conversation = ""
	default:
		return false
	}
	e.Time = e.Time.Truncate(time.Second)
	e.RequestType, e.Labels = "", nil
	e.Agent.Name, e.Agent.Capacity = "", 0
	return true
}
