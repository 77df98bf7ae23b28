package meta

import (
	"strings"
	"unicode/utf8"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// MaxCallback is the length of biz_opaque_callback_data, in characters. Meta
// documents it for calls only; what is longer is not ours.
const MaxCallback = 512

// CallbackData is what a sender tells about a message through
// biz_opaque_callback_data, which Meta returns with each of its statuses. It
// is written as key=value pairs joined by semicolons, in any order:
//
//	actor=human;agent=7;team=sales
//	actor=bot;conv=c-81
//	survey=csat;agent=7;conv=c-81
//	actor=system;template=order_update
//
// Within a value % ; = and control characters are percent-encoded. Keys that
// are not known are ignored, so a sender may keep pairs of its own in it.
type CallbackData struct {
	// Conversation (conv) is the sender's own id of the conversation.
	Conversation string
	// Actor (actor) is human, bot or system; agent-<id> means the human with
	// that id. An agent without an actor is human.
	Actor event.Actor
	// Agent (agent) is the id of the human who wrote the message or, for a
	// survey, of the one whom it is about; Team (team) the id of a team.
	Agent, Team string
	// Template (template) is the name of the template.
	Template string
	// Survey (survey) is "csat" or "nps" where the message asks for a score.
	Survey string
	// Type (type) is one of event.MessageTypes.
	Type string
}

// EncodeCallback writes d, MaxCallback characters at most: what does not fit
// is left out, a whole pair at a time, conv first.
func EncodeCallback(d CallbackData) string {
	var b strings.Builder
	left := MaxCallback
	pair := func(key, value string) {
		if value == "" {
			return
		}
		value = escape(value)
		n := len(key) + 1 + utf8.RuneCountInString(value)
		if b.Len() > 0 {
			n++
		}
		if n > left {
			return
		}
		left -= n
		if b.Len() > 0 {
			b.WriteByte(';')
		}
		b.WriteString(key)
		b.WriteByte('=')
		b.WriteString(value)
	}
	switch d.Actor {
	case event.ActorHuman, event.ActorBot, event.ActorSystem:
		pair("actor", d.Actor.String())
	}
	if _, ok := surveys[d.Survey]; ok {
		pair("survey", d.Survey)
	}
	pair("agent", d.Agent)
	pair("team", d.Team)
	pair("template", d.Template)
	pair("type", d.Type)
	pair("conv", d.Conversation)
	return b.String()
}

// ParseCallback reads callback data; false if s is not of the convention's
// form, as other senders' data. The values may share memory with s.
func ParseCallback(s string) (d CallbackData, ok bool) {
	if s == "" || len(s) > 4*MaxCallback || utf8.RuneCountInString(s) > MaxCallback {
		return CallbackData{}, false
	}
	pairs := 0
	for rest := s; rest != ""; {
		var part string
		part, rest, _ = strings.Cut(rest, ";")
		if part = strings.Trim(part, " "); part == "" {
			continue
		}
		key, value, found := strings.Cut(part, "=")
		if !found || !isKey(key) {
			return CallbackData{}, false
		}
		if value, found = unescape(value); !found || !d.set(key, value) {
			return CallbackData{}, false
		}
		pairs++
	}
	if d.Agent != "" && d.Actor == event.ActorUnknown && d.Survey == "" {
		d.Actor = event.ActorHuman
	}
	return d, pairs > 0
}

// set takes a pair over; false where it says that the data follow a later
// version of the convention.
func (d *CallbackData) set(key, value string) bool {
	switch key {
	case "v":
		return value == "1"
	case "conv":
		d.Conversation = value
	case "actor":
		d.setActor(value)
	case "agent":
		d.Agent = value
	case "team":
		d.Team = value
	case "template":
		d.Template = value
	case "survey":
		if _, ok := surveys[value]; ok {
			d.Survey = value
		}
	case "type":
		d.Type = value
	}
	return true
}

func (d *CallbackData) setActor(value string) {
	switch value {
	case "human":
		d.Actor = event.ActorHuman
	case "bot":
		d.Actor = event.ActorBot
	case "system":
		d.Actor = event.ActorSystem
	default:
		id, found := strings.CutPrefix(value, "agent-")
		if !found {
			return
		}
		d.Actor = event.ActorHuman
		if d.Agent == "" {
			d.Agent = id
		}
	}
}

var surveys = map[string]event.Survey{"csat": event.SurveyCSAT, "nps": event.SurveyNPS}

func surveyOf(s string) event.Survey { return surveys[s] }

func isKey(s string) bool {
	if s == "" {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c != '_' && !('a' <= c && c <= 'z') && !('0' <= c && c <= '9') {
			return false
		}
	}
	return true
}

const upperHex = "0123456789ABCDEF"

func escape(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c != '%' && c != ';' && c != '=' && c != ' ' && c >= 0x20 && c != 0x7f {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(upperHex[c>>4])
		b.WriteByte(upperHex[c&15])
	}
	return b.String()
}

// unescape reads what escape wrote; false for a percent sign that escapes
// nothing and for bytes that are no text.
func unescape(s string) (string, bool) {
	if !strings.Contains(s, "%") {
		return s, utf8.ValidString(s)
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		hi, lo := anyNibble(s[i+1]), anyNibble(s[i+2])
		if hi > 15 || lo > 15 {
			return "", false
		}
		b = append(b, hi<<4|lo)
		i += 2
	}
	return string(b), utf8.Valid(b)
}

// anyNibble reads a hex digit of either case.
func anyNibble(c byte) byte {
	if 'A' <= c && c <= 'F' {
		c += 'a' - 'A'
	}
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 0xff
}
