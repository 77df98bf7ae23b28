package meta

import (
	"strconv"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/convention"
)

// writeContent writes a message's type and body.
func writeContent(o *jsonObject, e *event.Event) {
	body := e.Message.Text
	if e.HasScore {
		writeAnswer(o, e)
		return
	}
	switch kind := e.Message.Type; kind {
	case "image", "video", "document", "audio", "sticker":
		o.str("type", kind)
		o.object(kind, func() {
			o.opt("caption", body)
			o.str("mime_type", mimeTypes[kind])
			o.str("id", "400000000000001")
		})
	case "location":
		o.str("type", kind)
		o.object(kind, func() {
			o.int("latitude", 0)
			o.int("longitude", 0)
		})
	case "contacts":
		o.str("type", kind)
		o.list(kind, func() { o.object("name", func() { o.str("formatted_name", "Example") }) })
	case "interactive":
		o.str("type", kind)
		o.object(kind, func() {
			o.str("type", "button_reply")
			o.object("button_reply", func() {
				o.str("id", "choice")
				o.str("title", body)
			})
		})
	case "button":
		o.str("type", kind)
		o.object(kind, func() {
			o.str("payload", "choice")
			o.str("text", body)
		})
	case "order":
		o.str("type", kind)
		o.object(kind, func() {
			o.str("catalog_id", "500000000000001")
			o.opt("text", body)
		})
	case "unsupported":
		o.str("type", kind)
		o.list("errors", func() {
			o.int("code", 131051)
			o.str("title", "Message type unknown")
		})
	case "other":
		o.str("type", "ephemeral")
	default: // a template has no inbound form; an echo shows its text
		o.str("type", "text")
		o.object("text", func() { o.str("body", body) })
	}
}

var mimeTypes = map[string]string{
	"image": "image/jpeg", "video": "video/mp4", "document": "application/pdf",
	"audio": "audio/ogg; codecs=opus", "sticker": "image/webp",
}

// writeAnswer writes the tap on a row that rates something.
func writeAnswer(o *jsonObject, e *event.Event) {
	answer := convention.Answer{Survey: e.Survey, Score: int(e.Score)}
	o.str("type", "interactive")
	o.object("interactive", func() {
		o.str("type", "list_reply")
		o.object("list_reply", func() {
			o.str("id", answer.ID(e.Conversation))
			o.str("title", or(e.Message.Text, strconv.Itoa(answer.Score)))
		})
	})
}
