package meta

import (
	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// reply is what a customer chose: the id of a button or row, or the answers of
// a flow as JSON.
type reply struct{ id, json []byte }

// content reads type and text of a message, inbound or echoed. A body that is
// missing or of another shape makes a message without text.
func (r *reader) content(m *fastjson.Value, kind, id string) (event.Message, reply) {
	msg := event.Message{ID: id, Type: messageType(kind), ReplyTo: r.id(wire.Text(wire.Object(m, "context"), "id"))}
	var words []byte
	var chosen reply
	switch kind {
	case "text":
		words = wire.Text(wire.Object(m, "text"), "body")
	case "image", "video", "audio", "document", "sticker":
		words = wire.Text(wire.Object(m, kind), "caption")
	case "button":
		b := wire.Object(m, "button")
		words, chosen.id = wire.Text(b, "text"), wire.Text(b, "payload")
	case "order":
		words = wire.Text(wire.Object(m, "order"), "text")
	case "interactive":
		words, chosen = interactive(wire.Object(m, "interactive"))
	}
	if len(words) > wire.MaxText {
		r.ignore(countedCut)
		words = wire.Cut(words, wire.MaxText)
	}
	msg.Text = r.keeper.Keep(words)
	return msg, chosen
}

func interactive(v *fastjson.Value) (words []byte, chosen reply) {
	switch kind := string(wire.Text(v, "type")); kind {
	case "button_reply", "list_reply":
		o := wire.Object(v, kind)
		return wire.Text(o, "title"), reply{id: wire.Text(o, "id")}
	case "nfm_reply":
		o := wire.Object(v, kind)
		return wire.Text(o, "body"), reply{json: wire.Text(o, "response_json")}
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
