package event

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// with gives the event of a message as JSON, with fields replaced or added;
// "" removes one.
func with(fields ...string) string {
	order := []string{"id", "time", "kind", "inbox", "contact"}
	values := map[string]string{
		"id": `"e1"`, "time": `"2026-01-02T03:04:05Z"`, "kind": `"message.sent"`, "inbox": `"main"`, "contact": `"+5511900000001"`,
	}
	for i := 0; i < len(fields); i += 2 {
		if _, ok := values[fields[i]]; !ok {
			order = append(order, fields[i])
		}
		values[fields[i]] = fields[i+1]
	}
	var parts []string
	for _, name := range order {
		if values[name] != "" {
			parts = append(parts, fmt.Sprintf("%q: %s", name, values[name]))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// base is what with() says.
func base() Event {
	return Event{ID: "e1", Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Kind: MessageSent, Inbox: "main", Contact: "+5511900000001"}
}

func TestDecodeFields(t *testing.T) {
	received := time.Date(2026, 1, 2, 3, 4, 6, 500, time.UTC)
	for _, c := range []struct {
		name string
		body string
		want func(*Event)
	}{
		{"least", with(), func(*Event) {}},
		{"time zone and fraction", with("time", `"2026-01-02T00:04:05.123456789-03:00"`), func(e *Event) { e.Time = e.Time.Add(123456789) }},
		{"whatsapp is the empty channel", with("channel", `"whatsapp"`), func(*Event) {}},
		{"other channel", with("channel", `"webchat"`), func(e *Event) { e.Channel = "webchat" }},
		{"optional fields may be empty", with("contact_name", `""`, "reason", `""`, "labels", `[]`, "agent", `{}`, "message", `{"template":{}}`), func(*Event) {}},
		{"names and ids", with("contact_name", `"Example"`, "conversation", `"c-1"`, "alias", `"BR.1"`, "into", `"c-2"`, "request_type", `"billing"`), func(e *Event) {
			e.ContactName, e.Conversation, e.Alias, e.Into, e.RequestType = "Example", "c-1", "BR.1", "c-2", "billing"
		}},
		{"message", with("message", `{"id":"m1","type":"template","text":"Ol\u00e1\n\"você\" \ud83d\ude00","reply_to":"m0","template":{"name":"hello","category":"utility"}}`), func(e *Event) {
			e.Message = Message{ID: "m1", Type: "template", Text: "Olá\n\"você\" 😀", ReplyTo: "m0", Template: Template{Name: "hello", Category: "utility"}}
		}},
		{"half an emoji is mended", with("message", `{"text":"a\ud83d b\udE00\\ud83d \ud83d\n\ud83d\u0041"}`), func(e *Event) {
			e.Message.Text = "a\ufffd b\ufffd\\ud83d \ufffd\n\ufffdA"
		}},
		{"agent makes a person of the sender", with("agent", `{"id":"a1","name":"Agent One","team":"support","capacity":5}`), func(e *Event) {
			e.Actor, e.Agent = ActorHuman, Agent{ID: "a1", Name: "Agent One", Team: "support", Capacity: 5}
		}},
		{"unless something else is said", with("agent", `{"id":"a1"}`, "actor", `"unknown"`), func(e *Event) { e.Agent.ID = "a1" }},
		{"bot", with("agent", `{"id":"a1"}`, "actor", `"bot"`), func(e *Event) { e.Actor, e.Agent.ID = ActorBot, "a1" }},
		{"a team alone says nothing of the sender", with("agent", `{"team":"support"}`), func(e *Event) { e.Agent.Team = "support" }},
		{"resolved by an agent", with("kind", `"conversation.resolved"`, "agent", `{"id":"a1"}`), func(e *Event) { e.Kind, e.Actor, e.Agent.ID = ConversationResolved, ActorHuman, "a1" }},
		{"assigned to an agent", with("kind", `"conversation.assigned"`, "agent", `{"id":"a1"}`), func(e *Event) { e.Kind, e.Agent.ID = ConversationAssigned, "a1" }},
		{"customers write what is received", with("kind", `"message.received"`), func(e *Event) { e.Kind, e.Actor = MessageReceived, ActorCustomer }},
		{"and may be named", with("kind", `"message.received"`, "actor", `"customer"`), func(e *Event) { e.Kind, e.Actor = MessageReceived, ActorCustomer }},
		{"status", with("kind", `"message.status"`, "status", `"failed"`, "error", `"131047"`), func(e *Event) { e.Kind, e.Status, e.Error = MessageStatus, StatusFailed, "131047" }},
		{"score 0", with("kind", `"survey.answered"`, "score", `0`, "scale", `10`, "survey", `"nps"`), func(e *Event) {
			e.Kind, e.HasScore, e.Scale, e.Survey = SurveyAnswered, true, 10, SurveyNPS
		}},
		{"score with a fraction", with("kind", `"survey.answered"`, "score", `4.35e0`), func(e *Event) { e.Kind, e.HasScore, e.Score = SurveyAnswered, true, 4.35 }},
		{"consent", with("kind", `"consent.changed"`, "consent", `"opted_out"`), func(e *Event) { e.Kind, e.Consent = ConsentChanged, ConsentOptedOut }},
		{"labels", with("kind", `"conversation.labeled"`, "labels", `["sale","vip"]`), func(e *Event) { e.Kind, e.Labels = ConversationLabeled, []string{"sale", "vip"} }},
		{"merged", with("kind", `"conversation.merged"`), func(e *Event) { e.Kind = ConversationMerged }},
		{"linked", with("kind", `"contact.linked"`, "alias", `"BR.1"`), func(e *Event) { e.Kind, e.Alias = ContactLinked, "BR.1" }},
		{"handoff", with("kind", `"conversation.handoff"`, "reason", `"asked"`), func(e *Event) { e.Kind, e.Reason = ConversationHandoff, "asked" }},
		{"presence", with("kind", `"agent.state"`, "inbox", "", "contact", "", "agent", `{"id":"a1"}`, "state", `"away"`), func(e *Event) {
			*e = Event{ID: e.ID, Time: e.Time, Kind: AgentState, Agent: Agent{ID: "a1"}, State: PresenceAway}
		}},
		{"line", with("kind", `"line.changed"`, "contact", "", "reason", `"phone_number_quality_update"`), func(e *Event) {
			e.Kind, e.Contact, e.Line.Event = LineChanged, "", "phone_number_quality_update"
		}},
		{"line restricted", with("kind", `"line.changed"`, "contact", "", "reason", `"ban"`, "state", `"restricted"`), func(e *Event) {
			e.Kind, e.Contact, e.Line = LineChanged, "", Line{Event: "ban", Restricted: 1}
		}},
		{"line free again", with("kind", `"line.changed"`, "contact", "", "reason", `"ban"`, "state", `"unrestricted"`), func(e *Event) {
			e.Kind, e.Contact, e.Line = LineChanged, "", Line{Event: "ban", Restricted: -1}
		}},
		{"template", with("kind", `"line.changed"`, "contact", "", "reason", `"template"`, "state", `"restricted"`, "message", `{"template":{"name":"hello","category":"utility"}}`), func(e *Event) {
			e.Kind, e.Contact, e.Line = LineChanged, "", Line{Event: "template", Template: "hello", TemplateState: "restricted"}
			e.Message.Template.Category = "utility"
		}},
		{"source and received are not the sender's to say", with("source", `"desk"`, "received", `"2026-01-02T03:04:06Z"`), func(*Event) {}},
		{"whatever they hold", with("source", `[1]`, "received", `"now"`), func(*Event) {}},
		{"escaped name", strings.Replace(with(), `"inbox"`, `"\u0069nbox"`, 1), func(*Event) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := base()
			c.want(&want)
			got, err := Decode([]byte(c.body), nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != 1 || !reflect.DeepEqual(got[0], want) {
				t.Errorf("got\n%+v\nwant\n%+v", got, want)
			}
		})
	}
	got, err := Options{AllowSource: true}.Decode([]byte(with("source", `"desk"`, "received", `"2026-01-02T03:04:06.0000005Z"`)), nil)
	if err != nil || got[0].Source != "desk" || got[0].Received != received {
		t.Errorf("replay: %v %+v", err, got)
	}
}

func TestDecodeForms(t *testing.T) {
	a, b := with("id", `"a"`), with("id", `"b"`)
	for _, c := range []struct {
		name, body, want string
	}{
		{"object", a, "a"},
		{"lines", a + "\n" + b + "\n", "ab"},
		{"lines with carriage returns", a + "\r\n" + b + "\r\n\r\n", "ab"},
		{"no space between", a + b, "ab"},
		{"array", " [ " + a + " , " + b + " ] \n", "ab"},
		{"array of one", "[" + a + "]", "a"},
		{"empty array", "[ ]", ""},
		{"byte order mark", "\ufeff" + a, "a"},
		{"indented", strings.ReplaceAll(a, ", ", ",\n\t"), "a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Decode([]byte(c.body), []Event{{ID: "before"}})
			if err != nil {
				t.Fatal(err)
			}
			ids := ""
			for _, e := range got {
				ids += e.ID
			}
			if ids != "before"+c.want {
				t.Errorf("got %s", ids)
			}
		})
	}
}

// TestDecodeErrors: the exact words, and nothing kept of the body.
func TestDecodeErrors(t *testing.T) {
	ok := with()
	long := func(n int) string { return `"` + strings.Repeat("x", n) + `"` }
	for _, c := range []struct {
		name, body, want string
	}{
		{"empty", "", "the body is empty: send an event, an array of events, or one event a line"},
		{"white space", " \n\t", "the body is empty: send an event, an array of events, or one event a line"},
		{"number", "17", "event 1: is not a JSON object"},
		{"string in array", `[` + ok + `, "x"]`, "event 2: is not a JSON object"},
		{"array in array", `[[` + ok + `]]`, "event 1: is not a JSON object"},
		{"array after object", ok + `[` + ok + `]`, "event 2: is not a JSON object"},
		{"comma between objects", ok + "," + ok, "event 2: is not a JSON object"},
		{"trailing comma", `[` + ok + `,]`, "event 2: is not a JSON object"},
		{"ends after comma", `[` + ok + `,`, "event 2: is cut off: the JSON ends in the middle of it"},
		{"missing comma", `[` + ok + ` ` + ok + `]`, "event 1: is not followed by a comma or the end of its array"},
		{"array not closed", `[` + ok, "the array of events is not closed: the JSON was cut off"},
		{"only a bracket", `[`, "the array of events is not closed: the JSON was cut off"},
		{"something behind the array", `[` + ok + `]` + ok, "something follows the array of events: send one array, or objects without an array"},
		{"truncated", ok + "\n" + ok[:40], "event 2: is cut off: the JSON ends in the middle of it"},
		{"truncated in an escape", ok[:len(ok)-3] + `\`, "event 1: is cut off: the JSON ends in the middle of it"},
		{"no closing quote", `{"id": "e1`, "event 1: is cut off: the JSON ends in the middle of it"},
		{"single quotes", `{'id': 'e1'}`, "event 1: is not valid JSON"},
		{"comment", `{/* no */}`, "event 1: is not valid JSON"},
		{"wrong brackets", `{"labels": [}`, "event 1: is cut off: the JSON ends in the middle of it"},
		{"crossed brackets", `{"labels": [}]`, "event 1: is not valid JSON"},
		{"line break in a string", with("reason", "\"a\nb\""), "event 1: is not valid JSON: a string holds a control character that is not escaped"},
		{"before an escape too", with("reason", "\"a\x01b\\n\""), "event 1: is not valid JSON: a string holds a control character that is not escaped"},
		{"wrong escape", with("reason", `"\x41"`), "event 1: is not valid JSON"},
		{"short escape", with("reason", `"\u00"`), "event 1: is not valid JSON"},
		{"leading zero", with("score", `01`), "event 1: is not valid JSON"},
		{"NaN", with("score", `NaN`), "event 1: is not valid JSON"},
		{"infinity", with("score", `-Infinity`), "event 1: is not valid JSON"},
		{"invalid UTF-8", with("reason", "\"a\xffb\""), "event 1: field reason is not valid UTF-8"},
		{"invalid UTF-8 in a label", with("labels", "[\"a\xc3\"]"), "event 1: field labels is not valid UTF-8"},
		{"invalid UTF-8 in a name", strings.Replace(ok, `"inbox"`, "\"in\xffbox\"", 1), `event 1: field "in\xffbox" is not a field of an event`},
		{"invalid UTF-8 in what is ignored", with("source", "\"a\xff\""), "event 1: is not valid UTF-8"},
		{"deep", with("labels", strings.Repeat("[", 100)+strings.Repeat("]", 100)), "event 1: is nested deeper than any event"},
		{"deeper than the body is long", `{"a":` + strings.Repeat("[", 5000), "event 1: is nested deeper than any event"},
		{"many values", with("labels", "["+strings.Repeat("1,", 600)+"1]"), "event 1: has more values than any event"},
		{"large", with("message", `{"text": `+long(1<<20)+`}`), "event 1: is larger than 1 MiB"},
		{"large and cut off", `{"id": "` + strings.Repeat("x", 1<<21), "event 1: is larger than 1 MiB"},

		{"unknown field", with("adres", `1`), "event 1: field adres is not a field of an event"},
		{"names are case-sensitive", with("Reason", `"a"`), "event 1: field Reason is not a field of an event"},
		{"empty name", `{"": 1}`, `event 1: field "" is not a field of an event`},
		{"unknown field of agent", with("agent", `{"id":"a","phone":"1"}`), "event 1: field agent.phone is not a field of an event"},
		{"unknown field of message", with("message", `{"body":"1"}`), "event 1: field message.body is not a field of an event"},
		{"unknown field of template", with("message", `{"template":{"language":"pt"}}`), "event 1: field message.template.language is not a field of an event"},
		{"long name", with(strings.Repeat("n", 100), `1`), `event 1: field "` + strings.Repeat("n", 64) + `"… is not a field of an event`},
		{"name with line break", `{"a\nb":1}`, `event 1: field "a\nb" is not a field of an event`},
		{"given twice", ok[:len(ok)-1] + `, "inbox": "other"}`, "event 1: field inbox is given twice"},
		{"given twice, once escaped", ok[:len(ok)-1] + `, "\u0069d": "e2"}`, "event 1: field id is given twice"},
		{"ignored one given twice", with("source", `1`)[:len(with("source", `1`))-1] + `, "source": 2}`, "event 1: field source is given twice"},
		{"agent's given twice", with("agent", `{"id":"a","id":"b"}`), "event 1: field agent.id is given twice"},
		{"agent given twice", with("agent", `{"id":"a"}`)[:len(with("agent", `{"id":"a"}`))-1] + `, "agent": {}}`, "event 1: field agent is given twice"},

		{"id missing", with("id", ""), "event 1: field id is missing or empty; message.sent needs it"},
		{"id empty", with("id", `""`), "event 1: field id is missing or empty; message.sent needs it"},
		{"id is a number", with("id", `7`), "event 1: field id has to be a string, not a number"},
		{"id long", with("id", long(257)), "event 1: field id is longer than 256 bytes"},
		{"time missing", with("time", ""), "event 1: field time is missing or empty; message.sent needs it"},
		{"time is Unix", with("time", `1767225600`), "event 1: field time has to be a string, not a number"},
		{"time without zone", with("time", `"2026-01-02T03:04:05"`), `event 1: field time is not an RFC 3339 time such as "2026-01-02T15:04:05.678Z"`},
		{"time with space", with("time", `"2026-01-02 03:04:05Z"`), `event 1: field time is not an RFC 3339 time such as "2026-01-02T15:04:05.678Z"`},
		{"time with a short hour", with("time", `"2026-01-02T3:04:05Z"`), `event 1: field time is not an RFC 3339 time such as "2026-01-02T15:04:05.678Z"`},
		{"time with a comma", with("time", `"2026-01-02T03:04:05,5Z"`), `event 1: field time is not an RFC 3339 time such as "2026-01-02T15:04:05.678Z"`},
		{"time with an empty fraction", with("time", `"2026-01-02T03:04:05.Z"`), `event 1: field time is not an RFC 3339 time such as "2026-01-02T15:04:05.678Z"`},
		{"time with a short zone", with("time", `"2026-01-02T03:04:05+0300"`), `event 1: field time is not an RFC 3339 time such as "2026-01-02T15:04:05.678Z"`},
		{"time with hour 24", with("time", `"2026-01-02T24:00:00Z"`), `event 1: field time is not an RFC 3339 time such as "2026-01-02T15:04:05.678Z"`},
		{"no such day", with("time", `"2026-02-30T03:04:05Z"`), `event 1: field time is not an RFC 3339 time such as "2026-01-02T15:04:05.678Z"`},
		{"time too early", with("time", `"1999-12-31T23:59:59Z"`), "event 1: field time is not between the years 2000 and 2200"},
		{"time too late", with("time", `"2200-01-01T00:00:00Z"`), "event 1: field time is not between the years 2000 and 2200"},
		{"kind missing", with("kind", ""), "event 1: field kind is missing or empty; every event needs it"},
		{"kind unknown", with("kind", `"message.recieved"`), "event 1: field kind is unknown: message.recieved"},
		{"kind long", with("kind", long(100)), `event 1: field kind is unknown: "` + strings.Repeat("x", 64) + `"…`},
		{"kind null", with("kind", `null`), "event 1: field kind has to be a string, not null; leave it out instead"},
		{"inbox missing", with("inbox", ""), "event 1: field inbox is missing or empty; message.sent needs it"},
		{"contact missing", with("contact", ""), "event 1: field contact is missing or empty; message.sent needs it"},
		{"contact is an object", with("contact", `{"phone":"1"}`), "event 1: field contact has to be a string, not an object"},
		{"contact long", with("contact", long(257)), "event 1: field contact is longer than 256 bytes"},
		{"inbox long", with("inbox", long(257)), "event 1: field inbox is longer than 256 bytes"},
		{"name long", with("contact_name", long(257)), "event 1: field contact_name is longer than 256 bytes"},
		{"text long", with("message", `{"text":`+long(MaxText+1)+`}`), "event 1: field message.text is longer than 65536 bytes"},
		{"template long", with("message", `{"template":{"name":`+long(513)+`}}`), "event 1: field message.template.name is longer than 512 bytes"},
		{"agent long", with("agent", `{"id":`+long(257)+`}`), "event 1: field agent.id is longer than 256 bytes"},
		{"text is a boolean", with("message", `{"text":true}`), "event 1: field message.text has to be a string, not a boolean"},
		{"message is a string", with("message", `"hi"`), "event 1: field message has to be an object, not a string"},
		{"template is null", with("message", `{"template":null}`), "event 1: field message.template has to be an object, not null; leave it out instead"},
		{"capacity has a fraction", with("agent", `{"capacity":1.5}`), "event 1: field agent.capacity has to be a whole number"},
		{"capacity is negative", with("agent", `{"capacity":-1}`), "event 1: field agent.capacity has to be a number from 0 to 1000000 of at most 64 characters"},
		{"actor", with("actor", `"agent"`), "event 1: field actor has to be one of unknown, customer, human, bot, system"},
		{"a bot's message is not received", with("kind", `"message.received"`, "actor", `"bot"`), "event 1: field actor has to be customer, or be left out, in message.received"},
		{"nor an unknown one's", with("kind", `"message.received"`, "actor", `"unknown"`), "event 1: field actor has to be customer, or be left out, in message.received"},
		{"status unknown", with("status", `"seen"`), "event 1: field status has to be one of sent, delivered, read, failed"},
		{"status empty", with("kind", `"message.status"`, "status", `""`), "event 1: field status has to be one of sent, delivered, read, failed"},
		{"status missing", with("kind", `"message.status"`), "event 1: field status is missing or empty; message.status needs it"},
		{"score missing", with("kind", `"survey.answered"`), "event 1: field score is missing or empty; survey.answered needs it"},
		{"score is a string", with("score", `"5"`), "event 1: field score has to be a number, not a string"},
		{"score huge", with("score", `1e999`), "event 1: field score has to be a number from 0 to 1000000 of at most 64 characters"},
		{"score long", with("score", `1`+strings.Repeat("0", 5000)), "event 1: field score has to be a number from 0 to 1000000 of at most 64 characters"},
		{"score negative", with("score", `-1`), "event 1: field score has to be a number from 0 to 1000000 of at most 64 characters"},
		{"scale zero", with("scale", `0`), "event 1: field scale has to be above 0"},
		{"survey", with("survey", `"ces"`), "event 1: field survey has to be one of csat, nps"},
		{"consent", with("consent", `"yes"`), "event 1: field consent has to be one of opted_in, confirmed, opted_out"},
		{"consent missing", with("kind", `"consent.changed"`), "event 1: field consent is missing or empty; consent.changed needs it"},
		{"alias missing", with("kind", `"contact.linked"`), "event 1: field alias is missing or empty; contact.linked needs it"},
		{"labels is a string", with("labels", `"vip"`), "event 1: field labels has to be an array of strings, not a string"},
		{"label is a number", with("labels", `["vip",1]`), "event 1: field labels has to be a string, not a number"},
		{"label empty", with("labels", `["vip",""]`), "event 1: field labels holds an empty label"},
		{"label long", with("labels", `[`+long(257)+`]`), "event 1: field labels is longer than 256 bytes"},
		{"labels many", with("labels", `[`+strings.Repeat(`"l",`, 50)+`"l"]`), "event 1: field labels holds more than 50 labels"},
		{"state of a message", with("state", `"away"`), "event 1: field state belongs to agent.state and line.changed only"},
		{"agent.state without state", with("kind", `"agent.state"`, "agent", `{"id":"a1"}`), "event 1: field state is missing or empty; agent.state needs it"},
		{"agent.state with another", with("kind", `"agent.state"`, "agent", `{"id":"a1"}`, "state", `"busy"`), "event 1: field state has to be one of available, away, offline"},
		{"agent.state without agent", with("kind", `"agent.state"`, "state", `"away"`), "event 1: field agent.id is missing or empty; agent.state needs it"},
		{"line.changed without inbox", with("kind", `"line.changed"`, "inbox", "", "reason", `"ban"`), "event 1: field inbox is missing or empty; line.changed needs it"},
		{"line.changed without reason", with("kind", `"line.changed"`), "event 1: field reason is missing or empty; line.changed needs it"},
		{"line.changed with another state", with("kind", `"line.changed"`, "reason", `"ban"`, "state", `"paused"`), "event 1: field state has to be restricted or unrestricted where message.template.name is not given"},
		{"third event", ok + ok + with("id", ""), "event 3: field id is missing or empty; message.sent needs it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := []Event{{ID: "before"}}
			got, err := Decode([]byte(c.body), before)
			if err == nil || err.Error() != c.want {
				t.Fatalf("got  %v\nwant %s", err, c.want)
			}
			var fe *FieldError
			if !errors.Is(err, ErrInvalid) || !errors.As(err, &fe) {
				t.Errorf("error is a %T", err)
			}
			if len(got) != 1 || got[0].ID != "before" {
				t.Errorf("dst came back with %d events", len(got))
			}
		})
	}
}

// TestErrorsAreNotPersonal: an error is logged and answered, so whatever is
// wrong with a value, it does not repeat it.
func TestErrorsAreNotPersonal(t *testing.T) {
	const secret = "Zxq-private-Zxq"
	values := []string{
		`"` + secret + strings.Repeat("x", 1<<17) + `"`, `"` + secret + `\x"`, "\"" + secret + "\xff\"", "\"" + secret + "\n\"",
		`["` + secret + `", {}]`, `{"a": "` + secret + `"}`, `"` + secret + `" "`, `"` + secret,
	}
	for _, name := range []string{"id", "time", "inbox", "contact", "contact_name", "conversation", "message", "alias", "into", "labels", "actor", "status", "score", "agent"} {
		for _, value := range append(values, `{"text": "`+secret+`", "text": 1}`, `{"text": `+secret+`}`) {
			_, err := Decode([]byte(with(name, value)), nil)
			if err == nil {
				t.Errorf("%s: %.60q was taken", name, value)
			} else if strings.Contains(err.Error(), "Zxq") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestDecodeKeepsNothing: neither the body nor the decoder's memory, which the
// next request gets.
func TestDecodeKeepsNothing(t *testing.T) {
	body := []byte(with("reason", `"because"`, "labels", `["vip"]`))
	got, err := Decode(body, nil)
	if err != nil {
		t.Fatal(err)
	}
	clear(body)
	for range 10 {
		if _, err := Decode([]byte(with("id", `"x9"`, "reason", `"another"`, "labels", `["new"]`)), nil); err != nil {
			t.Fatal(err)
		}
	}
	want := base()
	want.Reason, want.Labels = "because", []string{"vip"}
	if !reflect.DeepEqual(got[0], want) {
		t.Errorf("got %+v", got[0])
	}
}

// TestDecodeAllocations: all strings of an event are one.
func TestDecodeAllocations(t *testing.T) {
	body := []byte(with("message", `{"id":"m1","text":"Good morning"}`, "agent", `{"id":"a1","team":"support"}`))
	var d decoder
	var e Event
	if n := testing.AllocsPerRun(100, func() {
		if err := d.decode(body, &e, 1, Options{}); err != nil {
			t.Fatal(err)
		}
	}); n != 1 {
		t.Errorf("%v allocations an event", n)
	}
}

func BenchmarkDecode(b *testing.B) {
	body := []byte(with("message", `{"id":"m1","text":"Good morning, where is my order?"}`, "agent", `{"id":"a1","team":"support"}`))
	dst := make([]Event, 0, 1)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(body, dst[:0]); err != nil {
			b.Fatal(err)
		}
	}
}
