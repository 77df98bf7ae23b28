package simulate

import (
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// planLine plans what the vendor says about the number itself: a promotion
// that too many block is paused for some hours, and the number's quality is
// flagged now and then.
func (s *Scenario) planLine() {
	s.eachDay(func(midnight time.Duration) {
		r := s.rng
		inbox := s.opts.Inboxes[0]
		key := mix(0x11e)
		at := func(hour float64, e event.Event) {
			due := midnight + time.Duration(hour*float64(time.Hour)) + r.between(0, 5*time.Minute)
			if due < s.now {
				return
			}
			e.Kind, e.Inbox = event.LineChanged, inbox
			s.after(due-s.now, func() { s.emit(key, e) })
		}
		at(11.1, event.Event{Line: event.Line{Event: "message_template_status_update", Template: "weekly_offer", TemplateState: "paused"}})
		at(15.9, event.Event{Line: event.Line{Event: "message_template_status_update", Template: "weekly_offer", TemplateState: "approved"}})
		if r.chance(0.5) {
			at(17.4, event.Event{Line: event.Line{Event: "phone_number_flagged"}})
			at(21.2, event.Event{Line: event.Line{Event: "phone_number_unflagged"}})
		}
	})
}
