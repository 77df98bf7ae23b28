package twilio

import (
	"strings"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/convention"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// body gives the text of a message.
func (r *reader) bodyText() string {
	s := r.text("Body")
	if len(s) > wire.MaxText {
		r.ignore(countedCut)
		s = cut(s, wire.MaxText)
	}
	return s
}

// inboundType finds the type of a message of the Messaging family. MessageType
// is looked at last: its values are not documented.
func (r *reader) inboundType() string {
	switch {
	case r.form.Get("NumMedia") != "" && r.form.Get("NumMedia") != "0":
		if r.form.Get("MessageType") == "sticker" {
			return "sticker"
		}
		return mediaType(r.form.Get("MediaContentType0"))
	case r.form.Get("Latitude") != "":
		return "location"
	case r.form.Get("ButtonPayload") != "" || r.form.Get("ButtonText") != "":
		return "button"
	case r.form.Get("ListId") != "":
		return "interactive"
	}
	switch kind := r.form.Get("MessageType"); kind {
	case "interactive", "button", "contacts", "order", "unsupported":
		return kind
	}
	return "text"
}

// mediaType gives the type of a message by what it carries.
func mediaType(content string) string {
	kind, rest, _ := strings.Cut(content, "/")
	switch {
	case kind == "image" || kind == "video" || kind == "audio":
		return kind
	case strings.Contains(rest, "vcard"):
		return "contacts"
	case kind == "":
		return "other"
	}
	return "document"
}

// conversationType finds the type of a message of a conversation.
func (r *reader) conversationType() string {
	if media := r.form.Get("Media"); media != "" && media != "[]" && media != "{}" {
		return mediaType(r.contentType(media))
	}
	if r.form.Get("Body") == "" {
		return "other"
	}
	return "text"
}

// contentType is that of the first of a message's media.
func (r *reader) contentType(media string) string {
	v := r.parse(media)
	if v == nil {
		return ""
	}
	if v.Type() == fastjson.TypeArray {
		if v = v.Get("0"); v == nil {
			return ""
		}
	}
	for _, key := range []string{"ContentType", "content_type"} {
		if b := wire.Text(v, key); len(b) > 0 {
			return string(b)
		}
	}
	return ""
}

// parse reads JSON within a parameter; nil where it is none. The value is valid
// until the next call.
func (r *reader) parse(s string) *fastjson.Value {
	if s == "" || len(s) > wire.MaxText || wire.CheckShape([]byte(s)) != nil {
		return nil
	}
	v, err := r.nested.Parse(s)
	if err != nil {
		return nil
	}
	return v
}

// attributes reads a JSON object within a parameter; nil where there is none.
func (r *reader) attributes(name string) *fastjson.Value {
	s := r.form.Get(name)
	if s == "" || s == "{}" {
		return nil
	}
	v := r.parse(s)
	if v == nil || v.Type() != fastjson.TypeObject {
		r.ignore(countedAttributes)
		return nil
	}
	return v
}

// answer finds out whether a customer's choice rates something.
func (r *reader) answer() (convention.Answer, bool) {
	for _, name := range []string{"ButtonPayload", "ListId"} {
		a, ok, offScale := convention.ParseAnswer([]byte(r.form.Get(name)))
		if offScale {
			r.ignore(countedScore)
		}
		if ok {
			return a, true
		}
	}
	return convention.Answer{}, false
}

// messageType gives a type that a sender told as one of event.MessageTypes.
func messageType(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return event.MessageTypes[event.MessageTypeIndex(s)]
}
