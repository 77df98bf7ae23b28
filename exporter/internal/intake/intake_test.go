package intake_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/memory"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/providers"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

var (
	master = privacy.NewMaster([32]byte{3})
	at     = time.Date(2025, 3, 10, 9, 0, 0, 123, time.UTC)
)

func newIntake(t testing.TB, change func(*config.Config)) *intake.Intake {
	t.Helper()
	cfg := config.Default(config.Facts{})
	if change != nil {
		change(cfg)
	}
	in, err := intake.New(cfg, master, providers.KnownFailureCode)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func prepared(t testing.TB, in *intake.Intake, e event.Event) record.Event {
	t.Helper()
	// What was in dst before has to be gone.
	r := record.Event{Flags: ^record.Flags(0), Sealed: []byte("old"), KeyRef: record.KeyRef{Seq: 9}, Error: "old", Into: 9}
	in.Prepare(&e, &r)
	return r
}

func TestFlags(t *testing.T) {
	const none, closing, person = record.Flags(0), record.ClosingPhrase, record.AsksForPerson
	in := newIntake(t, nil)
	for _, tc := range []struct {
		text string
		want record.Flags
	}{
		{"", none},
		{"   ", none},
		// Portuguese
		{"obrigado", closing},
		{"Obrigada!!!", closing},
		{"muito obrigado pela ajuda", closing},
		{"ok, valeu", closing},
		{"OBRIGADOOO 🙏", closing},
		{"obrigado, mas ainda não chegou", none},
		{"obrigado por nada, quero meu dinheiro", none},
		{"quero falar com um atendente", person},
		{"Posso falar com alguém?", person},
		{"atendente por favor", person},
		{"preciso de uma pessoa", person},
		{"quero falar com a transportadora", none},
		{"a atendente de ontem foi ótima", none},
		{"onde está meu pedido", none},
		// Spanish
		{"gracias", closing},
		{"¡Muchas gracias!", closing},
		{"mil gracias por tu ayuda", closing},
		{"gracias pero no funciona", none},
		{"quiero hablar con una persona", person},
		{"páseme con un supervisor", person},
		{"necesito un agente", person},
		{"¿dónde está mi pedido?", none},
		// English
		{"thanks", closing},
		{"Thank you so much for your help!", closing},
		{"ty", closing},
		{"thanks, but it still does not work", none},
		{"I want to speak to a human", person},
		{"can I talk with someone", person},
		{"get me a manager", person},
		{"agent please", person},
		{"the agent was great", none},
		{"where is my order", none},
		// everywhere
		{"👍", closing},
		{"👍🏽", closing},
		{"❤️", closing},
		{"👎", none},
	} {
		got := prepared(t, in, event.Event{Kind: event.MessageReceived, Message: event.Message{Text: tc.text}}).Flags &^ (placed | felt)
		if got != tc.want {
			t.Errorf("%q has flags %b, want %b", tc.text, got, tc.want)
		}
	}
}

// felt are the flags of sentiment, which TestSentiment looks at.
const felt = record.Classified | record.Negative | record.Positive

// TestSentiment: only what a customer writes has one; its language is what it
// shows, else what the contact wrote in before, else the inbox's.
func TestSentiment(t *testing.T) {
	in := newIntake(t, func(c *config.Config) {
		c.Sources = []config.Source{{Name: "desk", Language: "en", Inboxes: []config.Inbox{{ID: "es", Language: "es"}}}}
	})
	for _, c := range []struct {
		e    event.Event
		want record.Flags
	}{
		{event.Event{Message: event.Message{Text: "onde está meu pedido?"}}, record.Classified},
		{event.Event{Message: event.Message{Text: "péssimo, ninguém responde"}}, record.Classified | record.Negative},
		{event.Event{Message: event.Message{Text: "me encantó, gracias"}}, record.Classified | record.Positive},
		{event.Event{Message: event.Message{Type: "image"}}, 0},
		{event.Event{Kind: event.MessageSent, Actor: event.ActorHuman, Message: event.Message{Text: "péssimo"}}, 0},
		// What shows no language is in the inbox's.
		{event.Event{Source: "desk", Inbox: "es", Contact: "2", Message: event.Message{Text: "mal"}}, record.Classified | record.Negative},
		// Whoever wrote Portuguese still does.
		{event.Event{Source: "desk", Contact: "3", Message: event.Message{Text: "bom dia, gostaria de saber do meu pedido"}}, record.Classified},
		{event.Event{Source: "desk", Contact: "3", Message: event.Message{Text: "pessimo"}}, record.Classified | record.Negative},
	} {
		if c.e.Kind == event.KindInvalid {
			c.e.Kind = event.MessageReceived
		}
		if got := prepared(t, in, c.e).Flags & felt; got != c.want {
			t.Errorf("%q: flags %b, want %b", c.e.Message.Text, got, c.want)
		}
	}
	off := newIntake(t, func(c *config.Config) { c.Sentiment.Enabled = false })
	if got := prepared(t, off, event.Event{Kind: event.MessageReceived, Message: event.Message{Text: "péssimo"}}).Flags & felt; got != 0 {
		t.Errorf("turned off: flags %b", got)
	}
}

// placed are the flags of a request type by text, which TestPlace looks at.
const placed = record.TypeByText | record.Greets

// TestPlace: a text is placed where the provider has not, and only a customer's.
func TestPlace(t *testing.T) {
	in := newIntake(t, nil)
	for _, c := range []struct {
		e    event.Event
		typ  string
		flag record.Flags
	}{
		{event.Event{Message: event.Message{Text: "onde está meu pedido?"}}, "delivery", record.TypeByText},
		{event.Event{Message: event.Message{Text: "quiero hablar con una persona"}}, "agent", record.TypeByText},
		{event.Event{Message: event.Message{Text: "good morning"}}, "greeting", placed},
		{event.Event{Message: event.Message{Text: "xyz"}}, "", 0},
		{event.Event{Message: event.Message{Type: "image"}}, "", 0},
		{event.Event{RequestType: "invoice", Message: event.Message{Text: "onde está meu pedido?"}}, "invoice", 0},
		{event.Event{Kind: event.MessageSent, Actor: event.ActorHuman, Message: event.Message{Text: "onde está seu pedido?"}}, "", 0},
	} {
		if c.e.Kind == event.KindInvalid {
			c.e.Kind = event.MessageReceived
		}
		if got := prepared(t, in, c.e); got.RequestType != c.typ || got.Flags&placed != c.flag {
			t.Errorf("%q: %q, flags %b", c.e.Message.Text, got.RequestType, got.Flags)
		}
	}
}

// Only what a customer says is looked at.
func TestFlagsOfCustomersOnly(t *testing.T) {
	in := newIntake(t, nil)
	for k := event.KindInvalid + 1; k.Valid(); k++ {
		got := prepared(t, in, event.Event{Kind: k, Message: event.Message{Text: "obrigado"}}).Flags &^ (placed | felt)
		if want := k == event.MessageReceived; (got == record.ClosingPhrase) != want || !want && got != 0 {
			t.Errorf("%s has flags %b", k, got)
		}
	}
}

func TestPatternsOfTheConfiguration(t *testing.T) {
	in := newIntake(t, func(c *config.Config) {
		c.Conversations.ClosingPatterns = []string{"ciao"}
		c.Escalations.RequestPhrases = nil
	})
	for text, want := range map[string]record.Flags{
		"Ciao!": record.ClosingPhrase, "ciao ragazzi": 0, "obrigado": 0, "quero falar com um atendente": 0,
	} {
		if got := prepared(t, in, event.Event{Kind: event.MessageReceived, Message: event.Message{Text: text}}).Flags &^ (placed | felt); got != want {
			t.Errorf("%q has flags %b, want %b", text, got, want)
		}
	}
	for name, change := range map[string]func(*config.Config){
		"conversations.closing_patterns": func(c *config.Config) { c.Conversations.ClosingPatterns = []string{"("} },
		"escalations.request_phrases":    func(c *config.Config) { c.Escalations.RequestPhrases = []string{"ok", "[z-a]"} },
	} {
		cfg := config.Default(config.Facts{})
		change(cfg)
		if _, err := intake.New(cfg, master, providers.KnownFailureCode); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("a broken pattern of %s: %v", name, err)
		}
	}
}

func TestFailureCodes(t *testing.T) {
	in := newIntake(t, nil)
	spec, _ := providers.Lookup("meta")
	if len(spec.FailureCodes) == 0 {
		t.Fatal("no documented codes")
	}
	for _, code := range spec.FailureCodes {
		if got := prepared(t, in, event.Event{Kind: event.MessageStatus, Status: event.StatusFailed, Error: code}).Error; got != code {
			t.Errorf("documented code %s became %q", code, got)
		}
	}
	for _, tc := range []struct {
		kind   event.Kind
		status event.Status
		code   string
		want   string
	}{
		{event.MessageStatus, event.StatusFailed, "something +5511900000001 else", "other"},
		{event.MessageStatus, event.StatusFailed, "", "other"},
		{event.MessageStatus, event.StatusDelivered, spec.FailureCodes[0], ""},
		{event.MessageReceived, event.StatusNone, "unsupported", ""},
	} {
		if got := prepared(t, in, event.Event{Kind: tc.kind, Status: tc.status, Error: tc.code}).Error; got != tc.want {
			t.Errorf("%s %s %q became %q, want %q", tc.kind, tc.status, tc.code, got, tc.want)
		}
	}
}

func TestContacts(t *testing.T) {
	in := newIntake(t, nil)
	key := func(source, contact string) record.Key {
		return prepared(t, in, event.Event{Source: source, Kind: event.MessageReceived, Contact: contact}).Contact
	}
	one := key("desk", "+5511900000001")
	for _, same := range []string{"5511900000001", "+55 11 90000-0001", "+55 (11) 90000.0001", " 5511900000001 "} {
		if key("desk", same) != one {
			t.Errorf("%q is another contact than +5511900000001", same)
		}
	}
	for _, other := range []struct{ source, contact string }{
		{"desk", "+5511900000002"}, {"other", "+5511900000001"}, {"desk", "BR.5511900000001"}, {"desk", "5511900000001x"},
	} {
		if key(other.source, other.contact) == one {
			t.Errorf("%q of %s is the same contact as +5511900000001 of desk", other.contact, other.source)
		}
	}
	if key("desk", "") != (record.Key{}) {
		t.Error("no contact has a key")
	}
	linked := prepared(t, in, event.Event{Source: "desk", Kind: event.ContactLinked, Contact: "BR.1", Alias: "5511900000001"})
	if linked.Alias != one || linked.Contact != key("desk", "BR.1") {
		t.Error("an alias has another key than the contact that it names")
	}
	if r := prepared(t, in, event.Event{Source: "desk", Kind: event.MessageReceived, Contact: "1"}); r.Alias != (record.Key{}) || r.Message != 0 || r.Into != 0 {
		t.Errorf("what is not there has hashes: %+v", r)
	}
}

func TestPrepare(t *testing.T) {
	in := newIntake(t, nil)
	e := event.Event{
		ID: "id-1", Time: at, Kind: event.SurveyAnswered, Source: "desk", Inbox: "i1", Contact: "BR.1", Actor: event.ActorHuman,
		Agent:   event.Agent{ID: "a1", Name: "Agent One", Team: "support", Capacity: 5},
		Message: event.Message{ID: "m1", Type: "image", Template: event.Template{Name: "tpl", Category: "utility"}},
		Status:  event.StatusRead, State: event.PresenceAway, Score: 4, HasScore: true, Scale: 5, Survey: event.SurveyNPS,
		Consent: event.ConsentOptedOut, RequestType: "billing", Labels: []string{"vip", "late"}, Reason: "why", Into: "c2", Derived: true,
		Line: event.Line{Event: "not of this kind", Restricted: 1, Template: "x", TemplateState: "y"},
	}
	want := record.Event{
		Dedup: record.DedupHash("desk", "id-1"), Time: at.UnixNano(), Kind: e.Kind, Derived: true, Source: "desk", Inbox: "i1",
		Contact: master.Contact("desk", "BR.1"), Actor: e.Actor, Agent: record.Agent{ID: "a1", Name: "Agent One", Team: "support", Capacity: 5},
		Message: record.DedupHash("desk", "m1"), MessageType: event.MessageTypeIndex("image"), TemplateName: "tpl", TemplateCategory: "utility",
		Status: e.Status, State: e.State, Score: 4, HasScore: true, Scale: 5, Survey: e.Survey, Consent: e.Consent,
		RequestType: "billing", Labels: e.Labels, Reason: "why", Into: record.DedupHash("desk", "c2"),
	}
	if got := prepared(t, in, e); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	e.Agent.Capacity = -1
	if got := prepared(t, in, e).Agent.Capacity; got != 0 {
		t.Errorf("a negative capacity became %d", got)
	}
	line := prepared(t, in, event.Event{
		ID: "id-2", Time: at, Kind: event.LineChanged, Source: "desk", Inbox: "i1",
		Line: event.Line{Event: "account_restriction", Restricted: -1, Template: "tpl", TemplateState: "paused"},
	})
	if line.LineEvent != "account_restriction" || line.LineRestricts != -1 || line.TemplateName != "tpl" || line.LineState != "paused" {
		t.Errorf("a change of the line became %+v", line)
	}
}

// Nothing personal stands in a record but what is sealed.
func TestNothingPersonalInClear(t *testing.T) {
	in := newIntake(t, nil)
	ring, err := privacy.OpenKeyring(t.Context(), memory.New(memory.Options{}).Keys(), master, privacy.KeyringOptions{})
	if err != nil {
		t.Fatal(err)
	}
	secrets := []string{
		"quero falar com um atendente sobre o diagnostico", "Contact Name", "+5511900000001", "5511900000001", "11900000001", "BR.900000001",
		"wamid.SECRET", "wamid.REPLY", "thread-900000001", "thread-900000002", "131026 to 5511900000001",
	}
	base := event.Event{
		Time: at, Source: "desk", Inbox: "i1", Contact: "+5511900000001", Alias: "BR.900000001", ContactName: "Contact Name",
		Conversation: "thread-900000001", Into: "thread-900000002", Error: "131026 to 5511900000001",
		Agent: event.Agent{ID: "a1", Name: "Agent One", Team: "support"}, Status: event.StatusFailed,
		Message: event.Message{ID: "wamid.SECRET", ReplyTo: "wamid.REPLY", Text: secrets[0], Type: "text"},
	}
	var c record.Commit
	b := record.Batch{Kind: record.KindEvents, Received: at.UnixNano()}
	var keys []*privacy.Key
	for k := event.KindInvalid + 1; k.Valid(); k++ {
		e := base
		e.ID, e.Kind = "wamid.SECRET-"+k.String(), k
		r := prepared(t, in, e)
		p := intake.PersonalOf(&e)
		key := ring.Key(r.Contact)
		r.Sealed = key.Seal(nil, p.Append(nil))
		keys = append(keys, key)
		b.Events = append(b.Events, r)
	}
	if err := ring.Flush(t.Context(), keys); err != nil {
		t.Fatal(err)
	}
	for i := range b.Events {
		b.Events[i].KeyRef, _ = keys[i].Ref()
	}
	c.Batches = []record.Batch{b}
	encoded := record.AppendCommit(nil, &c)
	for _, s := range secrets {
		for _, form := range []string{s, strings.ToLower(s), strings.TrimPrefix(s, "+")} {
			if bytes.Contains(bytes.ToLower(encoded), []byte(strings.ToLower(form))) {
				t.Errorf("%q stands in the record", form)
			}
		}
	}
	if !bytes.Contains(encoded, []byte("support")) {
		t.Error("what is not personal is not in the record either: the search finds nothing at all")
	}
	// And it is all there for who has the key.
	var dec record.Decoder
	var back record.Commit
	if err := dec.Decode(encoded, &back); err != nil {
		t.Fatal(err)
	}
	for _, r := range back.Batches[0].Events {
		plain, err := ring.Open(t.Context(), r.KeyRef, r.Sealed)
		if err != nil {
			t.Fatal(err)
		}
		p, err := intake.DecodePersonal(plain)
		if err != nil || p != intake.PersonalOf(&base) {
			t.Errorf("%s: opened %+v, %v", r.Kind, p, err)
		}
	}
}
