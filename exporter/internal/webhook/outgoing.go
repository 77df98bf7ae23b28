package webhook

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

const (
	callbackField = "biz_opaque_callback_data"
	// maxCallback is the length in characters that Meta documents for callback
	// data, maxCallbackPart that in bytes of one of our headers.
	maxCallback     = 512
	maxCallbackPart = 128
	// maxGraphID is more than any id of Meta's is long.
	maxGraphID = 1024
)

var errNotObject = errors.New("the message is not a JSON object; nothing was sent")

// outgoing is what the record needs of a message that is to be sent.
type outgoing struct {
	// isMessage is false for other requests to the same path (marking as
	// read, typing) and for reactions, which are no messages.
	isMessage bool
	to        string
	message   event.Message
	// callback is the caller's own callback data, where it set some.
	callback    string
	hasCallback bool
}

// parseOutgoing reads a body of the Graph API. It is lenient: whether the
// message is right is for Meta to say.
func parseOutgoing(body []byte) (outgoing, error) {
	var parser fastjson.Parser
	v, err := parser.ParseBytes(body)
	if err != nil || v.Type() != fastjson.TypeObject {
		return outgoing{}, errNotObject
	}
	text := func(keys ...string) string { return validText(v.GetStringBytes(keys...)) }
	kind := text("type")
	if kind == "" {
		kind = "text"
	}
	msg := outgoing{
		to:          text("recipient"),
		hasCallback: v.Exists(callbackField),
		callback:    text(callbackField),
	}
	// Meta lets `to` win over `recipient`.
	if to := text("to"); to != "" {
		msg.to = phoneDigits(to)
	}
	msg.isMessage = (v.Exists("to") || v.Exists("recipient")) && kind != "reaction"
	msg.message = event.Message{Type: event.MessageTypes[event.MessageTypeIndex(kind)], ReplyTo: text("context", "message_id")}
	switch kind {
	case "text":
		msg.message.Text = text("text", "body")
	case "image", "video", "document":
		msg.message.Text = text(kind, "caption")
	case "interactive":
		msg.message.Text = text("interactive", "body", "text")
	case "template":
		msg.message.Template.Name = text("template", "name")
	}
	return msg, nil
}

// validText copies b without bytes that are no UTF-8, which the journal refuses.
func validText[T string | []byte](b T) string {
	return strings.ToValidUTF8(string(b), "\ufffd")
}

// phoneDigits strips what people write between the digits of a phone, so that
// the contact is the one of Meta's own webhooks; other ids stay as they are.
func phoneDigits(id string) string {
	if strings.Trim(id, "+0123456789 -.()") != "" {
		return id
	}
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, id)
}

// callbackFromHeader reads the X-Helpdesk-* headers.
func callbackFromHeader(h http.Header) (CallbackInfo, error) {
	get := func(name string) string { return validText(h.Get(name)) }
	info := CallbackInfo{
		Agent:        get("X-Helpdesk-Agent"),
		Team:         get("X-Helpdesk-Team"),
		Template:     get("X-Helpdesk-Template"),
		Survey:       get("X-Helpdesk-Survey"),
		Conversation: get("X-Helpdesk-Conversation"),
	}
	for _, part := range []string{info.Agent, info.Team, info.Template, info.Conversation} {
		if len(part) > maxCallbackPart {
			return info, fmt.Errorf("an X-Helpdesk header is over %d bytes; nothing was sent", maxCallbackPart)
		}
	}
	if info.Survey != "" && !slices.Contains(event.Surveys[:], info.Survey) {
		return info, fmt.Errorf("X-Helpdesk-Survey is none of %s; nothing was sent", strings.Join(event.Surveys[:], ", "))
	}
	switch actor := h.Get("X-Helpdesk-Actor"); {
	case actor == "" && info.Survey != "":
		// Then the agent is the one whom the survey is about.
		info.Actor = event.ActorSystem
	case actor == "" && info.Agent != "":
		info.Actor = event.ActorHuman
	case actor == "":
	case actor == event.ActorHuman.String():
		info.Actor = event.ActorHuman
	case actor == event.ActorBot.String():
		info.Actor = event.ActorBot
	case actor == event.ActorSystem.String():
		info.Actor = event.ActorSystem
	default:
		return info, errors.New("X-Helpdesk-Actor is none of human, bot, system; nothing was sent")
	}
	return info, nil
}

// addCallback writes info into a message that has no callback data. A caller's
// own data stays, and is believed where it follows the convention. All other
// bytes of the body go to Meta as they are.
func (p *proxy) addCallback(body []byte, msg outgoing, info CallbackInfo) ([]byte, CallbackInfo, error) {
	if msg.hasCallback {
		if parsed, ok := p.parse(msg.callback); ok {
			info = parsed
		}
		return body, info, nil
	}
	if !msg.isMessage {
		return body, info, nil
	}
	if info != (CallbackInfo{}) {
		info.Template = cmp.Or(info.Template, msg.message.Template.Name)
		info.Type = msg.message.Type
	}
	data := p.encode(info)
	if data == "" {
		return body, info, nil
	}
	if utf8.RuneCountInString(data) > maxCallback {
		return nil, info, fmt.Errorf("the X-Helpdesk headers give over %d characters of callback data; nothing was sent", maxCallback)
	}
	quoted, err := json.Marshal(data)
	if err != nil {
		return nil, info, errors.New("callback data cannot be encoded; nothing was sent")
	}
	open := bytes.IndexByte(body, '{') + 1
	out := make([]byte, 0, len(body)+len(quoted)+len(callbackField)+4)
	out = append(out, body[:open]...)
	out = append(out, `"`+callbackField+`":`...)
	out = append(out, quoted...)
	// A message has at least its recipient, so the object is not empty.
	out = append(out, ',')
	return append(out, body[open:]...), info, nil
}

// event makes the record of a message out of Meta's answer; ok is false where
// the answer names no message.
func (m outgoing) event(info CallbackInfo, answer []byte) (ev event.Event, ok bool) {
	var parser fastjson.Parser
	v, err := parser.ParseBytes(answer)
	if err != nil {
		return ev, false
	}
	id := validText(v.GetStringBytes("messages", "0", "id"))
	// The business-scoped id is the contact wherever Meta gives one, as in its
	// webhooks, and the phone its alias.
	contact := validText(v.GetStringBytes("contacts", "0", "user_id"))
	alias := validText(v.GetStringBytes("contacts", "0", "wa_id"))
	if contact == "" {
		contact, alias = alias, ""
	}
	if contact == "" {
		contact = m.to
	}
	if id == "" || contact == "" || len(id) > maxGraphID || len(contact) > maxGraphID {
		return ev, false
	}
	message := m.message
	message.ID = id
	message.Template.Name = cmp.Or(message.Template.Name, info.Template)
	ev = event.Event{
		ID: id, Kind: event.MessageSent, Contact: contact, Alias: alias, Conversation: info.Conversation,
		Actor: info.Actor, Agent: event.Agent{Team: info.Team}, Message: message,
	}
	switch {
	case info.Survey != "":
		// A survey is the system's, whoever triggered it; survey.sent follows
		// with the message's first status.
		ev.Actor = event.ActorSystem
	case info.Actor == event.ActorHuman:
		ev.Agent.ID = info.Agent
	}
	return ev, true
}
