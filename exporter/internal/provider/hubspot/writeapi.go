package hubspot

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// store keeps a message as the API gives it.
func (w *Writer) store(thread string, e *event.Event) {
	th := w.threads[thread]
	id := messageID(e.Message.ID)
	if _, there := w.messages[id]; !there {
		w.order = append(w.order, id)
	}
	w.messages[id] = message(&th, thread, id, e)
	for len(w.order) > maxStored {
		delete(w.messages, w.order[0])
		w.order = w.order[1:]
	}
}

// message writes one.
func message(th *storedThread, thread, id string, e *event.Event) []byte {
	visitor := "V-" + th.contact
	actor, client, direction := visitor, `{"clientType":"UNKNOWN"}`, "INCOMING"
	if e.Kind == event.MessageSent {
		direction = "OUTGOING"
		switch e.Actor {
		case event.ActorHuman:
			actor, client = agentActor(e.Agent.ID), `{"clientType":"HUBSPOT"}`
		case event.ActorBot:
			actor, client = botActor, `{"clientType":"INTEGRATION","integrationAppId":`+botApp+`}`
		case event.ActorSystem:
			actor, client = roboActor, `{"clientType":"SYSTEM"}`
		default:
			actor = roboActor
		}
	}
	name := e.Agent.Name
	if direction == "INCOMING" {
		name = e.ContactName
	}
	b := fmt.Appendf(nil, `{"type":"MESSAGE","id":%q,"conversationsThreadId":%q,"createdAt":%q,"createdBy":%q,"client":%s,"senders":[{"actorId":%q,"name":`,
		id, thread, e.Time.UTC().Format(time.RFC3339Nano), actor, client, actor)
	b = wire.AppendString(b, name)
	if direction == "INCOMING" {
		b = append(b, phone(th)...)
		b = append(b, `}],"recipients":[{"actorId":"E-1"}]`...)
	} else {
		b = append(b, `}],"recipients":[{"actorId":"`+visitor+`"`...)
		b = append(b, phone(th)...)
		b = append(b, `}]`...)
	}
	b = append(b, `,"direction":"`+direction+`","text":`...)
	b = wire.AppendString(b, e.Message.Text)
	b = append(b, `,"truncationStatus":"NOT_TRUNCATED","channelId":"`+th.channel+`","channelAccountId":"`+th.inbox+`","status":{"statusType":"SENT"},"attachments":[`...)
	b = append(b, attachment(e.Message.Type)...)
	b = append(b, ']')
	if e.Message.ReplyTo != "" {
		b = append(b, `,"inReplyToId":"`+messageID(e.Message.ReplyTo)+`"`...)
	}
	return append(b, `,"archived":false}`...)
}

func phone(th *storedThread) string {
	if th.phone == "" {
		return ""
	}
	return `,"deliveryIdentifier":{"type":"HS_PHONE_NUMBER","value":"+` + strings.TrimPrefix(th.phone, "+") + `"}`
}

func attachment(kind string) string {
	switch kind {
	case "image", "audio", "video", "sticker":
		return `{"type":"FILE","fileUsageType":"` + strings.ToUpper(kind) + `","fileId":"1"}`
	case "document":
		return `{"type":"FILE","fileUsageType":"OTHER","fileId":"1"}`
	case "location":
		return `{"type":"LOCATION"}`
	case "contacts":
		return `{"type":"CONTACT"}`
	case "interactive":
		return `{"type":"QUICK_REPLIES"}`
	}
	return ""
}

// ServeHTTP is the part of the API that a Fetcher asks: threads, messages,
// actors, channels, contacts and feedback submissions.
func (w *Writer) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
		http.Error(rw, `{"status":"error","category":"INVALID_AUTHENTICATION"}`, http.StatusUnauthorized)
		return
	}
	body := w.answer(strings.Split(strings.Trim(r.URL.Path, "/"), "/"), r)
	rw.Header().Set("Content-Type", "application/json")
	if body == nil {
		rw.WriteHeader(http.StatusNotFound)
		body = []byte(`{"status":"error","category":"OBJECT_NOT_FOUND"}`)
	}
	_, _ = rw.Write(body)
}

// answer is nil for what does not exist.
func (w *Writer) answer(path []string, r *http.Request) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := strings.Join(path[:min(3, len(path))], "/")
	rest := path[min(3, len(path)):]
	switch {
	case "/"+at == pathConversations && len(rest) == 1 && rest[0] == "channels":
		return []byte(`{"results":[{"id":"` + webChat + `","name":"Live Chat"},{"id":"` + whatsApp + `","name":"WhatsApp"}]}`)
	case "/"+at == pathConversations && len(rest) == 2 && rest[0] == "actors":
		kind := map[byte]string{'A': "AGENT", 'V': "VISITOR", 'I': "INTEGRATOR", 'B': "BOT", 'S': "SYSTEM", 'L': "LLM", 'E': "EMAIL"}[(rest[1] + "?")[0]]
		if kind == "" {
			return nil
		}
		return fmt.Appendf(nil, `{"id":%q,"type":%q}`, rest[1], kind)
	case "/"+at == pathConversations && len(rest) == 2 && rest[0] == "threads":
		th, ok := w.threads[rest[1]]
		if !ok {
			return nil
		}
		return fmt.Appendf(nil, `{"id":%q,"status":"OPEN","associatedContactId":%q,"inboxId":"1","originalChannelId":%q,"originalChannelAccountId":%q,"spam":false,"archived":false}`,
			rest[1], th.contact, th.channel, th.inbox)
	case "/"+at == pathConversations && len(rest) == 4 && rest[0] == "threads" && rest[2] == "messages":
		return w.messages[rest[3]]
	case strings.HasPrefix(r.URL.Path, pathContacts):
		return fmt.Appendf(nil, `{"id":%q,"properties":{}}`, strings.TrimPrefix(r.URL.Path, pathContacts))
	case strings.HasPrefix(r.URL.Path, pathFeedback):
		return w.answers[strings.TrimPrefix(r.URL.Path, pathFeedback)]
	}
	return nil
}
