package twilio

import (
	"net/url"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/convention"
)

const (
	pathMessaging = "/messaging"
	pathStatus    = "/status"
)

// inbound writes what a customer sent, or said by it, as Messaging does.
func (o *requests) inbound(e *event.Event) {
	id := sid("SM", messageID(e))
	phone, user := e.Contact, e.Alias
	if !isDigits(phone) && isDigits(user) {
		phone, user = user, phone
	}
	form := []string{
		"MessageSid", id, "SmsMessageSid", id, "SmsSid", id, "SmsStatus", "received", "ApiVersion", "2010-04-01",
		"From", written(phone), "To", written(e.Inbox), "ProfileName", e.ContactName, "NumSegments", "1",
	}
	if isDigits(phone) {
		form = append(form, "WaId", phone)
	}
	if user != "" {
		form = append(form, "ExternalUserId", written(user))
	}
	if e.Message.ReplyTo != "" {
		form = append(form, "OriginalRepliedMessageSid", sid("SM", e.Message.ReplyTo), "OriginalRepliedMessageSender", written(e.Inbox))
	}
	o.post(pathMessaging, nil, e.ID, append(form, inboundContent(e)...)...)
}

func inboundContent(e *event.Event) []string {
	media := "0"
	form := []string{"Body", e.Message.Text}
	switch {
	case e.Kind == event.ConsentChanged && e.Consent == event.ConsentOptedOut:
		form = []string{"Body", "STOP", "OptOutType", "STOP", "MessageType", "text"}
	case e.Kind == event.ConsentChanged:
		form = []string{"Body", "START", "OptOutType", "START", "MessageType", "text"}
	case e.HasScore:
		answer := convention.Answer{Survey: e.Survey, Score: int(e.Score)}
		of := e.Conversation
		if of == "" {
			of = "survey"
		}
		form = append(form, "ButtonText", e.Message.Text, "ButtonPayload", answer.ID(of), "MessageType", "button")
	case mimeTypes[e.Message.Type] != "":
		media = "1"
		form = append(form, "MediaContentType0", mimeTypes[e.Message.Type], "MediaUrl0", "https://api.twilio.example/media/"+sid("ME", e.ID),
			"MessageType", e.Message.Type)
	case e.Message.Type == "location":
		form = append(form, "Latitude", "-23.55", "Longitude", "-46.63", "MessageType", "location")
	case e.Message.Type == "interactive":
		form = append(form, "ListId", "choice", "ListTitle", e.Message.Text, "MessageType", "interactive")
	case e.Message.Type == "button":
		form = append(form, "ButtonText", e.Message.Text, "ButtonPayload", "choice", "MessageType", "button")
	default:
		form = append(form, "MessageType", "text")
	}
	return append(form, "NumMedia", media)
}

var mimeTypes = map[string]string{
	"image": "image/jpeg", "video": "video/mp4", "document": "application/pdf", "audio": "audio/ogg", "sticker": "image/webp",
	"contacts": "text/vcard",
}

// sent writes the first status of a message that goes out by Messaging.
func (o *requests) sent(e *event.Event) {
	q := url.Values{}
	set := func(key, value string) {
		if value != "" {
			q.Set(key, value)
		}
	}
	if e.Actor != event.ActorUnknown {
		set("actor", e.Actor.String())
	}
	if e.Kind == event.SurveySent {
		set("survey", event.Surveys[e.Survey])
	}
	set("agent", e.Agent.ID)
	set("team", e.Agent.Team)
	set("template", e.Message.Template.Name)
	set("category", e.Message.Template.Category)
	if e.Message.Type != "template" {
		set("type", e.Message.Type)
	}
	if o.w.settings.byMessaging {
		set("conv", e.Conversation)
	}
	o.w.beside.put(messageID(e), q.Encode())
	q.Set("sent", unixTime(e.Time))
	o.callback(e, q, "queued", "")
}

// status writes what became of a message, in the family that reported it.
func (o *requests) status(e *event.Event) {
	status := e.Status.String()
	code := ""
	if e.Status == event.StatusFailed {
		code = failureCode(e.Error)
		if code == "63024" {
			status = "undelivered"
		}
	}
	query, beside := o.w.beside.get(messageID(e))
	if !beside && !o.w.settings.byMessaging && e.Message.Template == (event.Template{}) {
		o.delivery(e, status, code)
		return
	}
	q, _ := url.ParseQuery(query)
	if !beside {
		q = url.Values{}
		if e.Message.Template.Name != "" {
			q.Set("template", e.Message.Template.Name)
		}
		if e.Message.Template.Category != "" {
			q.Set("category", e.Message.Template.Category)
		}
	}
	o.callback(e, q, status, code)
}

func (o *requests) callback(e *event.Event, query url.Values, status, code string) {
	id := sid("SM", messageID(e))
	form := []string{
		"MessageSid", id, "SmsSid", id, "MessageStatus", status, "SmsStatus", status, "ApiVersion", "2010-04-01",
		"From", written(e.Inbox), "To", written(e.Contact), "ErrorCode", code, "ChannelPrefix", "whatsapp",
	}
	if status == "read" {
		form = append(form, "EventType", "READ")
	}
	o.post(pathStatus, query, e.ID, form...)
}

// failureCode gives Twilio's code for Meta's, which simulations speak.
func failureCode(code string) string {
	switch code {
	case "131047":
		return "63016"
	case "131026":
		return "63024"
	case "131049":
		return "63049"
	case "130472":
		return "63032"
	case "131053":
		return "63021"
	case "131056":
		return "63018"
	case "131000":
		return "63012"
	}
	return code
}
