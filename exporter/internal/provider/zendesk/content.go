package zendesk

import (
	"bytes"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// contentTypes gives types of messages as those of event.MessageTypes. The rest
// is "other".
var contentTypes = map[string]string{
	"text": "text", "image": "image", "location": "location", "template": "template", "carousel": "interactive", "list": "interactive",
	"form": "interactive", "formResponse": "interactive",
}

// content reads type and text of a message.
func (r *reader) content(of string, message *fastjson.Value) event.Message {
	c := wire.Object(message, "content")
	kind := string(wire.Text(c, "type"))
	msg := event.Message{ID: of, Type: contentTypes[kind]}
	words := wire.Text(c, "text")
	switch kind {
	case "file":
		msg.Type = fileType(wire.Text(c, "mediaType"))
	case "formResponse":
		words = wire.Text(c, "textFallback")
	case "template":
		t := wire.Object(c, "template")
		if whole := wire.Object(t, "template"); whole != nil {
			t = whole
		}
		msg.Template.Name = r.word(t, "name")
	}
	if words == nil {
		words = wire.Text(c, "altText")
	}
	if msg.Type == "" {
		msg.Type = "other"
	}
	msg.Text = r.text(words)
	quoted := wire.Object(message, "quotedMessage")
	if whole := wire.Object(quoted, "message"); whole != nil {
		quoted = whole
	}
	msg.ReplyTo = r.keepID(quoted, "id")
	return msg
}

// fileType tells what a file is by its media type.
func fileType(media []byte) string {
	kind, _, _ := bytes.Cut(media, []byte{'/'})
	switch string(kind) {
	case "audio":
		return "audio"
	case "video":
		return "video"
	case "image":
		return "image"
	}
	return "document"
}

// text keeps what somebody wrote.
func (r *reader) text(words []byte) string {
	if len(words) > wire.MaxText {
		r.ignore(countedCut)
		words = wire.Cut(words, wire.MaxText)
	}
	return r.keeper.Keep(words)
}

// isTranscript tells a comment that holds a whole chat: two lines or more that
// begin with a time of day in brackets, as in "(10:15:02) Noa: hello".
func isTranscript(body []byte) bool {
	lines := 0
	for line := range bytes.Lines(body) {
		if beginsWithTime(bytes.TrimSpace(line)) {
			if lines++; lines == 2 {
				return true
			}
		}
	}
	return false
}

// beginsWithTime tells "(10:15", "[9:05:01".
func beginsWithTime(line []byte) bool {
	if len(line) < 5 || line[0] != '(' && line[0] != '[' {
		return false
	}
	digits, rest, ok := bytes.Cut(line[1:], []byte{':'})
	return ok && len(digits) >= 1 && len(digits) <= 2 && isDigits(digits) && len(rest) >= 2 && isDigits(rest[:2])
}

func isDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
