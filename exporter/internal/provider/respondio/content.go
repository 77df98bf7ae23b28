package respondio

import (
	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// typeRating is an outgoing message that asks for a score.
const typeRating = "rating"

// messageTypes gives respond.io's types as those of event.MessageTypes;
// attachments say themselves what they are. The rest is "other".
var messageTypes = map[string]string{
	"text":                 "text",
	"email":                "text",
	"story_reply":          "text",
	"location":             "location",
	"unsupported":          "unsupported",
	"whatsapp_order":       "order",
	"whatsapp_interactive": "interactive",
	"whatsapp_template":    "template",
	"quick_reply":          "interactive",
	"card":                 "interactive",
	typeRating:             "interactive",
}

var attachmentTypes = map[string]string{
	"image": "image", "video": "video", "audio": "audio", "file": "document", "document": "document", "sticker": "sticker",
}

// content reads type and text of a message. v is the inner object; one that is
// missing or of another shape makes a message without text.
func (r *reader) content(v *fastjson.Value, id string) event.Message {
	kind := wire.Text(v, "type")
	msg := event.Message{ID: id, Type: messageTypes[string(kind)]}
	words := wire.Text(v, "text")
	switch string(kind) {
	case "attachment":
		a := wire.Object(v, "attachment")
		msg.Type = attachmentTypes[string(wire.Text(a, "type"))]
		if len(words) == 0 {
			words = wire.Text(a, "caption")
		}
	case "whatsapp_template":
		t := wire.Object(v, "template")
		msg.Template.Name = r.keeper.Keep(wire.Cut(wire.Text(t, "name"), wire.MaxName))
		for _, c := range wire.List(t, "components") {
			if len(words) == 0 && string(wire.Text(c, "type")) == "body" {
				words = wire.Text(c, "text")
			}
		}
	case "email":
		if reply := number(v, "replyToMessageId"); len(reply) > 0 && len(reply) <= wire.MaxID {
			msg.ReplyTo = r.keeper.Keep(reply)
		}
	}
	if msg.Type == "" {
		msg.Type = "other"
	}
	if len(words) == 0 {
		words = wire.Text(v, "title")
	}
	msg.Text = r.text(words)
	return msg
}

// text keeps what somebody wrote.
func (r *reader) text(words []byte) string {
	if len(words) > wire.MaxText {
		r.ignore(countedCut)
		words = wire.Cut(words, wire.MaxText)
	}
	return r.keeper.Keep(words)
}
