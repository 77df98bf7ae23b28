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
			quality := func(hour float64, to string) {
				e := event.Event{Line: event.Line{Event: "phone_number_quality_update"}}
				if s.opts.Profile == ProfileMeta {
					e.Reason = to // canonical JSON has no place for it
				}
				at(hour, e)
			}
			quality(17.4, "flagged")
			quality(21.2, "unflagged")
		}
	})
}
