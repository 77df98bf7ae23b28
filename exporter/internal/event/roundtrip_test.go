package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write testdata/events.ndjson anew")

// genEvent draws events as Decode gives them.
func genEvent() *rapid.Generator[Event] {
	short := rapid.OneOf(rapid.Just(""), rapid.StringN(0, 20, MaxID))
	named := rapid.StringN(1, 20, MaxID)
	stamp := rapid.Custom(func(t *rapid.T) time.Time {
		from, to := time.Date(MinYear, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(MaxYear, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
		nano := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 999_999_999)).Draw(t, "nano")
		return time.Unix(rapid.Int64Range(from, to-1).Draw(t, "second"), nano).UTC()
	})
	actor := rapid.Custom(func(t *rapid.T) Actor { return Actor(rapid.IntRange(0, int(actorEnd)-1).Draw(t, "actor")) })
	return rapid.Custom(func(t *rapid.T) Event {
		e := Event{
			ID: named.Draw(t, "id"), Time: stamp.Draw(t, "time"), Kind: Kind(rapid.IntRange(1, int(kindEnd)-1).Draw(t, "kind")),
			Source: short.Draw(t, "source"), Channel: short.Filter(func(s string) bool { return s != "whatsapp" }).Draw(t, "channel"),
			Inbox: named.Draw(t, "inbox"), Contact: named.Draw(t, "contact"), ContactName: short.Draw(t, "contact_name"),
			Conversation: short.Draw(t, "conversation"), Actor: actor.Draw(t, "actor"),
			Agent: Agent{ID: short.Draw(t, "agent"), Name: short.Draw(t, "name"), Team: short.Draw(t, "team"), Capacity: rapid.IntRange(0, 20).Draw(t, "capacity")},
			Message: Message{ID: short.Draw(t, "message"), Type: short.Draw(t, "type"), Text: rapid.StringN(0, 200, MaxText).Draw(t, "text"), ReplyTo: short.Draw(t, "reply_to"),
				Template: Template{Name: short.Draw(t, "template"), Category: short.Draw(t, "category")}},
			Status: Status(rapid.IntRange(0, int(statusEnd)-1).Draw(t, "status")), Error: short.Draw(t, "error"),
			HasScore: rapid.Bool().Draw(t, "scored"), Scale: rapid.SampledFrom([]float64{0, 5, 10, 0.1}).Draw(t, "scale"),
			Survey: Survey(rapid.IntRange(0, int(surveyEnd)-1).Draw(t, "survey")), Consent: Consent(rapid.IntRange(0, int(consentEnd)-1).Draw(t, "consent")),
			RequestType: short.Draw(t, "request_type"), Segment: short.Draw(t, "segment"), Labels: rapid.SliceOfN(named, 0, 3).Draw(t, "labels"),
			Reason: short.Draw(t, "reason"), Into: short.Draw(t, "into"), Alias: short.Draw(t, "alias"),
		}
		if rapid.Bool().Draw(t, "has received") {
			e.Received = stamp.Draw(t, "received")
		}
		if len(e.Labels) == 0 {
			e.Labels = nil
		}
		switch e.Kind {
		case MessageReceived:
			e.Actor = ActorCustomer
		case MessageStatus:
			e.Status = StatusRead
		case SurveyAnswered:
			e.HasScore = true
		case ConsentChanged:
			e.Consent = ConsentConfirmed
		case ContactLinked:
			e.Alias = named.Draw(t, "alias")
		case AgentState:
			e.Agent.ID, e.State = named.Draw(t, "agent"), Presence(rapid.IntRange(1, int(presenceEnd)-1).Draw(t, "presence"))
			e.Inbox, e.Contact = short.Draw(t, "inbox"), ""
		case LineChanged:
			e.Line.Event, e.Reason = named.Draw(t, "event"), ""
			e.Inbox, e.Contact = short.Draw(t, "inbox"), short.Draw(t, "contact")
			if e.Line.Template, e.Message.Template.Name = e.Message.Template.Name, ""; e.Line.Template != "" {
				e.Line.TemplateState = short.Draw(t, "template state")
			} else {
				e.Line.Restricted = int8(rapid.IntRange(-1, 1).Draw(t, "restricted"))
			}
		}
		if e.HasScore {
			e.Score = rapid.OneOf(rapid.Float64Range(0, MaxNumber), rapid.SampledFrom([]float64{0, 1e-300, 4.35, MaxNumber})).Draw(t, "score")
		}
		return e
	})
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := genEvent().Draw(t, "event")
		line := AppendJSON(nil, &want)
		if !json.Valid(line) || bytes.ContainsAny(line, "\n\r") {
			t.Fatalf("not one line of JSON: %s", line)
		}
		got, err := Options{AllowSource: true}.Decode(line, nil)
		if err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if len(got) != 1 || !reflect.DeepEqual(got[0], want) {
			t.Fatalf("%s\n got %+v\nwant %+v", line, got, want)
		}
	})
}

// TestAppendJSON: the words and their order, which files and other programs
// rely on.
func TestAppendJSON(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", -3*3600))
	all := Event{
		ID: "e1", Time: at, Kind: MessageSent, Source: "desk", Received: at.Add(1500 * time.Microsecond), Channel: "webchat", Inbox: "main", Contact: "+5511900000001",
		ContactName: "Example", Conversation: "c-1", Actor: ActorBot, Agent: Agent{"a1", "Agent One", "support", 5},
		Message: Message{"m1", "template", "a\"\\\n\t\x01 é\u2028<>", "m0", Template{"hello", "utility"}}, Status: StatusFailed, Error: "131047",
		Score: 4.5, HasScore: true, Scale: 5, Survey: SurveyNPS, Consent: ConsentOptedIn, RequestType: "billing", Segment: "vip", Labels: []string{"sale", "vip"},
		Reason: "asked", Into: "c-2", Alias: "BR.1", Derived: true,
	}
	odd := Event{ID: "e4", Time: at, Kind: NoteAdded, Inbox: "a\xffb", Contact: "c", HasScore: true, Score: math.NaN(), Agent: Agent{Capacity: -1}}
	var got []byte
	for _, e := range []Event{
		all,
		{ID: "e2", Time: at, Kind: AgentState, Agent: Agent{ID: "a1"}, State: PresenceOffline},
		{ID: "e3", Time: at, Kind: LineChanged, Inbox: "main", Line: Line{Event: "ban", Restricted: 1}},
		{ID: "e4", Time: at, Kind: LineChanged, Inbox: "main", Line: Line{Event: "template", Template: "hello", TemplateState: "paused"}},
		{ID: "e5", Time: at, Kind: MessageSent, Inbox: "main", Contact: "c", Agent: Agent{ID: "a1"}},
		odd,
	} {
		got = append(AppendJSON(got, &e), '\n')
	}
	path := filepath.Join("testdata", "events.ndjson")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func FuzzDecode(f *testing.F) {
	golden, err := os.ReadFile(filepath.Join("testdata", "events.ndjson"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(golden)
	for _, line := range bytes.Split(golden, []byte("\n")) {
		f.Add(line)
	}
	f.Add([]byte("[" + with() + "," + with("id", `"e2"`) + "]"))
	f.Add([]byte("\ufeff" + with("message", `{"text":"a\ud83d b\udE00\\ud83d"}`)))
	f.Add([]byte(with("score", "1e3", "kind", `"survey.answered"`)))
	f.Add([]byte(with("labels", strings.Repeat("[", 20))))
	f.Fuzz(func(t *testing.T, body []byte) {
		before := append([]byte(nil), body...)
		for _, opts := range []Options{{}, {AllowSource: true}} {
			got, err := opts.Decode(body, nil)
			if !bytes.Equal(body, before) {
				t.Fatal("the body was changed")
			}
			if err != nil {
				if !errors.Is(err, ErrInvalid) || len(got) != 0 {
					t.Fatalf("%d events with %v", len(got), err)
				}
				continue
			}
			for _, e := range got {
				line := AppendJSON(nil, &e)
				again, err := opts.Decode(line, nil)
				if err != nil || len(again) != 1 || !reflect.DeepEqual(again[0], e) {
					t.Fatalf("%v: %s\n got %+v\nwant %+v", err, line, again, e)
				}
			}
		}
	})
}
