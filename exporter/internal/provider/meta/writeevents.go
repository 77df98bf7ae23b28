package meta

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// changeOf gives the change that reports e; false if Meta has no word for it.
func changeOf(e *event.Event) (written, bool, error) {
	switch e.Kind {
	case event.MessageReceived, event.SurveyAnswered:
		return customerChange(e, "messages", writeMessage)
	case event.MessageSent:
		if isTyped(e) {
			return customerChange(e, "smb_message_echoes", writeEcho)
		}
		return customerChange(e, "messages", writeStatus)
	case event.SurveySent, event.MessageStatus:
		return customerChange(e, "messages", writeStatus)
	case event.ConsentChanged:
		if e.Consent == event.ConsentConfirmed {
			return written{}, false, nil
		}
		return customerChange(e, "user_preferences", writePreference)
	case event.ContactLinked:
		switch old, now := isUserID([]byte(e.Contact)), isUserID([]byte(e.Alias)); {
		case old && now:
			return customerChange(e, "user_id_update", writeUserIDUpdate)
		case !old && !now:
			return customerChange(e, "messages", writeNumberChange)
		}
		// Phone and user id of one person stand side by side in every message.
	case event.LineChanged:
		return lineChange(e)
	}
	return written{}, false, nil
}

// isTyped: with nobody to name, what a human writes comes from the Business app.
func isTyped(e *event.Event) bool {
	return e.Actor == event.ActorHuman && e.Agent.ID == "" && e.Agent.Team == "" &&
		e.Message.Type != "template" && e.Message.Template.Name == ""
}

// customerChange writes the value of a change that is about a customer.
func customerChange(e *event.Event, field string, fill func(*jsonObject, *event.Event)) (written, bool, error) {
	switch {
	case e.Inbox == "":
		return written{}, false, fmt.Errorf("%w: inbox is missing", ErrEvent)
	case e.Contact == "":
		return written{}, false, fmt.Errorf("%w: contact is missing", ErrEvent)
	case messageID(e) == "":
		return written{}, false, fmt.Errorf("%w: id is missing", ErrEvent)
	}
	o := &jsonObject{}
	o.open()
	o.str("messaging_product", "whatsapp")
	o.object("metadata", func() {
		o.str("display_phone_number", display(e.Inbox))
		o.str("phone_number_id", e.Inbox)
	})
	fill(o, e)
	o.close()
	c := written{field: field, value: o.b}
	if field != "messages" && field != "smb_message_echoes" {
		c.time = e.Time.Unix()
	}
	return c, true, nil
}

// messageID: statuses and surveys have ids of their own, the message's is what
// Meta reports.
func messageID(e *event.Event) string { return or(e.Message.ID, e.ID) }

func timestamp(e *event.Event) string { return strconv.FormatInt(e.Time.Unix(), 10) }

// display makes up the number that people would dial for an inbox.
func display(inbox string) string {
	d := string(digits([]byte(inbox)))
	if len(d) > 7 {
		d = d[len(d)-7:]
	}
	return "1555" + strings.Repeat("0", 7-len(d)) + d
}

// ids gives the customer's user id and phone, whichever are known.
func ids(e *event.Event) (user, phone string) {
	for _, id := range []string{e.Contact, e.Alias} {
		if isUserID([]byte(id)) {
			user = or(user, id)
		} else {
			phone = or(phone, strings.TrimPrefix(id, "+"))
		}
	}
	return user, phone
}

func writeContacts(o *jsonObject, e *event.Event) {
	user, phone := ids(e)
	o.list("contacts", func() {
		o.object("profile", func() { o.opt("name", e.ContactName) })
		o.opt("wa_id", phone)
		o.opt("user_id", user)
	})
}

func writeMessage(o *jsonObject, e *event.Event) {
	writeContacts(o, e)
	user, phone := ids(e)
	o.list("messages", func() {
		o.opt("from", phone)
		o.opt("from_user_id", user)
		o.str("id", messageID(e))
		o.str("timestamp", timestamp(e))
		writeContent(o, e)
		if e.Message.ReplyTo != "" {
			o.object("context", func() {
				o.str("from", display(e.Inbox))
				o.str("id", e.Message.ReplyTo)
			})
		}
	})
}

func writeEcho(o *jsonObject, e *event.Event) {
	writeContacts(o, e)
	user, phone := ids(e)
	o.list("message_echoes", func() {
		o.str("from", display(e.Inbox))
		o.opt("to", phone)
		o.opt("to_user_id", user)
		o.str("id", messageID(e))
		o.str("timestamp", timestamp(e))
		writeContent(o, e)
		if e.Message.ReplyTo != "" {
			o.object("context", func() { o.str("id", e.Message.ReplyTo) })
		}
	})
}

func writePreference(o *jsonObject, e *event.Event) {
	writeContacts(o, e)
	user, phone := ids(e)
	value, detail := "stop", "User requested to stop marketing messages"
	if e.Consent == event.ConsentOptedIn {
		value, detail = "resume", "User requested to resume marketing messages"
	}
	o.list("user_preferences", func() {
		o.opt("wa_id", phone)
		o.opt("user_id", user)
		o.str("detail", detail)
		o.str("category", "marketing_messages")
		o.str("value", value)
		o.int("timestamp", e.Time.Unix())
	})
}

func writeUserIDUpdate(o *jsonObject, e *event.Event) {
	o.list("user_id_update", func() {
		o.str("detail", "User changed their user id")
		o.object("user_id", func() {
			o.str("previous", e.Contact)
			o.str("current", e.Alias)
		})
		o.str("timestamp", timestamp(e))
	})
}

func writeNumberChange(o *jsonObject, e *event.Event) {
	old, now := strings.TrimPrefix(e.Contact, "+"), strings.TrimPrefix(e.Alias, "+")
	o.list("messages", func() {
		o.str("from", old)
		o.str("id", messageID(e))
		o.str("timestamp", timestamp(e))
		o.str("type", "system")
		o.object("system", func() {
			o.str("body", "User changed from "+old+" to "+now)
			o.str("type", "user_changed_number")
			o.str("wa_id", now)
		})
	})
}
