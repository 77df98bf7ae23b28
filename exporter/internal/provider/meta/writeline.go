package meta

import (
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// lineChange writes a change of the number, its account or a template. Fields
// that have one are named by the event; any other event is an account_update.
func lineChange(e *event.Event) (written, bool, error) {
	o := &jsonObject{}
	o.open()
	field := e.Line.Event
	switch field {
	case "":
		return written{}, false, nil
	case "message_template_status_update":
		name, language, _ := strings.Cut(e.Line.Template, ":")
		o.str("event", strings.ToUpper(e.Line.TemplateState))
		o.int("message_template_id", 600000000000001)
		o.str("message_template_name", name)
		o.opt("message_template_language", language)
		o.str("reason", "NONE")
	case "phone_number_quality_update", numberFlagged, numberUnflagged, numberDowngrade:
		writeDisplay(o, e)
		name := "THROUGHPUT_UPGRADE"
		if field != "phone_number_quality_update" {
			name = strings.ToUpper(strings.TrimPrefix(field, "phone_number_"))
		}
		field = "phone_number_quality_update"
		o.str("event", name)
		o.str("current_limit", "TIER_2K")
	case "account_alerts":
		if e.Inbox != "" {
			o.str("entity_type", "PHONE_NUMBER")
			o.str("entity_id", e.Inbox)
		} else {
			o.str("entity_type", "WABA")
			o.str("entity_id", writeAccount)
		}
		o.object("alert_info", func() {
			o.str("alert_severity", "INFORMATIONAL")
			o.str("alert_status", "NONE")
			o.str("alert_type", strings.ToUpper(or(e.Reason, "other")))
		})
	case "phone_number_name_update", "security":
		writeDisplay(o, e)
	case "business_capability_update":
		o.str("max_daily_conversations_per_business", "TIER_2K")
	case "template_category_update", "message_template_quality_update":
		o.int("message_template_id", 600000000000001)
		o.opt("message_template_name", e.Line.Template)
	default:
		field = "account_update"
		writeAccountUpdate(o, e)
	}
	o.close()
	return written{field: field, time: e.Time.Unix(), value: o.b}, true, nil
}

func writeDisplay(o *jsonObject, e *event.Event) {
	if e.Inbox != "" {
		o.str("display_phone_number", display(e.Inbox))
	}
}

func writeAccountUpdate(o *jsonObject, e *event.Event) {
	if e.Inbox != "" {
		o.str("phone_number", display(e.Inbox))
	}
	o.str("event", strings.ToUpper(e.Line.Event))
	switch e.Line.Event {
	case "account_restriction":
		kind := "RESTRICTED_BIZ_INITIATED_MESSAGING"
		if e.Line.Restricted <= 0 {
			kind = "RESTRICTED_ADD_PHONE_NUMBER_ACTION"
		}
		o.list("restriction_info", func() {
			o.str("restriction_type", kind)
			o.str("expiration", e.Time.AddDate(0, 0, 3).UTC().Format("2006-01-02T15:04:05-0700"))
		})
	case "disabled_update":
		state := "SCHEDULE_FOR_DISABLE"
		switch {
		case e.Line.Restricted > 0:
			state = "DISABLE"
		case e.Line.Restricted < 0:
			state = "REINSTATE"
		}
		o.object("ban_info", func() {
			o.str("waba_ban_state", state)
			o.str("waba_ban_date", e.Time.UTC().Format("January 2, 2006"))
		})
	case "account_violation":
		o.object("violation_info", func() { o.str("violation_type", "SPAM") })
	}
}
