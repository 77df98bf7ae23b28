package record

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

func mustSchema(t *testing.T) protoreflect.FileDescriptor {
	t.Helper()
	c := protocompile.Compiler{Resolver: &protocompile.SourceResolver{}}
	files, err := c.Compile(context.Background(), "journal.proto")
	if err != nil {
		t.Fatal(err)
	}
	return files[0]
}

// TestSchema: what AppendCommit writes is what journal.proto says, field by
// field, and Decoder reads what another protobuf library writes.
func TestSchema(t *testing.T) {
	commit := mustSchema(t).Messages().ByName("Commit")
	msg := dynamicpb.NewMessage(commit)
	if err := proto.Unmarshal(AppendCommit(nil, sample()), msg); err != nil {
		t.Fatal(err)
	}
	unknown(t, msg)
	get := func(m protoreflect.Message, name string) protoreflect.Value {
		fd := m.Descriptor().Fields().ByName(protoreflect.Name(name))
		if fd == nil {
			t.Fatalf("%s has no field %s", m.Descriptor().Name(), name)
		}
		return m.Get(fd)
	}
	if v := get(msg, "version").Uint(); v != Version {
		t.Errorf("version %d", v)
	}
	batches := get(msg, "batches").List()
	for i, want := range sample().Batches {
		b := batches.Get(i).Message()
		if Kind(get(b, "kind").Enum()) != want.Kind || get(b, "received").Int() != want.Received || !bytes.Equal(get(b, "config").Bytes(), want.Config) {
			t.Errorf("batch %d: %v", i, b)
		}
		if get(b, "events").List().Len() != len(want.Events) {
			t.Fatalf("batch %d: %v", i, b)
		}
		for j := range want.Events {
			e, w := get(b, "events").List().Get(j).Message(), &want.Events[j]
			own := func(name, common string) string {
				if e.Has(e.Descriptor().Fields().ByName(protoreflect.Name(name))) {
					return get(e, name).String()
				}
				return get(b, common).String()
			}
			var ref KeyRef
			if n := get(e, "key").Uint(); n > 0 {
				ref = KeyRef{Seq: get(b, "key_seq").Uint() + uint64(get(e, "key_seq").Int()), Index: uint32(n - 1)}
			}
			var labels []string
			for k := range get(e, "labels").List().Len() {
				labels = append(labels, get(e, "labels").List().Get(k).String())
			}
			var contact, alias Key
			copy(contact[:], get(e, "contact").Bytes())
			copy(alias[:], get(e, "alias").Bytes())
			got := Event{
				Dedup: get(e, "dedup").Uint(), Time: want.Received + get(e, "time").Int(), Kind: event.Kind(get(e, "kind").Enum()),
				Derived: get(e, "derived").Bool(), Source: own("source", "source"), Inbox: own("inbox", "inbox"), Contact: contact, Alias: alias,
				Actor:   event.Actor(get(e, "actor").Enum()),
				Agent:   Agent{ID: get(e, "agent_id").String(), Name: get(e, "agent_name").String(), Team: get(e, "agent_team").String(), Capacity: uint32(get(e, "agent_capacity").Uint())},
				Message: get(e, "message").Uint(), MessageType: uint8(get(e, "message_type").Uint()),
				TemplateName: get(e, "template_name").String(), TemplateCategory: get(e, "template_category").String(),
				Status: event.Status(get(e, "status").Enum()), Error: get(e, "error").String(), State: event.Presence(get(e, "state").Enum()),
				Score: get(e, "score").Float(), HasScore: get(e, "has_score").Bool(), Scale: get(e, "scale").Float(),
				Survey: event.Survey(get(e, "survey").Enum()), Consent: event.Consent(get(e, "consent").Enum()),
				RequestType: get(e, "request_type").String(), Labels: labels, Reason: get(e, "reason").String(), Segment: get(e, "segment").String(), Into: get(e, "into").Uint(),
				LineEvent: get(e, "line_event").String(), LineState: get(e, "line_state").String(), LineRestricts: int8(get(e, "line_restricts").Int()),
				Flags: Flags(get(e, "flags").Uint()), Signature: get(e, "signature").Bytes(), Traits: get(e, "traits").Uint(), Sealed: get(e, "sealed").Bytes(), KeyRef: ref,
			}
			same(t, "seen by the schema", &got, w)
		}
	}

	written, err := proto.MarshalOptions{Deterministic: true}.Marshal(msg)
	if err != nil {
		t.Fatal(err)
	}
	var back Commit
	if err := new(Decoder).Decode(written, &back); err != nil {
		t.Fatal(err)
	}
	for i, b := range sample().Batches {
		for j := range b.Events {
			same(t, "written by the schema", &back.Batches[i].Events[j], &b.Events[j])
		}
	}
}

func same(t *testing.T, how string, got, want *Event) {
	t.Helper()
	g := settled(&Commit{Batches: []Batch{{Events: []Event{*got}}}})
	w := settled(&Commit{Batches: []Batch{{Events: []Event{*want}}}})
	if a, b := AppendCommit(nil, g), AppendCommit(nil, w); !bytes.Equal(a, b) {
		t.Errorf("%s:\n got %+v\nwant %+v", how, *got, *want)
	}
}

// unknown fails where bytes were written that the schema does not know.
func unknown(t *testing.T, m protoreflect.Message) {
	t.Helper()
	if len(m.GetUnknown()) > 0 {
		t.Errorf("%s: %d bytes without a field", m.Descriptor().Name(), len(m.GetUnknown()))
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if fd.IsList() && fd.Message() != nil {
			for i := range v.List().Len() {
				unknown(t, v.List().Get(i).Message())
			}
		}
		return true
	})
}

// TestSchemaNames: the enums of the schema are the lists of package event.
func TestSchemaNames(t *testing.T) {
	file := mustSchema(t)
	for _, c := range []struct {
		enum, prefix string
		names        []string
	}{
		{"EventKind", "EVENT_KIND_", event.Kinds[:]},
		{"Actor", "ACTOR_", event.Actors[:]},
		{"Status", "STATUS_", event.Statuses[:]},
		{"Presence", "PRESENCE_", event.Presences[:]},
		{"Survey", "SURVEY_", event.Surveys[:]},
		{"Consent", "CONSENT_", event.Consents[:]},
		{"BatchKind", "BATCH_KIND_", []string{"", "events", "config", "tick", "fetch", "outbox", "rollback"}},
	} {
		values := file.Enums().ByName(protoreflect.Name(c.enum)).Values()
		if values.Len() != len(c.names) {
			t.Errorf("%s has %d values, there are %d", c.enum, values.Len(), len(c.names))
		}
		for i, name := range c.names {
			if name == "" {
				name = "unspecified"
			}
			want := c.prefix + strings.ToUpper(strings.ReplaceAll(name, ".", "_"))
			if v := values.ByNumber(protoreflect.EnumNumber(i)); v == nil || string(v.Name()) != want {
				t.Errorf("%s %d is not %s", c.enum, i, want)
			}
		}
	}
	if KindRollback != 6 {
		t.Error("a kind of batches is missing in this test")
	}
	fields := file.Messages().ByName("Event").Fields()
	if fields.Len() != len(eventTypes)-1 {
		t.Errorf("the schema has %d fields, the codec %d", fields.Len(), len(eventTypes)-1)
	}
}

// TestExtremes: the ends of the number types survive.
func TestExtremes(t *testing.T) {
	e := full()
	e.Time, e.KeyRef = math.MinInt64, KeyRef{Seq: math.MaxUint64, Index: math.MaxUint32}
	f := full()
	f.Time, f.KeyRef, f.LineRestricts, f.Flags = math.MaxInt64, KeyRef{Index: 5}, math.MinInt8, math.MaxUint16
	want := Commit{Batches: []Batch{{Kind: KindEvents, Received: math.MaxInt64, Events: []Event{e, f}}, {Kind: KindEvents, Received: math.MinInt64, Events: []Event{f, e}}}}
	var got Commit
	if err := new(Decoder).Decode(AppendCommit(nil, &want), &got); err != nil {
		t.Fatal(err)
	}
	for i, b := range want.Batches {
		for j := range b.Events {
			if g := got.Batches[i].Events[j]; g.Time != b.Events[j].Time || g.KeyRef != b.Events[j].KeyRef || g.LineRestricts != b.Events[j].LineRestricts || g.Flags != b.Events[j].Flags {
				t.Errorf("batch %d, event %d: got %+v", i, j, g)
			}
		}
	}
}
