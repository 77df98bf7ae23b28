package meta

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

func mustWriter(t testing.TB) *Writer {
	t.Helper()
	w, err := NewWriter(config.Source{Secret: exampleSecret})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// roundTrip writes events and reads them back as the server does.
func roundTrip(t testing.TB, events ...event.Event) *provider.Result {
	t.Helper()
	requests, err := mustWriter(t).Write(events)
	if err != nil {
		t.Fatal(err)
	}
	a := mustAdapter(t)
	var all provider.Result
	for i := range requests {
		r := &requests[i]
		if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s with %v", r.Method, r.Header)
		}
		if err := a.Verify(r); err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Body {
			if c < 0x20 || c > 0x7e {
				t.Fatalf("byte %#x in %s", c, r.Body)
			}
		}
		if !json.Valid(r.Body) || bytes.Contains(bytes.ReplaceAll(r.Body, []byte(`\/`), nil), []byte("/")) {
			t.Fatalf("not as Meta writes it: %s", r.Body)
		}
		r.Received = received
		if err := a.Adapt(r, &all); err != nil {
			t.Fatal(err)
		}
	}
	return &all
}

func TestWriterKeeps(t *testing.T) {
	at := time.Date(2026, 1, 1, 9, 0, 1, 0, time.UTC)
	ana := func(kind event.Kind, change func(*event.Event)) event.Event {
		e := event.Event{ID: "ev-1", Time: at, Kind: kind, Inbox: "300000000000001", Contact: "+5511900000001", ContactName: "Ana"}
		e.Message.ID = "wamid.1"
		change(&e)
		return e
	}
	const who = `inbox="300000000000001" contact="5511900000001" name="Ana"`
	for _, c := range []struct {
		name string
		in   event.Event
		want []string
	}{
		{"text with everything to escape",
			ana(event.MessageReceived, func(e *event.Event) {
				e.Message.Text, e.Message.ReplyTo = "Olá 👍\t\"a\\b\" https://example.test/a \x01", "wamid.0"
			}),
			[]string{`message.received id="wamid.1" ` + who + ` actor=customer message="wamid.1" type="text" text="Olá 👍\t\"a\\b\" https://example.test/a \x01" reply_to="wamid.0"`}},
		{"both ids",
			ana(event.MessageReceived, func(e *event.Event) {
				e.Contact, e.Alias, e.Message.Text = "BR.10000000000000000001", "5511900000001", "oi"
			}),
			[]string{`message.received id="wamid.1" inbox="300000000000001" contact="BR.10000000000000000001" alias="5511900000001" name="Ana" actor=customer message="wamid.1" type="text" text="oi"`}},
		{"id of the event where the message has none",
			ana(event.MessageReceived, func(e *event.Event) { e.Message = event.Message{Text: "oi"} }),
			[]string{`message.received id="ev-1" ` + who + ` actor=customer message="ev-1" type="text" text="oi"`}},
		{"agent",
			ana(event.MessageSent, func(e *event.Event) {
				e.Actor, e.Agent, e.Message.Text = event.ActorHuman, event.Agent{ID: "7", Team: "sales"}, "lost on the way"
			}),
			[]string{
				`message.sent id="wamid.1" ` + who + ` actor=human agent="7" team="sales" message="wamid.1" derived`,
				`message.status id="wamid.1:sent" ` + who + ` message="wamid.1" category="service" status="sent"`,
			}},
		{"bot's template",
			ana(event.MessageSent, func(e *event.Event) {
				e.Actor, e.Message.Type = event.ActorBot, "template"
				e.Message.Template = event.Template{Name: "order_update", Category: "utility"}
			}),
			[]string{
				`message.sent id="wamid.1" ` + who + ` actor=bot message="wamid.1" type="template" template="order_update" category="utility" derived`,
				`message.status id="wamid.1:sent" ` + who + ` message="wamid.1" template="order_update" category="utility" status="sent"`,
			}},
		{"human without a name",
			ana(event.MessageSent, func(e *event.Event) { e.Actor, e.Message.Text = event.ActorHuman, "typed in the app" }),
			[]string{`message.sent id="wamid.1" ` + who + ` actor=human message="wamid.1" type="text" text="typed in the app"`}},
		{"nobody knows who",
			ana(event.MessageSent, func(*event.Event) {}),
			[]string{
				`message.sent id="wamid.1" ` + who + ` actor=unknown message="wamid.1" derived`,
				`message.status id="wamid.1:sent" ` + who + ` message="wamid.1" category="service" status="sent"`,
			}},
		{"survey",
			ana(event.SurveySent, func(e *event.Event) {
				e.Survey, e.Agent.ID, e.Conversation, e.Message.Type = event.SurveyNPS, "7", "c-81", "interactive"
			}),
			[]string{
				`message.sent id="wamid.1" ` + who + ` conversation="c-81" actor=system message="wamid.1" type="interactive" derived`,
				`survey.sent id="wamid.1:survey" ` + who + ` conversation="c-81" actor=system agent="7" message="wamid.1" type="interactive" survey=nps scale=10 derived`,
				`message.status id="wamid.1:sent" ` + who + ` message="wamid.1" category="service" status="sent"`,
			}},
		{"answer",
			ana(event.SurveyAnswered, func(e *event.Event) { e.Score, e.HasScore, e.Scale, e.Conversation = 4, true, 5, "c-81" }),
			[]string{
				`message.received id="wamid.1" ` + who + ` actor=customer message="wamid.1" type="interactive" text="4" survey=csat scale=5 score=4`,
				`survey.answered id="wamid.1:survey" ` + who + ` actor=customer message="wamid.1" type="interactive" text="4" survey=csat scale=5 score=4 derived`,
			}},
		{"read, with its author",
			ana(event.MessageStatus, func(e *event.Event) {
				e.Status, e.Actor, e.Agent.ID = event.StatusRead, event.ActorHuman, "7"
			}),
			[]string{
				`message.sent id="wamid.1" ` + who + ` actor=human agent="7" message="wamid.1" derived`,
				`message.status id="wamid.1:read" ` + who + ` message="wamid.1" status="read"`,
			}},
		{"failed",
			ana(event.MessageStatus, func(e *event.Event) { e.Status, e.Error = event.StatusFailed, "131047" }),
			[]string{`message.status id="wamid.1:failed" inbox="300000000000001" contact="5511900000001" message="wamid.1" status="failed" error="131047"`}},
		{"failed to a user id only",
			ana(event.MessageStatus, func(e *event.Event) {
				e.Contact, e.Status, e.Error = "BR.10000000000000000001", event.StatusFailed, "no number"
			}),
			[]string{`message.status id="wamid.1:failed" inbox="300000000000001" contact="BR.10000000000000000001" message="wamid.1" status="failed" error="131000"`}},
		{"consent",
			ana(event.ConsentChanged, func(e *event.Event) { e.Consent = event.ConsentOptedOut }),
			[]string{`consent.changed id="preference:00000000000000000000000000000000" ` + who + ` consent="opted_out"`}},
		{"new number",
			ana(event.ContactLinked, func(e *event.Event) { e.Alias = "+5511900000009" }),
			[]string{`contact.linked id="wamid.1" inbox="300000000000001" contact="5511900000001" alias="5511900000009"`}},
		{"unknown type of message",
			ana(event.MessageReceived, func(e *event.Event) { e.Message.Type = "other" }),
			[]string{`message.received id="wamid.1" ` + who + ` actor=customer message="wamid.1" type="other"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := dump(roundTrip(t, c.in))
			want := ""
			for _, line := range c.want {
				want += "2026-01-01T09:00:01Z " + line + "\n"
			}
			if hideHash(got) != hideHash(want) {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
		})
	}
}

// hideHash blanks the ids that are hashes: what they are made of is tested by
// the golden files.
func hideHash(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		for _, prefix := range []string{`id="preference:`, `id="user_id:`, `id="line:`} {
			if before, after, ok := strings.Cut(line, prefix); ok {
				lines[i] = before + prefix + "HASH" + after[32:]
			}
		}
	}
	return strings.Join(lines, "\n")
}

// TestWriterRepeatsCorpus: whatever the corpus means, written and read again,
// still means the same.
func TestWriterRepeatsCorpus(t *testing.T) {
	a := mustAdapter(t)
	for _, name := range corpus(t) {
		first := mustAdapt(t, a, mustRead(t, name+".json"))
		if len(first.Events) == 0 {
			continue
		}
		again := map[string]bool{}
		for _, e := range roundTrip(t, first.Events...).Events {
			again[essence(e)] = true
		}
		for _, e := range first.Events {
			if e.Kind == event.ConsentChanged && e.Derived {
				continue // is written as the customer's own choice, with another id
			}
			if !again[essence(e)] {
				t.Errorf("%s: lost %s", name, essence(e))
			}
		}
	}
}

// essence is what survives Writer and Adapter, as a line.
func essence(e event.Event) string {
	e.Derived = false
	e.ContactName = "" // statuses that failed name nobody
	if e.HasScore {
		e.Message.Type = "" // answers are written as a list's
	}
	if e.Kind == event.ContactLinked || e.Kind == event.LineChanged {
		e.ID = ""
	}
	if e.Kind == event.MessageStatus {
		if e.Status == event.StatusSent && e.Message.Template.Category == "" {
			e.Message.Template.Category = "service" // Meta prices every sent message
		}
		if e.Status == event.StatusFailed {
			e.Message.Template = event.Template{}
			if e.Alias != "" { // Meta names the phone only
				e.Contact, e.Alias = e.Alias, ""
			}
			if e.Error == "" {
				e.Error = "131000"
			}
		}
	}
	if e.Kind == event.SurveyAnswered || e.Kind == event.MessageReceived && e.HasScore {
		e.Conversation = ""
	}
	// An author without an id comes back by an echo, whose type is always said.
	if e.Kind == event.MessageSent && e.Message.Type == "" {
		e.Message.Type = "text"
	}
	return strings.TrimSpace(dump(&provider.Result{Events: []event.Event{e}}))
}

func TestWriterLines(t *testing.T) {
	at := time.Date(2026, 1, 1, 9, 0, 1, 0, time.UTC)
	for _, line := range []event.Line{
		{Event: "account_restriction", Restricted: 1},
		{Event: "account_restriction"},
		{Event: "disabled_update", Restricted: 1},
		{Event: "disabled_update", Restricted: -1},
		{Event: "disabled_update"},
		{Event: "account_deleted", Restricted: 1},
		{Event: "account_reconnected", Restricted: -1},
		{Event: "account_violation"},
		{Event: "account_alerts"},
		{Event: "phone_number_quality_update"}, {Event: "phone_number_flagged"}, {Event: "phone_number_unflagged"}, {Event: "phone_number_downgrade"},
		{Event: "phone_number_name_update"},
		{Event: "security"},
		{Event: "business_capability_update"},
		{Event: "template_category_update"},
		{Event: "message_template_quality_update"},
		{Event: "message_template_status_update", Template: "weekly_offer", TemplateState: "paused"},
		{Event: "message_template_status_update", Template: "weekly_offer:pt_BR", TemplateState: "approved"},
	} {
		res := roundTrip(t, event.Event{ID: "ev-1", Time: at, Kind: event.LineChanged, Line: line})
		if len(res.Events) != 1 || res.Events[0].Line != line || !res.Events[0].Time.Equal(at) || res.Events[0].Inbox != "" {
			t.Errorf("%+v became %s", line, dump(res))
		}
	}
}

func TestWriterLeavesOut(t *testing.T) {
	base := event.Event{ID: "ev-1", Time: received, Inbox: "300000000000001", Contact: "5511900000001"}
	var events []event.Event
	for _, k := range []event.Kind{
		event.ConversationOpened, event.ConversationAssigned, event.ConversationHandoff, event.ConversationHandback,
		event.ConversationPending, event.ConversationResolved, event.ConversationLabeled, event.ConversationMerged,
		event.AgentState, event.NoteAdded, event.LineChanged,
	} {
		e := base
		e.Kind = k
		events = append(events, e)
	}
	confirmed, mixed := base, base
	confirmed.Kind, confirmed.Consent = event.ConsentChanged, event.ConsentConfirmed
	mixed.Kind, mixed.Alias = event.ContactLinked, "BR.10000000000000000001"
	requests, err := mustWriter(t).Write(append(events, confirmed, mixed))
	if err != nil || len(requests) != 0 {
		t.Errorf("%d requests, %v", len(requests), err)
	}
}

func TestWriterRefuses(t *testing.T) {
	const phone = "5511900000001"
	good := event.Event{ID: "ev-1", Time: received, Kind: event.MessageReceived, Inbox: "300000000000001", Contact: phone}
	for name, change := range map[string]func(*event.Event){
		"inbox is missing":   func(e *event.Event) { e.Inbox = "" },
		"contact is missing": func(e *event.Event) { e.Contact = "" },
		"id is missing":      func(e *event.Event) { e.ID = "" },
	} {
		bad := good
		change(&bad)
		_, err := mustWriter(t).Write([]event.Event{good, bad})
		if !errors.Is(err, ErrEvent) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "event 2 of 2") || strings.Contains(err.Error(), phone) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := NewWriter(config.Source{}); !errors.Is(err, ErrConfig) {
		t.Errorf("without secret: %v", err)
	}
}

// TestWriterSplits: requests stay within Meta's bounds, and nothing is lost
// where one ends.
func TestWriterSplits(t *testing.T) {
	many := func(n int, text string) []event.Event {
		events := make([]event.Event, n)
		for i := range events {
			events[i] = event.Event{
				ID: fmt.Sprintf("wamid.%d", i), Time: received, Kind: event.MessageReceived,
				Inbox: "300000000000001", Contact: "5511900000001", Message: event.Message{Text: text},
			}
		}
		return events
	}
	for _, c := range []struct {
		n, requests int
		text        string
	}{
		{1000, 1, "oi"},
		{1001, 2, "oi"},
		{900, 2, strings.Repeat("á", 800)},
	} {
		events := many(c.n, c.text)
		requests, err := mustWriter(t).Write(events)
		if err != nil || len(requests) != c.requests {
			t.Fatalf("%d events: %d requests, %v", c.n, len(requests), err)
		}
		for _, r := range requests {
			if len(r.Body) > writeBytes {
				t.Errorf("body of %d bytes", len(r.Body))
			}
		}
		res := roundTrip(t, events...)
		if len(res.Events) != c.n {
			t.Fatalf("%d of %d came back", len(res.Events), c.n)
		}
		for i := range res.Events {
			if res.Events[i].ID != events[i].ID {
				t.Fatalf("event %d is %s", i, res.Events[i].ID)
			}
		}
	}
}

// TestWriterSharesEntries: messages have no entry.time, account-level fields
// do, so they cannot stand in one entry.
func TestWriterSharesEntries(t *testing.T) {
	base := event.Event{ID: "wamid.1", Time: received, Inbox: "300000000000001", Contact: "5511900000001"}
	message, consent := base, base
	message.Kind = event.MessageReceived
	consent.Kind, consent.Consent = event.ConsentChanged, event.ConsentOptedIn
	requests, err := mustWriter(t).Write([]event.Event{message, message, consent, message})
	if err != nil || len(requests) != 1 {
		t.Fatal(len(requests), err)
	}
	var body struct {
		Entry []struct {
			Time    *int64
			Changes []struct{ Field string }
		}
	}
	if err := json.Unmarshal(requests[0].Body, &body); err != nil {
		t.Fatal(err)
	}
	if len(body.Entry) != 3 || len(body.Entry[0].Changes) != 2 || body.Entry[0].Time != nil ||
		body.Entry[1].Time == nil || *body.Entry[1].Time != received.Unix() || body.Entry[1].Changes[0].Field != "user_preferences" ||
		body.Entry[2].Time != nil {
		t.Errorf("entries: %s", requests[0].Body)
	}
}

func TestWriterCountsAnswerOnce(t *testing.T) {
	answer := event.Event{
		ID: "wamid.1", Time: received, Kind: event.MessageReceived, Inbox: "300000000000001", Contact: "5511900000001",
		Score: 9, HasScore: true, Scale: 10, Survey: event.SurveyNPS, Message: event.Message{ID: "wamid.1", Text: "9", Type: "interactive"},
	}
	scored := answer
	scored.ID, scored.Kind = "wamid.1:survey", event.SurveyAnswered
	if res := roundTrip(t, answer, scored); len(res.Events) != 2 {
		t.Errorf("got:\n%s", dump(res))
	}
}
