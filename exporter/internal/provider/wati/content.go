package wati

import (
	"bytes"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// messageTypes gives Wati's types, in lower case, as those of
// event.MessageTypes. The rest is "other".
var messageTypes = map[string]string{
	"text":              "text",
	"image":             "image",
	"video":             "video",
	"audio":             "audio",
	"voice":             "audio",
	"document":          "document",
	"sticker":           "sticker",
	"location":          "location",
	"contacts":          "contacts",
	"interactive":       "interactive",
	"button":            "button",
	"order":             "order",
	"template":          "template",
	"media_placeholder": "unsupported",
}

// files are the types whose text may be the file's address instead of its
// caption.
var files = map[string]bool{"image": true, "video": true, "audio": true, "document": true, "sticker": true}

// unnamed stands for the name of a template that the older form leaves out: that
// it is one is known.
const unnamed = "unnamed"

// isType tells whether the message has a type.
func (r *reader) isType(name string) bool {
	b := wire.Text(r.root, "type")
	return len(b) == len(name) && bytes.EqualFold(b, []byte(name))
}

// content reads what was said. template says that the webhook is about one,
// whatever its type.
func (r *reader) content(template bool) event.Message {
	msg := event.Message{ID: r.key, Type: r.messageType(template)}
	words := wire.Text(r.root, "text")
	if files[msg.Type] && r.isAddress(words) {
		words = nil
	}
	if len(bytes.TrimSpace(words)) == 0 {
		words = r.choice()
	}
	if len(words) > wire.MaxText {
		r.ignore(countedCut)
		words = wire.Cut(words, wire.MaxText)
	}
	msg.Text = r.keeper.Keep(words)
	msg.ReplyTo = r.keeper.Keep(id(r.root, "replyContextId"))
	if msg.Type == "template" {
		name := wire.Scalar(r.root, "templateName")
		if len(name) == 0 {
			name = wire.Scalar(r.root, "templateId")
		}
		if msg.Template.Name = r.keeper.Keep(wire.Cut(name, wire.MaxName)); msg.Template.Name == "" {
			msg.Template.Name = unnamed
		}
	}
	return msg
}

func (r *reader) messageType(template bool) string {
	if template {
		return "template"
	}
	name := wire.Text(r.root, "type")
	if known, ok := messageTypes[string(name)]; ok {
		return known
	}
	if known, ok := messageTypes[string(bytes.ToLower(name))]; ok {
		return known
	}
	return "other"
}

// isAddress tells whether the words are where a file lies: a URL, or the same
// path as in data.
func (r *reader) isAddress(words []byte) bool {
	words = bytes.TrimSpace(words)
	if len(words) == 0 || bytes.ContainsAny(words, " \n\t") {
		return false
	}
	return bytes.HasPrefix(words, []byte("https://")) || bytes.HasPrefix(words, []byte("http://")) ||
		bytes.Equal(words, wire.Text(r.root, "data"))
}

// choices are the objects that tell what a customer has chosen, where the text
// is empty, and their title.
var choices = [...]struct{ object, title string }{
	{"interactiveButtonReply", "title"}, {"listReply", "title"}, {"buttonReply", "text"},
}

// choice is the title of the button or row.
func (r *reader) choice() []byte {
	for _, c := range choices {
		o := wire.Object(r.root, c.object)
		if o == nil {
			continue
		}
		for _, key := range [...]string{c.title, "title", "text"} {
			if b := wire.Text(o, key); len(b) > 0 {
				return b
			}
		}
	}
	return nil
}
