package meta

import (
	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// reply is what a customer chose: the id of a button or row, or the answers of
// a flow as JSON.
type reply struct{ id, json []byte }

// content reads type and text of a message, inbound or echoed. A body that is
// missing or of another shape makes a message without text.
func (r *reader) content(m *fastjson.Value, kind, id string) (event.Message, reply) {
	msg := event.Message{ID: id, Type: messageType(kind), ReplyTo: r.id(text(object(m, "context"), "id"))}
	var words []byte
	var chosen reply
	switch kind {
	case "text":
		words = text(object(m, "text"), "body")
	case "image", "video", "audio", "document", "sticker":
		words = text(object(m, kind), "caption")
	case "button":
		b := object(m, "button")
		words, chosen.id = text(b, "text"), text(b, "payload")
	case "order":
		words = text(object(m, "order"), "text")
	case "interactive":
		words, chosen = interactive(object(m, "interactive"))
	}
	if len(words) > maxText {
		r.ignore(countedCut)
		words = cut(words, maxText)
	}
	msg.Text = r.keeper.keep(words)
	return msg, chosen
}

func interactive(v *fastjson.Value) (words []byte, chosen reply) {
	switch kind := string(text(v, "type")); kind {
	case "button_reply", "list_reply":
		o := object(v, kind)
		return text(o, "title"), reply{id: text(o, "id")}
	case "nfm_reply":
		o := object(v, kind)
		return text(o, "body"), reply{json: text(o, "response_json")}
	}
	return nil, reply{}
}

// messageType gives Meta's type as one of event.MessageTypes.
func messageType(kind string) string {
	switch kind {
	case "template": // only ours are templates
		return "other"
	default:
		return event.MessageTypes[event.MessageTypeIndex(or(kind, "other"))]
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
