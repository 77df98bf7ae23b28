package chatwoot

import (
	"bytes"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// contentTypes gives Chatwoot's types as those of event.MessageTypes. The rest
// is "other".
var contentTypes = map[string]string{
	"":               "text",
	"text":           "text",
	"incoming_email": "text",
	"sticker":        "sticker",
	"input_text":     "interactive",
	"input_textarea": "interactive",
	"input_email":    "interactive",
	"input_select":   "interactive",
	"cards":          "interactive",
	"form":           "interactive",
	"article":        "interactive",
	surveyTypeCSAT:   "interactive",
}

// fileTypes are those of attachments.
var fileTypes = map[string]string{
	"image": "image", "audio": "audio", "video": "video", "file": "document", "location": "location", "contact": "contacts",
}

// content reads type and text of a message. Attachments are of the message, not
// messages of their own; the first says what it is.
func (r *reader) content(of string) event.Message {
	kind := wire.Text(r.root, "content_type")
	msg := event.Message{
		ID: of, Type: contentTypes[string(kind)], Text: r.text(wire.Text(r.root, "content")), Template: r.template(),
	}
	attributes := wire.Object(r.root, "content_attributes")
	attached := wire.List(r.root, "attachments")
	switch {
	case msg.Template.Name != "":
		msg.Type = "template"
	case wire.Bool(attributes, "is_unsupported"):
		msg.Type = "unsupported"
	case len(attached) > 0 && msg.Type == "text":
		msg.Type = fileTypes[string(wire.Text(attached[0], "file_type"))]
	}
	if msg.Type == "" {
		msg.Type = "other"
	}
	msg.ReplyTo = r.keeper.Keep(id(attributes, "in_reply_to"))
	return msg
}

// template reads what was sent as one.
func (r *reader) template() event.Template {
	params := wire.Object(wire.Object(r.root, "additional_attributes"), "template_params")
	name := wire.Cut(wire.Text(params, "name"), wire.MaxName)
	if len(name) == 0 {
		return event.Template{}
	}
	category := wire.Cut(wire.Text(params, "category"), wire.MaxName)
	return event.Template{Name: r.keeper.Keep(name), Category: r.keeper.Keep(bytes.ToLower(category))}
}

// text keeps what somebody wrote.
func (r *reader) text(words []byte) string {
	if len(words) > wire.MaxText {
		r.ignore(countedCut)
		words = wire.Cut(words, wire.MaxText)
	}
	return r.keeper.Keep(words)
}
