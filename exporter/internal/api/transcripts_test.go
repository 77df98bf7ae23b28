package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
)

// phone is the customer's of the story.
const phone = "+5511900000001"

func words(s string) event.Message { return event.Message{Type: "text", Text: s} }

// newStory is a desk with three conversations: one that waits too long, is handed
// over and solved; one of a bot; and one that still waits.
func newStory(t testing.TB) *desk {
	d := newDesk(t, func(c *config.Config) {
		c.Sources[0].Inboxes = []config.Inbox{{ID: "main", Team: "sales"}, {ID: "bot", Team: "sales", Bot: true}}
		c.Teams = []config.Team{{Name: "sales"}, {Name: "support"}}
	})
	at := func(s int) time.Time { return monday.Add(time.Duration(s) * time.Second) }
	ana := event.Event{Contact: phone, ContactName: "Nome da Cliente", Conversation: "4711"}
	with := func(e event.Event, kind event.Kind, change func(*event.Event)) event.Event {
		e.Kind = kind
		if change != nil {
			change(&e)
		}
		return e
	}
	agent := event.Agent{ID: "a1", Name: "Agente Um", Team: "support"}
	d.says(with(ana, event.MessageReceived, func(e *event.Event) {
		e.Message = words("Péssimo atendimento! meu telefone é (11) 98765-4321 e o cpf 529.982.247-25")
	}), at(0))
	d.says(with(ana, event.ConversationAssigned, func(e *event.Event) { e.Agent = agent }), at(100))
	d.says(with(ana, event.NoteAdded, func(e *event.Event) { e.Message, e.Agent, e.Actor = words("cliente antiga"), agent, event.ActorHuman }), at(110))
	d.says(with(ana, event.MessageSent, func(e *event.Event) {
		e.Message = event.Message{ID: "m1", Type: "text", Text: "Olá, já verifico o seu cartão 4111 1111 1111 1111"}
		e.Actor, e.Agent = event.ActorHuman, agent
	}), at(200))
	for i, s := range []event.Status{event.StatusSent, event.StatusRead, event.StatusDelivered} {
		d.says(with(ana, event.MessageStatus, func(e *event.Event) { e.Message.ID, e.Status = "m1", s }), at(201+i))
	}
	d.says(with(ana, event.MessageReceived, func(e *event.Event) { e.Message = event.Message{Type: "image", Text: "olha a foto"} }), at(220))
	d.says(with(ana, event.MessageSent, func(e *event.Event) {
		e.Message, e.Actor, e.Agent = words("Resolvido, obrigado!"), event.ActorHuman, agent
	}), at(230))
	d.says(with(ana, event.ConversationResolved, func(e *event.Event) { e.Actor, e.Agent = event.ActorHuman, agent }), at(240))
	d.says(with(ana, event.SurveySent, nil), at(241))
	d.says(with(ana, event.SurveyAnswered, func(e *event.Event) { e.Score, e.HasScore, e.Scale = 5, true, 5 }), at(260))

	d.says(event.Event{Kind: event.MessageReceived, Inbox: "bot", Contact: "c2", Message: words("segunda via do boleto")}, at(300))
	d.says(event.Event{Kind: event.MessageSent, Inbox: "bot", Contact: "c2", Actor: event.ActorBot, Message: words("Aqui está o boleto")}, at(301))
	d.says(event.Event{Kind: event.ConversationResolved, Inbox: "bot", Contact: "c2", Actor: event.ActorBot}, at(310))

	d.says(event.Event{Kind: event.MessageReceived, Contact: "c3", Message: words("onde está meu pedido?")}, at(400))
	d.tick(at(700))
	return d
}

func into[T any](t *testing.T, d *desk, path, token string) T {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, Prefix+path, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	d.api.ServeHTTP(w, r)
	var out T
	if w.Code != 200 {
		t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return out
}

func TestConversations(t *testing.T) {
	d := newStory(t)
	all := into[api.Conversations](t, d, "conversations", reader)
	if len(all.Conversations) != 3 || all.Total != 3 || all.Next != "" || all.Cut.Cut {
		t.Fatalf("%+v", all)
	}
	waiting, bot, ana := all.Conversations[0], all.Conversations[1], all.Conversations[2]
	if waiting.State != "waiting" || waiting.Waiting == nil || !waiting.Waiting.Equal(monday.Add(400*time.Second)) || waiting.Team != "sales" || waiting.Owner != "queue" ||
		!slices.Equal(waiting.Escalated, []string{"unanswered"}) || waiting.RequestType != "delivery" || waiting.FirstResponse != nil || waiting.CSAT != nil {
		t.Errorf("%+v", waiting)
	}
	if bot.State != "closed" || bot.ClosedBy != "bot" || bot.Messages != (api.Messages{Customer: 1, Bot: 1}) || bot.Resolution == nil || *bot.Resolution != 10 {
		t.Errorf("%+v", bot)
	}
	if ana.ClosedBy != "human" || ana.Team != "support" || ana.Agent != "a1" || ana.AgentName != "Agente Um" || !slices.Equal(ana.Agents, []string{"a1"}) ||
		*ana.FirstResponse != 200 || *ana.Resolution != 240 || *ana.CSAT != 5 || ana.Sentiment != "negative" || ana.Trigger != "inbound" ||
		ana.Messages != (api.Messages{Customer: 2, Human: 2}) || !slices.Contains(ana.AuditRules, "card_number") || ana.VendorURL != "https://vendor.example/c/4711" ||
		!slices.Contains(ana.Escalations, "unanswered") || len(ana.Escalated) != 0 {
		t.Errorf("%+v", ana)
	}
	ids := map[string]string{waiting.ID: "waiting", bot.ID: "bot", ana.ID: "ana"}
	f := func(query, want string) {
		t.Helper()
		var got []string
		for _, c := range into[api.Conversations](t, d, "conversations?"+query, reader).Conversations {
			got = append(got, ids[c.ID])
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: %q, want %q", query, s, want)
		}
	}
	f("state=open", "waiting")
	f("state=closed", "bot ana")
	f("not.state=closed", "waiting")
	f("team=support", "ana")
	f("team=support&team=sales", "waiting bot ana")
	f("not.team=support", "waiting bot")
	f("team=nobody", "")
	f("source=shop&inbox=bot", "bot")
	f("agent=a1", "ana")
	f("agent=Agente+Um", "ana")
	f("not.agent=a1", "waiting bot")
	f("request_type=delivery", "waiting")
	f("sentiment=negative", "ana")
	f("sentiment=neutral", "waiting bot")
	f("csat=good", "ana")
	f("csat=5", "ana")
	f("csat=bad", "")
	f("csat=none", "waiting bot")
	f("closed_by=bot", "bot")
	f("trigger=outbound", "")
	f("escalated=any", "waiting ana")
	f("escalated=none", "bot")
	f("escalated=unanswered&not.state=closed", "waiting")
	f("audit_rule=card_number", "ana")
	f("audit_rule=none", "waiting bot")
	f("contact="+ana.Contact, "ana")
	f("conversation="+ana.ID+"&conversation="+bot.ID, "bot ana")
	f("sort=first_response", "ana waiting bot")
	f("sort=first_response&order=asc&limit=1", "ana")
	f("sort=resolution", "ana bot waiting")
	f("sort=resolution&order=asc", "bot ana waiting")
	f("sort=csat", "ana waiting bot")
	f("order=asc", "ana bot waiting")
	f("to=2026-03-02T12:03:00Z", "ana")
	f("from=2026-03-02T12:05:05Z", "waiting bot")
	f("from=2026-03-02T12:06:00Z", "waiting")
	f("by=closed&from=2026-03-02T12:03:00Z&to=2026-03-02T12:05:00Z", "ana")
	f("by=opened&from=2026-03-02T12:05:00Z", "waiting bot")
	f("q=boleto", "bot")
	f("q=PEDIDO+onde", "waiting")
	f("q=nada+disso", "")
	// What is hidden cannot be searched for, but by those who may see it.
	f("q=98765", "")
	if got := into[api.Conversations](t, d, "conversations?q=98765&full=true", whole); len(got.Conversations) != 1 || got.Conversations[0].ID != ana.ID {
		t.Errorf("%+v", got)
	}
	if got := into[api.Conversations](t, d, "conversations?sample=2&seed=7", reader); len(got.Conversations) != 2 || got.Total != 3 {
		t.Errorf("%+v", got)
	}
	first := into[api.Conversations](t, d, "conversations?sample=1&seed=7", reader)
	if again := into[api.Conversations](t, d, "conversations?sample=1&seed=7", reader); again.Conversations[0].ID != first.Conversations[0].ID {
		t.Error("a seed gives two samples")
	}
}

// TestPages: every conversation stands on one page, whatever comes meanwhile.
func TestPages(t *testing.T) {
	for _, query := range []string{"", "sort=first_response", "sort=csat&order=asc", "q=pergunta"} {
		d := newDesk(t, nil)
		for i := range 25 {
			d.says(event.Event{Kind: event.MessageReceived, Contact: fmt.Sprint("c", i), Message: words("uma pergunta")}, monday.Add(time.Duration(i/3)*time.Second))
		}
		seen := map[string]int{}
		cursor, pages := "", 0
		for {
			page := into[api.Conversations](t, d, "conversations?limit=4&"+query+"&cursor="+cursor, reader)
			for _, c := range page.Conversations {
				seen[c.ID]++
			}
			// A newer one comes with each page.
			d.says(event.Event{Kind: event.MessageReceived, Contact: fmt.Sprint("late", pages), Message: words("uma pergunta")}, monday.Add(time.Minute+time.Duration(pages)*time.Second))
			if pages++; page.Next == "" {
				break
			}
			cursor = page.Next
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s: %s stands on %d pages", query, id, n)
			}
		}
		if len(seen) < 25 || query == "" && len(seen) != 25 {
			t.Errorf("%s: %d of 25 on %d pages", query, len(seen), pages)
		}
	}
}

func TestTranscript(t *testing.T) {
	d := newStory(t)
	ana := into[api.Conversations](t, d, "conversations?csat=5", reader).Conversations[0]
	masked := into[api.Detail](t, d, "conversations/"+ana.ID, reader)
	var told []string
	for _, l := range masked.Lines {
		s := l.Kind + " " + l.Role
		switch {
		case l.Seconds != nil:
			s += fmt.Sprintf(" %gs", *l.Seconds)
		case l.Rule != "":
			s += " " + l.Rule + " " + l.Severity
		case l.Score != nil:
			s += fmt.Sprintf(" %g", *l.Score)
		}
		told = append(told, strings.TrimRight(strings.Join([]string{s, l.Name, l.Text, l.Status}, " | "), " |"))
	}
	want := `message customer |  | Péssimo atendimento! meu telefone é [phone] e o cpf [cpf]
conversation.assigned unknown | Agente Um
note agent | Agente Um | cliente antiga
wait system 200s
message agent | Agente Um | Olá, já verifico o seu cartão [card] | read
finding system card_number critical
message customer |  | olha a foto
message agent | Agente Um | Resolvido, obrigado!
conversation.resolved agent | Agente Um
finding system no_closing info
survey.sent unknown
survey.answered customer 5`
	if got := strings.Join(told, "\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if masked.Full || masked.Lines[0].Sentiment != "negative" || masked.Lines[6].Type != "image" || len(masked.Differs) != 0 || masked.Timeline == nil {
		t.Errorf("%+v", masked)
	}
	var counted []string
	for _, s := range masked.Timeline.Steps {
		for _, c := range s.Counted {
			if c.Metric == "helpdesk_first_response_seconds" {
				counted = append(counted, fmt.Sprint(s.Line == masked.Lines[4].ID, c.Value))
			}
		}
	}
	if !slices.Equal(counted, []string{"true 200"}) {
		t.Errorf("first responses in the timeline: %v", counted)
	}
	// Nothing of the customer stands in a masked answer, and no read was logged.
	b, _ := json.Marshal(masked)
	for _, secret := range []string{"98765", "529.982", "4111", "Nome da Cliente", phone[1:]} {
		if bytes.Contains(b, []byte(secret)) {
			t.Errorf("%s stands in a masked transcript", secret)
		}
	}
	if len(d.access) != 0 {
		t.Errorf("%+v", d.access)
	}
	full := into[api.Transcript](t, d, "conversations/"+ana.ID+"/messages?full=true", whole)
	if !full.Full || full.Lines[0].Name != "Nome da Cliente" || !strings.Contains(full.Lines[0].Text, "98765-4321") || full.Lines[0].Masked {
		t.Errorf("%+v", full.Lines[0])
	}
	if len(d.access) != 1 || d.access[0].Token != "whole" || d.access[0].Action != "read" || !strings.HasSuffix(d.access[0].Path, "/messages") || d.access[0].Query != "full=true" {
		t.Errorf("%+v", d.access)
	}
	// One that still waits says so at its end.
	open := into[api.Conversations](t, d, "conversations?state=waiting", reader).Conversations[0]
	lines := into[api.Transcript](t, d, "conversations/"+open.ID+"/messages", reader).Lines
	if last := lines[len(lines)-1]; last.Kind != api.KindWait || *last.Seconds != 300 {
		t.Errorf("%+v", last)
	}
	if status, body := get(t, d.api, Prefix+"conversations/0000000000000000", reader); status != 404 || !strings.Contains(body["error"].(string), "retention") {
		t.Errorf("%d %v", status, body)
	}
	if status, _ := get(t, d.api, Prefix+"conversations/nonsense", reader); status != 404 {
		t.Errorf("%d", status)
	}
}

func TestMessages(t *testing.T) {
	d := newStory(t)
	list := into[api.MessageList](t, d, "messages?limit=3", reader)
	if len(list.Messages) != 3 || list.Messages[0].Text != "onde está meu pedido?" || list.Messages[1].Role != "bot" || list.Messages[0].Source != "shop" ||
		list.Messages[0].Team != "sales" || list.Messages[0].RequestType != "delivery" || list.Next == "" {
		t.Fatalf("%+v", list)
	}
	rest := into[api.MessageList](t, d, "messages?cursor="+list.Next, reader)
	if len(rest.Messages) != 4 || rest.Next != "" {
		t.Errorf("%+v", rest)
	}
	f := func(query string, want ...string) {
		t.Helper()
		var got []string
		for _, l := range into[api.MessageList](t, d, "messages?"+query, reader).Messages {
			got = append(got, l.Text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q", query, got)
		}
	}
	f("role=bot", "Aqui está o boleto")
	f("not.role=customer&order=asc", "Olá, já verifico o seu cartão [card]", "Resolvido, obrigado!", "Aqui está o boleto")
	f("q=BOLETO&role=customer", "segunda via do boleto")
	f("q=4111")
	f("team=support&from=2026-03-02T12:03:30Z", "Resolvido, obrigado!", "olha a foto")
	f("to=2026-03-02T12:00:01Z", "Péssimo atendimento! meu telefone é [phone] e o cpf [cpf]")
	v := into[api.Volume](t, d, "messages/volume?from=2026-03-02T12:00:00Z&to=2026-03-02T12:08:00Z&step=60", reader)
	if len(v.Buckets) != 8 || v.Step != 60 || v.Buckets[0].Roles["customer"] != 1 || v.Buckets[3].Roles["agent"] != 2 || v.Buckets[5].Roles["bot"] != 1 || len(v.Buckets[1].Roles) != 0 {
		t.Errorf("%+v", v)
	}
}

// TestTail follows along over a real connection.
func TestTail(t *testing.T) {
	d := newStory(t)
	srv := httptest.NewServer(d.api)
	t.Cleanup(srv.Close)
	c := &api.Client{URL: srv.URL, Token: reader}
	enough := errors.New("enough")
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	began := make(chan struct{})
	go func() {
		<-began
		d.says(event.Event{Kind: event.MessageReceived, Contact: "c9", Inbox: "bot", Message: words("do robô")}, monday.Add(800*time.Second))
		d.says(event.Event{Kind: event.MessageReceived, Contact: "c9", Message: words("meu telefone 11 98765-4321")}, monday.Add(801*time.Second))
	}()
	q := url.Values{"inbox": {"main"}}
	var got []string
	started := false
	go func() {
		for d.api.streams.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(50 * time.Millisecond) // the mark is taken within
		close(began)
	}()
	last, err := c.Tail(ctx, q, "", func(l *api.Line, lost int) error {
		started = true
		got = append(got, l.Text)
		return enough
	})
	if !errors.Is(err, enough) || !started || !slices.Equal(got, []string{"meu telefone [phone]"}) {
		t.Fatalf("%v: %q", err, got)
	}
	// Another one goes on where this one was.
	_, err = c.Tail(ctx, nil, last, func(l *api.Line, _ int) error {
		got = append(got, l.Text)
		if len(got) == 3 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || got[1] != "do robô" {
		t.Errorf("%v: %q", err, got)
	}
	if status, _ := get(t, d.api, Prefix+"messages/stream?full=true", reader); status != 403 {
		t.Errorf("a masked reader follows full texts: %d", status)
	}
}

func TestPeople(t *testing.T) {
	d := newStory(t)
	agents := into[api.Agents](t, d, "agents", reader).Agents
	if len(agents) != 1 || agents[0].Agent != "a1" || agents[0].Name != "Agente Um" || agents[0].Team != "support" || agents[0].Presence != "inferred" {
		t.Errorf("%+v", agents)
	}
	if e := into[api.Escalations](t, d, "escalations", reader).Escalations; len(e) != 1 || e[0].Conversation.State != "waiting" || !e[0].Since.Equal(monday.Add(400*time.Second)) || len(e[0].Reasons) != 1 {
		t.Errorf("%+v", e)
	}
	findings := into[api.Audits](t, d, "audits?severity=critical", reader).Findings
	if len(findings) != 1 || findings[0].Rule != "card_number" || findings[0].Conversation.Agent != "a1" {
		t.Errorf("%+v", findings)
	}
	if f := into[api.Audits](t, d, "audits?severity=warning", reader).Findings; slices.ContainsFunc(f, func(f api.Finding) bool { return f.Severity != "warning" }) {
		t.Errorf("%+v", f)
	}
	notes := into[api.Annotations](t, d, "annotations", reader).Annotations
	var kinds []string
	for _, a := range notes {
		kinds = append(kinds, a.Kind+" "+a.Reason)
	}
	if want := []string{"escalation unanswered", "escalation negative", "closing human", "closing bot", "escalation unanswered"}; !slices.Equal(kinds, want) {
		t.Errorf("%q", kinds)
	}
	if l := into[api.Values](t, d, "labels/team", reader).Values; !slices.Contains(l, "support") || !slices.Contains(l, "sales") {
		t.Errorf("%q", l)
	}
	if l := into[api.Values](t, d, "labels/state", reader).Values; !slices.Contains(l, "open") {
		t.Errorf("%q", l)
	}
	if status, _ := get(t, d.api, Prefix+"labels/phone", reader); status != 404 {
		t.Errorf("%d", status)
	}
}

// TestErasure: a customer is looked up, gets a copy, and is erased; figures stay.
func TestErasure(t *testing.T) {
	d := newStory(t)
	if status, body := ask(t, d.api, http.MethodPost, Prefix+"contacts/lookup", whole, `{"source":"shop"}`); status != 400 {
		t.Errorf("%d %v", status, body)
	}
	status, body := ask(t, d.api, http.MethodPost, Prefix+"contacts/lookup", whole, `{"source":"shop","contact":"55 (11) 90000-0001"}`)
	hash, _ := body["contact"].(string)
	if status != 200 || body["known"] != true || body["conversations"] != 1.0 || len(hash) != 32 {
		t.Fatalf("%d %v", status, body)
	}
	before := into[api.Conversations](t, d, "conversations", reader)
	got := into[api.Export](t, d, "contacts/"+hash+"/export", whole)
	if len(got.Conversations) != 1 || !slices.Equal(got.Ids, []string{phone}) || !slices.Equal(got.Names, []string{"Nome da Cliente"}) ||
		!strings.Contains(got.Conversations[0].Lines[0].Text, "98765-4321") {
		t.Errorf("%+v", got)
	}
	if n := len(d.access); n != 3 || d.access[n-1].Contact != hash {
		t.Errorf("%+v", d.access)
	}
	d.broken = errors.New("disk full")
	if status, _ := ask(t, d.api, http.MethodDelete, Prefix+"contacts/"+hash, whole, ""); status != 503 {
		t.Errorf("erased without a log: %d", status)
	}
	if status, _ := get(t, d.api, Prefix+"messages?full=true", whole); status != 503 {
		t.Errorf("read in full without a log: %d", status)
	}
	d.broken = nil
	status, body = ask(t, d.api, http.MethodDelete, Prefix+"contacts/"+hash, whole, "")
	if status != 200 || body["keys"] != 1.0 {
		t.Fatalf("%d %v", status, body)
	}
	if last := d.access[len(d.access)-1]; last.Action != "erase" || last.Contact != hash {
		t.Errorf("%+v", last)
	}
	after := into[api.Conversations](t, d, "conversations", reader)
	for i := range before.Conversations {
		before.Conversations[i].VendorURL = ""
		after.Conversations[i].VendorURL = ""
	}
	if fmt.Sprintf("%+v", figuresOf(before)) != fmt.Sprintf("%+v", figuresOf(after)) {
		t.Errorf("figures changed:\n%+v\n%+v", before, after)
	}
	ana := after.Conversations[2]
	for _, path := range []string{"conversations/" + ana.ID + "/messages?full=true", "messages?full=true", "contacts/" + hash + "/export", "conversations/" + ana.ID + "?full=true"} {
		r := httptest.NewRequest(http.MethodGet, Prefix+path, nil)
		r.Header.Set("Authorization", "Bearer "+whole)
		w := httptest.NewRecorder()
		if d.api.ServeHTTP(w, r); w.Code != 200 || strings.Contains(w.Body.String(), "98765") || strings.Contains(w.Body.String(), "Nome da Cliente") || strings.Contains(w.Body.String(), "4711") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	lines := into[api.Transcript](t, d, "conversations/"+ana.ID+"/messages", reader).Lines
	if lines[0].Gone != "erased" || lines[0].Kind != api.KindMessage || lines[3].Kind != api.KindWait {
		t.Errorf("%+v", lines)
	}
	if status, _ := ask(t, d.api, http.MethodDelete, Prefix+"contacts/"+strings.Repeat("1", 32), whole, ""); status != 404 {
		t.Errorf("nobody was erased: %d", status)
	}
	if status, _ := ask(t, d.api, http.MethodDelete, Prefix+"contacts/+5511900000001", whole, ""); status != 400 {
		t.Errorf("a phone in an address: %d", status)
	}
}

func figuresOf(c api.Conversations) (list []string) {
	for _, c := range c.Conversations {
		b, _ := json.Marshal(c)
		list = append(list, string(b))
	}
	return list
}

// TestTrimmed: what the journal has no more is said to be gone, and the rest told.
func TestTrimmed(t *testing.T) {
	d := newStory(t)
	ana := into[api.Conversations](t, d, "conversations?csat=5", reader).Conversations[0]
	d.reader.Close() // and what is cached
	if err := d.lane.Trim(context.Background(), 5); err != nil {
		t.Fatal(err)
	}
	detail := into[api.Detail](t, d, "conversations/"+ana.ID, reader)
	if detail.Lines[0].Gone != "trimmed" || detail.Lines[0].Role != "customer" || detail.Lines[0].Kind != api.KindMessage {
		t.Errorf("%+v", detail.Lines[0])
	}
	if detail.Timeline != nil || detail.Conversation.FirstResponse == nil || *detail.Conversation.FirstResponse != 200 {
		t.Errorf("without its beginning there is no timeline, and the figures stay: %+v", detail)
	}
}

func TestGzip(t *testing.T) {
	d := newStory(t)
	for accept, compressed := range map[string]bool{"gzip": true, "br, gzip;q=0.5": true, "gzip;q=0": false, "identity": false, "": false, "x-gzip": false} {
		r := httptest.NewRequest(http.MethodGet, Prefix+"conversations", nil)
		r.Header.Set("Authorization", "Bearer "+reader)
		r.Header.Set("Accept-Encoding", accept)
		w := httptest.NewRecorder()
		d.api.ServeHTTP(w, r)
		var body io.Reader = w.Body
		if compressed != (w.Header().Get("Content-Encoding") == "gzip") {
			t.Errorf("%q: %v", accept, w.Header())
		}
		if compressed {
			var err error
			if body, err = gzip.NewReader(w.Body); err != nil {
				t.Fatal(err)
			}
		}
		var out api.Conversations
		if err := json.NewDecoder(body).Decode(&out); err != nil || len(out.Conversations) != 3 {
			t.Errorf("%q: %v", accept, err)
		}
	}
}

// TestOpenAPI: the document is right, everything in it is served, and what is served
// is as it says.
func TestOpenAPI(t *testing.T) {
	d := newStory(t)
	r := httptest.NewRequest(http.MethodGet, Prefix+"openapi.json", nil)
	w := httptest.NewRecorder()
	d.api.ServeHTTP(w, r)
	doc, err := openapi3.NewLoader().LoadFromData(w.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	ana := into[api.Conversations](t, d, "conversations?csat=5", reader).Conversations[0]
	asked := 0
	for _, e := range endpoints {
		if e.stream != nil {
			continue
		}
		path := Prefix + strings.NewReplacer("{id}", ana.ID, "{contact}", ana.Contact, "{name}", "team").Replace(e.path)
		body := ""
		if e.body != nil {
			body = `{"source":"shop","contact":"` + phone + `"}`
		}
		var queries []string
		for _, p := range e.parameters {
			value := "1"
			switch {
			case strings.HasPrefix(p.name, "{"), p.name == "cursor":
				continue
			case p.words != nil:
				value = p.words[0]
			case p.kind == "time":
				value = "2026-03-02T12:01:00Z"
			case p.name == "step":
				value = "60"
			case p.name == "zone":
				value = "UTC"
			case strings.HasSuffix(p.name, "contact"):
				value = ana.Contact
			}
			queries = append(queries, "?"+url.Values{p.name: {value}}.Encode())
		}
		for _, query := range append(queries, "") {
			r := httptest.NewRequest(e.method, path+query, strings.NewReader(body))
			r.Header.Set("Authorization", "Bearer "+whole)
			if body != "" {
				r.Header.Set("Content-Type", "application/json")
			}
			route, params, err := router.FindRoute(r)
			if err != nil {
				t.Fatalf("%s%s: %v", path, query, err)
			}
			in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
			if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
				t.Errorf("%s%s: %v", path, query, err)
			}
			w := httptest.NewRecorder()
			d.api.ServeHTTP(w, r)
			if w.Code != 200 {
				t.Errorf("%s %s%s: %d %s", e.method, path, query, w.Code, w.Body)
				continue
			}
			out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: w.Code, Header: w.Header(), Body: io.NopCloser(w.Body)}
			if err := openapi3filter.ValidateResponse(context.Background(), out); err != nil {
				t.Errorf("%s%s: %v", path, query, err)
			}
			asked++
		}
	}
	if asked < 100 {
		t.Errorf("only %d requests were made", asked)
	}
	for path := range doc.Paths.Map() {
		if !slices.ContainsFunc(endpoints, func(e endpoint) bool { return Prefix+e.path == path }) {
			t.Errorf("%s is in the document and not served", path)
		}
	}
}

// TestClient: every method of the client asks for what there is.
func TestClient(t *testing.T) {
	d := newStory(t)
	srv := httptest.NewServer(d.api)
	t.Cleanup(srv.Close)
	c := &api.Client{URL: srv.URL + "/", Token: whole}
	ctx := api.UserOf(context.Background(), "supervisor\n1")
	info, err := c.Info(ctx)
	if err != nil || info.Token != "whole" || info.Conversations != 3 || info.Since == nil || !info.Since.Equal(monday) || !info.Ready {
		t.Fatalf("%+v, %v", info, err)
	}
	list, err := c.Conversations(ctx, url.Values{"csat": {"5"}})
	if err != nil || len(list.Conversations) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	id, contact := list.Conversations[0].ID, list.Conversations[0].Contact
	full := url.Values{"full": {"true"}}
	for name, ask := range map[string]func() (bool, error){
		"conversation":  func() (bool, error) { v, err := c.Conversation(ctx, id, full); return v.Full && v.Timeline != nil, err },
		"transcript":    func() (bool, error) { v, err := c.Transcript(ctx, id, nil); return len(v.Lines) > 5, err },
		"messages":      func() (bool, error) { v, err := c.Messages(ctx, nil); return len(v.Messages) == 7, err },
		"volume":        func() (bool, error) { v, err := c.Volume(ctx, nil); return len(v.Buckets) > 50, err },
		"agents":        func() (bool, error) { v, err := c.Agents(ctx, nil); return len(v.Agents) == 1, err },
		"escalations":   func() (bool, error) { v, err := c.Escalations(ctx, nil); return len(v.Escalations) == 1, err },
		"audits":        func() (bool, error) { v, err := c.Audits(ctx, nil); return len(v.Findings) > 0, err },
		"discrepancies": func() (bool, error) { v, err := c.Discrepancies(ctx, nil); return !v.Cut, err },
		"heatmap":       func() (bool, error) { v, err := c.Heatmap(ctx, nil); return len(v.Cells) == 168, err },
		"annotations":   func() (bool, error) { v, err := c.Annotations(ctx, nil); return len(v.Annotations) == 5, err },
		"labels":        func() (bool, error) { v, err := c.Labels(ctx, "source"); return slices.Contains(v.Values, "shop"), err },
		"lookup": func() (bool, error) {
			v, err := c.Lookup(ctx, api.Lookup{Source: "shop", Contact: phone})
			return v.Contact == contact, err
		},
		"export": func() (bool, error) { v, err := c.Export(ctx, contact); return len(v.Conversations) == 1, err },
	} {
		if ok, err := ask(); err != nil || !ok {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
	if v, err := c.Erase(ctx, contact); err != nil || v.Keys != 1 {
		t.Errorf("%+v, %v", v, err)
	}
	for _, a := range d.access {
		if a.User != "supervisor1" && a.User != "" {
			t.Errorf("%+v", a)
		}
	}
	_, err = (&api.Client{URL: srv.URL, Token: "nonsense"}).Info(ctx)
	if api.StatusOf(err) != 401 || !strings.Contains(err.Error(), "api.tokens") {
		t.Errorf("%v", err)
	}
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }))
	t.Cleanup(other.Close)
	if _, err = (&api.Client{URL: other.URL, Token: reader}).Info(ctx); err == nil || !strings.Contains(err.Error(), "exporter") {
		t.Errorf("%v", err)
	}
}

// TestNoState: nothing is answered from a state that is not there.
func TestNoState(t *testing.T) {
	d := newStory(t)
	d.err = errors.New("the journal is still being replayed")
	for _, e := range endpoints {
		if e.path == "info" || strings.Contains(e.path, "labels") {
			continue
		}
		body := ""
		if e.body != nil {
			body = `{"source":"shop","contact":"x"}`
		}
		if status, _ := ask(t, d.api, e.method, e.sample(), whole, body); status != 503 && status != 404 {
			t.Errorf("%s %s: %d", e.method, e.path, status)
		}
	}
	_ = d.Inspect(context.Background(), func(*fold.State) { t.Error("there is a state") })
}
