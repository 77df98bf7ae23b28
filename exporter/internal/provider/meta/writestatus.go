package meta

import (
	"strconv"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// writeStatus reports a message of the business by its first status, or what
// became of it.
func writeStatus(o *jsonObject, e *event.Event) {
	state := e.Status
	if e.Kind != event.MessageStatus {
		state = event.StatusSent
	}
	if state != event.StatusFailed {
		writeContacts(o, e)
	}
	user, phone := ids(e)
	o.list("statuses", func() {
		o.str("id", messageID(e))
		o.str("status", state.String())
		o.str("timestamp", timestamp(e))
		o.opt("recipient_id", phone)
		if state != event.StatusFailed || phone == "" {
			o.opt("recipient_user_id", user)
		}
		o.opt("biz_opaque_callback_data", EncodeCallback(callbackOf(e)))
		if state == event.StatusFailed {
			writeFailure(o, e.Error)
			return
		}
		if category := e.Message.Template.Category; category != "" || state == event.StatusSent {
			o.object("pricing", func() {
				o.bool("billable", category != "" && category != "service")
				o.str("pricing_model", "PMP")
				o.str("category", or(category, "service"))
				o.str("type", "regular")
			})
		}
	})
}

func callbackOf(e *event.Event) CallbackData {
	d := CallbackData{
		Conversation: e.Conversation, Actor: e.Actor, Agent: e.Agent.ID, Team: e.Agent.Team,
		Template: e.Message.Template.Name,
	}
	if e.Kind == event.MessageStatus {
		return d
	}
	if e.Kind == event.SurveySent {
		d.Survey = event.Surveys[e.Survey]
	}
	if t := e.Message.Type; t != "template" || d.Template == "" {
		d.Type = t
	}
	return d
}

func writeFailure(o *jsonObject, code string) {
	n, err := strconv.ParseInt(code, 10, 64)
	if err != nil {
		n = 131000
	}
	o.list("errors", func() {
		o.int("code", n)
		o.str("title", "Message failed to send")
		o.str("message", "Message failed to send")
		o.str("href", "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/")
	})
}
