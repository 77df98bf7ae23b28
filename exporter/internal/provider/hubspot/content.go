package hubspot

import (
	"errors"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// fetched is what a message of the API says.
type fetched struct {
	kind, direction, text, replyTo, media string
	channel, actor, name                  string
	client, app                           string
	sender, recipient                     string // phone numbers
	failed                                bool
	at                                    time.Time
	timed                                 bool
}

// message fetches the message of a task. Only what is of type MESSAGE or
// WELCOME_MESSAGE is one; a direction that is not there is never "in".
func (c *call) message(th thread) error {
	var m fetched
	err := c.get(pathConversations+"/threads/"+url.PathEscape(c.task.Object)+"/messages/"+url.PathEscape(c.task.Message), func(v *fastjson.Value) error {
		m.read(v)
		return nil
	})
	if err != nil {
		return err
	}
	if m.kind != "MESSAGE" && m.kind != "WELCOME_MESSAGE" {
		c.res.Ignore(ignoredNoMessage)
		return nil
	}
	kind := event.MessageSent
	if m.kind == "MESSAGE" && m.direction == "INCOMING" {
		kind = event.MessageReceived
	}
	e, err := c.event(th, kind)
	if err != nil {
		return err
	}
	if m.timed {
		e.Time = m.at
	}
	// The message's channel outranks the thread's, which can change.
	if m.channel != "" {
		if e.Channel, err = c.channel(m.channel); err != nil {
			return err
		}
	}
	e.Message = event.Message{ID: c.task.Message, Type: m.media, Text: m.text, ReplyTo: m.replyTo}
	phone := m.recipient
	if kind == event.MessageReceived {
		e.Actor, e.ContactName, phone = event.ActorCustomer, m.name, m.sender
	} else if err := c.author(&e, &m); err != nil {
		return err
	}
	switch {
	case e.Contact == "":
		e.Contact = phone
	case phone != e.Contact:
		e.Alias = phone
	}
	if e.Contact == "" && e.Conversation == "" {
		return errors.New("hubspot: a message without thread and phone number")
	}
	c.res.Events = append(c.res.Events, e)
	if m.failed && kind == event.MessageSent {
		st := e
		st.ID, st.Kind, st.Status, st.Actor, st.Agent = e.ID+":failed", event.MessageStatus, event.StatusFailed, event.ActorUnknown, event.Agent{}
		st.Message = event.Message{ID: e.Message.ID}
		c.res.Events = append(c.res.Events, st)
	}
	return nil
}

// read takes what matters out of the parser's memory.
func (m *fetched) read(v *fastjson.Value) {
	m.kind, m.direction = own(wire.Text(v, "type")), own(wire.Text(v, "direction"))
	m.text = strings.ToValidUTF8(string(wire.Cut(wire.Text(v, "text"), wire.MaxText)), "\ufffd")
	m.replyTo, m.channel = own(wire.Scalar(v, "inReplyToId")), own(wire.Scalar(v, "channelId"))
	m.at, m.timed = wire.TimeAt(v, "createdAt")
	client := v.Get("client")
	m.client, m.app = own(wire.Text(client, "clientType")), own(wire.Scalar(client, "integrationAppId"))
	if senders := wire.List(v, "senders"); len(senders) > 0 {
		m.actor = own(wire.Text(senders[0], "actorId"))
		m.name = strings.ToValidUTF8(string(wire.Cut(wire.Text(senders[0], "name"), wire.MaxName)), "\ufffd")
		m.sender = phoneOf(senders[0])
	}
	if m.actor == "" {
		m.actor = own(wire.Text(v, "createdBy"))
	}
	if recipients := wire.List(v, "recipients"); len(recipients) > 0 {
		m.recipient = phoneOf(recipients[0])
	}
	m.failed = string(wire.Text(v.Get("status"), "statusType")) == "FAILED"
	m.media = "text"
	if attachments := wire.List(v, "attachments"); len(attachments) > 0 {
		m.media = mediaOf(attachments[0])
	}
}

// phoneOf gives the phone number of a sender or recipient, in digits.
func phoneOf(v *fastjson.Value) string {
	id := wire.Object(v, "deliveryIdentifier")
	if id == nil || string(wire.Text(id, "type")) != "HS_PHONE_NUMBER" {
		return ""
	}
	digits := make([]byte, 0, 16)
	for _, c := range wire.Text(id, "value") {
		if '0' <= c && c <= '9' && len(digits) < 20 {
			digits = append(digits, c)
		}
	}
	return string(digits)
}

// mediaOf names an attachment's kind; what it is not known to be is a document.
func mediaOf(v *fastjson.Value) string {
	switch string(wire.Text(v, "fileUsageType")) {
	case "IMAGE":
		return "image"
	case "AUDIO", "VOICE_RECORDING":
		return "audio"
	case "VIDEO":
		return "video"
	case "STICKER":
		return "sticker"
	}
	switch string(wire.Text(v, "type")) {
	case "LOCATION":
		return "location"
	case "CONTACT":
		return "contacts"
	case "QUICK_REPLIES":
		return "interactive"
	}
	return "document"
}

// author tells who of the business wrote. An app has to name an agent as the
// sender, so the actor alone would make people of bots: where an app wrote, the
// app decides.
func (c *call) author(e *event.Event, m *fetched) error {
	if m.kind == "WELCOME_MESSAGE" {
		e.Actor = event.ActorSystem
		return nil
	}
	if m.direction != "OUTGOING" {
		return nil // nobody knows
	}
	kind, err := c.actorType(m.actor)
	if err != nil {
		return err
	}
	switch {
	case kind == "BOT" || kind == "LLM" || kind == "SYSTEM" || kind == "INTEGRATOR":
		e.Actor = event.ActorBot
	case m.client == "INTEGRATION":
		e.Actor = event.ActorBot
		if by, ok := c.integrations[m.app]; ok {
			e.Actor = by
		}
	case m.client == "SYSTEM":
		e.Actor = event.ActorSystem
	case kind == "AGENT" && m.client == "HUBSPOT":
		e.Actor = event.ActorHuman
	}
	if e.Actor == event.ActorHuman && kind == "AGENT" {
		e.Agent = event.Agent{ID: agentID(m.actor), Name: m.name}
	}
	return nil
}

// feedback fetches an answer to a survey.
func (c *call) feedback() error {
	e := event.Event{ID: c.task.ID, Time: c.task.time(), Kind: event.SurveyAnswered, Actor: event.ActorCustomer}
	query := url.Values{"properties": {c.csat + ",hs_survey_type,hs_submission_timestamp"}, "associations": {"contacts"}}
	known := false
	err := c.get(pathFeedback+url.PathEscape(c.task.Object)+"?"+query.Encode(), func(v *fastjson.Value) error {
		p := v.Get("properties")
		if at, ok := wire.TimeAt(p, "hs_submission_timestamp"); ok {
			e.Time = at
		}
		e.Scale = c.scale
		switch strings.ToUpper(own(wire.Text(p, "hs_survey_type"))) {
		case "NPS":
			e.Survey, e.Scale = event.SurveyNPS, 10
		case "CES":
			return nil
		}
		e.Score, e.HasScore = score(wire.Scalar(p, c.csat))
		if list := wire.List(v.Get("associations", "contacts"), "results"); len(list) > 0 {
			e.Contact = own(wire.Scalar(list[0], "id"))
		}
		known = e.HasScore && e.Score >= 0 && e.Score <= e.Scale && e.Contact != ""
		return nil
	})
	if err != nil {
		return err
	}
	if !known {
		c.res.Ignore(ignoredNoScore)
		return nil
	}
	c.res.Events = append(c.res.Events, e)
	return nil
}

func score(b []byte) (float64, bool) {
	n, err := strconv.ParseFloat(string(b), 64)
	return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
}
