package respondio

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// writers are the words that respond.io has.
var writers = map[event.Kind]func(*page){
	event.MessageReceived:      (*page).messageReceived,
	event.MessageSent:          (*page).messageSent,
	event.ConversationOpened:   (*page).conversationOpened,
	event.ConversationAssigned: (*page).assigned,
	event.ConversationHandback: (*page).handedBack,
	event.ConversationHandoff:  (*page).handedOff,
	event.ConversationPending:  (*page).pending,
	event.ConversationResolved: (*page).conversationClosed,
	event.ConversationLabeled:  (*page).labeled,
	event.SurveySent:           (*page).surveySent,
	event.SurveyAnswered:       (*page).surveyAnswered,
	event.ConsentChanged:       (*page).consentChanged,
	event.ContactLinked:        (*page).contactLinked,
	event.NoteAdded:            (*page).noteAdded,
}

// eventID makes up the UUID of an event's n-th request, the same each time.
func eventID(id string, n int) string {
	sum := sha256.Sum256([]byte(id + "#" + strconv.Itoa(n)))
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	h := hex.EncodeToString(sum[:16])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// episode is the contact's open one in the event's inbox; what is not opened yet
// begins now.
func (p *page) episode(source string) *episode {
	ep := p.contact.episodes[p.e.Inbox]
	if ep == nil {
		ep = &episode{opened: p.e.Time, source: source}
		p.contact.episodes[p.e.Inbox] = ep
	}
	return ep
}

// openingSource: an event that names nobody of the business is a customer's.
func openingSource(e *event.Event) string {
	switch {
	case e.Actor == event.ActorHuman || e.Agent.ID != "":
		return "user"
	case e.Actor == event.ActorBot || e.Actor == event.ActorSystem:
		return "workflow"
	}
	return "contact"
}

// conversationOpened: one that is open already is not opened again.
func (p *page) conversationOpened() {
	if p.contact.episodes[p.e.Inbox] == nil {
		p.writeOpened()
	}
}

func (p *page) writeOpened() {
	ep := p.episode(openingSource(p.e))
	p.request("conversation.opened", func(o *jsonObject) {
		p.writeContact(o, "open")
		o.object("conversation", func() {
			o.str("source", ep.source)
			o.int("conversationOpenedAt", ep.opened.Unix())
			o.null("firstIncomingMessage")
			if ep.source == "contact" {
				o.int("firstIncomingMessageChannelId", channelID(p.e.Inbox))
			} else {
				o.null("firstIncomingMessageChannelId")
			}
		})
	})
}

func (p *page) conversationClosed() {
	ep := p.episode("contact")
	delete(p.contact.episodes, p.e.Inbox)
	p.contact.assignee = event.Agent{}
	source, by := closingSource(p), event.Agent{}
	if p.e.Actor == event.ActorHuman {
		by = p.e.Agent
	}
	p.request("conversation.closed", func(o *jsonObject) {
		p.writeContact(o, "close")
		o.object("conversation", func() {
			o.orNull("category", p.e.RequestType)
			o.null("summary")
			o.int("openedTime", ep.opened.Unix())
			o.str("openedBySource", ep.source)
			o.int("closedTime", p.e.Time.Unix())
			writeUser(o, "closedBy", by)
			o.str("closedBySource", source)
			if ep.firstResponse.IsZero() {
				o.null("firstResponseTime")
			} else {
				o.int("firstResponseTime", seconds(ep.firstResponse.Sub(ep.opened)))
			}
			o.int("resolutionTime", seconds(p.e.Time.Sub(ep.opened)))
			o.int("incomingMessageCount", ep.in)
			o.int("outgoingMessageCount", ep.out)
			o.orNull("assigneeTeam", or(by.Team, ep.team))
			if p.contact.assigned.IsZero() {
				o.null("lastAssignmentTime")
			} else {
				o.int("lastAssignmentTime", p.contact.assigned.Unix())
			}
		})
	})
}

func seconds(d time.Duration) int64 { return max(0, int64(d/time.Second)) }

// closingSource: what is neither a person's nor a bot's is the time-out's.
func closingSource(p *page) string {
	switch p.e.Actor {
	case event.ActorHuman:
		return "user"
	case event.ActorBot:
		return "ai_agent"
	case event.ActorSystem:
		return "auto_close"
	}
	return "api"
}

func (p *page) assigned() {
	if p.e.Agent.ID == "" && p.e.Agent.Team != "" {
		return // respond.io reports people
	}
	p.assign(p.e.Agent)
}

func (p *page) handedBack() {
	if bots := p.w.keys.List(keyBotUsers); len(bots) > 0 {
		p.assign(event.Agent{ID: bots[0], Name: "Bot"})
	}
}

func (p *page) assign(a event.Agent) {
	p.contact.assignee, p.contact.assigned = a, p.e.Time
	if ep := p.contact.episodes[p.e.Inbox]; ep != nil {
		ep.team = a.Team
	}
	p.request("contact.assignee.updated", func(o *jsonObject) { p.writeContact(o, "open") })
}

// handedOff: by the tag of the reason, or by any.
func (p *page) handedOff() {
	tags := p.w.keys.Map(keyHandoff)
	names := slices.Sorted(maps.Keys(tags))
	if len(names) == 0 {
		return
	}
	tag := names[0]
	for _, name := range names {
		if tags[name] == p.e.Reason {
			tag = name
			break
		}
	}
	p.tag(tag, "add")
}

func (p *page) pending() {
	if tags := p.w.keys.List(keyPending); len(tags) > 0 {
		p.tag(tags[0], "add")
	}
}

// labeled: a tag each. A request type is one too, while the conversation lasts.
func (p *page) labeled() {
	if p.e.RequestType != "" {
		p.tag(p.e.RequestType, "add")
	}
	for _, l := range p.e.Labels {
		if l != p.e.RequestType {
			p.tag(l, "add")
		}
	}
}

func (p *page) tag(name, action string) {
	p.request("contact.tag.updated", func(o *jsonObject) {
		o.str("tag", name)
		o.str("action", action)
		o.object("contact", func() { o.int("id", p.contact.id) })
	})
}

// consentTags are the lists of tags by what they mean.
var consentTags = map[event.Consent]string{
	event.ConsentOptedIn: keyOptIn, event.ConsentConfirmed: keyConfirmed, event.ConsentOptedOut: keyOptOut,
}

func (p *page) consentChanged() {
	if tags := p.w.keys.List(consentTags[p.e.Consent]); len(tags) > 0 {
		p.tag(tags[0], "add")
	} else if tags := p.w.keys.List(keyOptIn); p.e.Consent == event.ConsentOptedOut && len(tags) > 0 {
		p.tag(tags[0], "remove")
	}
}

func (p *page) surveyAnswered() {
	field := p.w.keys.Text(keyCSATField)
	if field == "" || p.e.Survey != event.SurveyCSAT {
		return
	}
	p.request("contact.updated", func(o *jsonObject) {
		p.writeContactWith(o, "open", func() {
			o.list("custom_fields", func() {
				o.str("name", field)
				o.float("value", p.e.Score)
			})
		})
	})
}

// contactLinked: the customer's phone became known.
func (p *page) contactLinked() {
	p.request("contact.updated", func(o *jsonObject) { p.writeContact(o, "open") })
}

func (p *page) noteAdded() {
	p.request("comment.created", func(o *jsonObject) {
		p.writeContact(o, "open")
		o.object("comment", func() { o.str("text", p.e.Message.Text) })
		writeUser(o, "user", p.e.Agent)
	})
}

func (p *page) writeContact(o *jsonObject, status string) { p.writeContactWith(o, status, nil) }

func (p *page) writeContactWith(o *jsonObject, status string, more func()) {
	c := p.contact
	first, last, _ := strings.Cut(c.name, " ")
	o.object("contact", func() {
		o.int("id", c.id)
		o.orNull("firstName", first)
		o.orNull("lastName", last)
		o.orNull("phone", c.phone)
		o.null("email")
		o.null("language")
		o.null("profilePic")
		o.null("countryCode")
		o.str("status", status)
		o.null("lifecycle")
		writeUser(o, "assignee", c.assignee)
		o.int("created_at", c.created.Unix())
		if more != nil {
			more()
		}
	})
}

// writeUser writes a user of the workspace; nobody is null.
func writeUser(o *jsonObject, key string, a event.Agent) {
	if a.ID == "" {
		o.null(key)
		return
	}
	first, last, _ := strings.Cut(a.Name, " ")
	o.object(key, func() {
		o.int("id", userID(a.ID))
		o.orNull("firstName", first)
		o.orNull("lastName", last)
		o.null("email")
	})
}
