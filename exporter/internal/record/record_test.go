package record

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"pgregory.net/rapid"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

var update = flag.Bool("update", false, "write testdata/commit.v1 where it is missing")

// TestVersion1StaysReadable: a journal written today is read by every later
// version. The file is never rewritten: a new version adds a file.
func TestVersion1StaysReadable(t *testing.T) {
	path := filepath.Join("testdata", "commit.v1")
	if _, err := os.Stat(path); *update && errors.Is(err, os.ErrNotExist) {
		if err := os.WriteFile(path, AppendCommit(nil, sample()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var c Commit
	if err := new(Decoder).Decode(data, &c); err != nil {
		t.Fatal(err)
	}
	if got, want := settled(&c), settled(sample()); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	if Version == 1 && !bytes.Equal(AppendCommit(nil, sample()), data) {
		t.Error("the encoding of version 1 changed")
	}
}

func TestFullHasEveryField(t *testing.T) {
	v := reflect.ValueOf(full())
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("full() leaves %s empty: the tests would miss it", v.Type().Field(i).Name)
		}
	}
}

func text(limit int) *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom([]string{"", "main", "inbox-1", "a"}), rapid.StringN(0, limit, -1))
}

func genEvent() *rapid.Generator[Event] {
	keys := rapid.SampledFrom([]Key{{}, key(1), key(2)})
	return rapid.Custom(func(t *rapid.T) Event {
		number := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 1 << 40}))
		return Event{
			Dedup: number.Draw(t, "dedup"), Time: rapid.OneOf(rapid.Int64(), rapid.Int64Range(sampleTime-1e12, sampleTime+1e12)).Draw(t, "time"),
			Kind:    event.Kind(rapid.IntRange(0, len(event.Kinds)-1).Draw(t, "kind")),
			Derived: rapid.Bool().Draw(t, "derived"),
			Source:  text(8).Draw(t, "source"), Inbox: text(8).Draw(t, "inbox"),
			Contact: keys.Draw(t, "contact"), Alias: keys.Draw(t, "alias"),
			Actor:   event.Actor(rapid.IntRange(0, len(event.Actors)-1).Draw(t, "actor")),
			Agent:   Agent{ID: text(8).Draw(t, "agent"), Name: text(8).Draw(t, "name"), Team: text(8).Draw(t, "team"), Capacity: rapid.Uint32().Draw(t, "capacity")},
			Message: number.Draw(t, "message"), MessageType: uint8(rapid.IntRange(0, len(event.MessageTypes)-1).Draw(t, "type")),
			TemplateName: text(300).Draw(t, "template"), TemplateCategory: text(8).Draw(t, "category"),
			Status: event.Status(rapid.IntRange(0, len(event.Statuses)-1).Draw(t, "status")), Error: text(8).Draw(t, "error"),
			State: event.Presence(rapid.IntRange(0, len(event.Presences)-1).Draw(t, "state")),
			Score: rapid.Float64Range(-10, 10).Draw(t, "score"), HasScore: rapid.Bool().Draw(t, "has"), Scale: rapid.Float64Range(0, 10).Draw(t, "scale"),
			Survey:      event.Survey(rapid.IntRange(0, len(event.Surveys)-1).Draw(t, "survey")),
			Consent:     event.Consent(rapid.IntRange(0, len(event.Consents)-1).Draw(t, "consent")),
			RequestType: text(8).Draw(t, "request_type"), Labels: rapid.SliceOfN(text(8), 0, 4).Draw(t, "labels"),
			Reason: text(8).Draw(t, "reason"), Segment: text(8).Draw(t, "segment"), Into: number.Draw(t, "into"), LineEvent: text(8).Draw(t, "line"), LineState: text(8).Draw(t, "line state"),
			LineRestricts: rapid.Int8().Draw(t, "restricts"), Flags: Flags(rapid.Uint16().Draw(t, "flags")),
			Signature: rapid.SliceOfN(rapid.Byte(), 0, 42).Draw(t, "signature"), Traits: number.Draw(t, "traits"),
			Sealed: rapid.SliceOfN(rapid.Byte(), 0, 400).Draw(t, "sealed"),
			KeyRef: KeyRef{Seq: number.Draw(t, "seq"), Index: rapid.OneOf(rapid.Just(uint32(0)), rapid.Uint32()).Draw(t, "index")},
		}
	})
}

func genCommit() *rapid.Generator[*Commit] {
	return rapid.Custom(func(t *rapid.T) *Commit {
		return &Commit{Batches: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Batch {
			return Batch{
				Kind: Kind(rapid.Byte().Draw(t, "kind")), Received: rapid.OneOf(rapid.Int64(), rapid.Just(int64(sampleTime))).Draw(t, "received"),
				Events: rapid.SliceOfN(genEvent(), 0, 4).Draw(t, "events"), Config: rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "config"),
			}
		}), 0, 4).Draw(t, "batches")}
	})
}

// TestRoundTrip also reuses one Decoder and one Commit throughout: nothing may
// stay behind from the record before.
func TestRoundTrip(t *testing.T) {
	var d Decoder
	var got Commit
	rapid.Check(t, func(t *rapid.T) {
		want := genCommit().Draw(t, "commit")
		data := AppendCommit([]byte("before"), want)
		if string(data[:6]) != "before" {
			t.Fatal("dst was overwritten")
		}
		data = data[6:]
		if size := SizeCommit(want); len(data) > size {
			t.Fatalf("%d bytes, SizeCommit says at most %d", len(data), size)
		}
		if err := d.Decode(data, &got); err != nil {
			t.Fatal(err)
		}
		if a, b := settled(&got), settled(want); !reflect.DeepEqual(a, b) {
			t.Fatalf("got\n%+v\nwant\n%+v", a, b)
		}
	})
}

// TestRatedWithoutHasScore: a rating that was read from a text keeps its score
// beside HasScore, 0 included, and the size is bounded with it.
func TestRatedWithoutHasScore(t *testing.T) {
	var want Commit
	for _, score := range []float64{0, 1, 5, 10, 100} {
		e := message()
		e.Flags, e.Score = Rated|OptIn|OptOut, score
		want.Batches = append(want.Batches, Batch{Kind: KindEvents, Received: sampleTime, Events: []Event{e}})
	}
	data := AppendCommit(nil, &want)
	var got Commit
	if err := new(Decoder).Decode(data, &got); err != nil {
		t.Fatal(err)
	}
	if a, b := settled(&got), settled(&want); !reflect.DeepEqual(a, b) {
		t.Errorf("got\n%+v\nwant\n%+v", a, b)
	}
	if size := SizeCommit(&want); len(data) > size {
		t.Errorf("%d bytes, SizeCommit says at most %d", len(data), size)
	}
}

// TestFlagValues: the journal holds these numbers, so they may never change.
func TestFlagValues(t *testing.T) {
	for i, f := range []Flags{ClosingPhrase, AsksForPerson, Negative, Positive, Classified, Rated, OptIn, OptOut} {
		if f != 1<<i {
			t.Errorf("flag %d is %#x", i, f)
		}
	}
}

// TestSizes: lengths around those where a length prefix grows by a byte.
func TestSizes(t *testing.T) {
	for _, n := range []int{0, 1, 40, 90, 100, 110, 120, 128, 200, 16_000, 16_200, 16_384, 16_500, 70_000, 2_097_152, 2_100_000} {
		e := message()
		e.Sealed = bytes.Repeat([]byte{0xa5}, n)
		want := &Commit{Batches: []Batch{{Kind: KindEvents, Received: sampleTime, Events: []Event{e, e, {Dedup: 1}}}}}
		data := AppendCommit(nil, want)
		var got Commit
		if err := new(Decoder).Decode(data, &got); err != nil || !reflect.DeepEqual(settled(&got), settled(want)) {
			t.Errorf("%d bytes sealed: %v", n, err)
		}
		if size := SizeCommit(want); len(data) > size || len(data) < size/3 {
			t.Errorf("%d bytes sealed: SizeCommit %d for %d bytes", n, size, len(data))
		}
	}
	if e := message(); SizeEvent(&e) > 300 {
		t.Errorf("SizeEvent of a usual message is %d", SizeEvent(&e))
	}
}

// TestCompact guards the journal's growth: what events share is written once.
func TestCompact(t *testing.T) {
	first, rest := Commit{Batches: []Batch{{Kind: KindEvents, Received: sampleTime, Events: []Event{message()}}}}, message()
	one := len(AppendCommit(nil, &first))
	rest.Sealed = nil
	first.Batches[0].Events = append(first.Batches[0].Events, rest)
	if each := len(AppendCommit(nil, &first)) - one; each > 75 {
		t.Errorf("a message of the same batch takes %d bytes beside its sealed part", each)
	}
}

func TestDecodeErrors(t *testing.T) {
	good := AppendCommit(nil, sample())
	wrap := func(batch ...byte) []byte {
		return protowire.AppendBytes([]byte{commitVersionTag, 1, 2<<3 | 2}, batch)
	}
	for _, c := range []struct {
		name string
		data []byte
		want error
		text string
	}{
		{"empty", nil, ErrCorrupt, "version"},
		{"text", []byte("hello"), ErrCorrupt, "version"},
		{"version 0", []byte{commitVersionTag, 0}, ErrCorrupt, "version"},
		{"newer", append([]byte{commitVersionTag, Version + 1}, good[2:]...), ErrVersion, "version 2, known up to 1"},
		{"newer and unreadable", []byte{commitVersionTag, Version + 1, 0xff, 0xff}, ErrVersion, "newer"},
		{"cut", good[:len(good)-1], ErrCorrupt, "after batch 5"},
		{"batch is a number", []byte{commitVersionTag, 1, 2 << 3, 1}, ErrCorrupt, "batch 1"},
		{"kind is bytes", wrap(1<<3|2, 0), ErrCorrupt, "batch 1"},
		{"event without dedup", wrap(6<<3|2, 0), ErrCorrupt, "batch 1, event 1"},
		{"event of other fields only", wrap(append([]byte{6<<3 | 2, 12}, bytes.Repeat([]byte{3 << 3, 1}, 6)...)...), ErrCorrupt, "event 1"},
		{"event's time is a double", wrap(6<<3|2, 18, 1<<3|1, 1, 0, 0, 0, 0, 0, 0, 0, 2<<3|1, 1, 0, 0, 0, 0, 0, 0, 0), ErrCorrupt, "event 1"},
		{"contact of 2 bytes", wrap(6<<3|2, 13, 1<<3|1, 1, 0, 0, 0, 0, 0, 0, 0, 4<<3|2, 2, 1, 1), ErrCorrupt, "event 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Commit{Batches: []Batch{{Kind: KindTick}}}
			err := new(Decoder).Decode(c.data, &got)
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("got %v, want %v with %q", err, c.want, c.text)
			}
			if len(got.Batches) != 0 {
				t.Errorf("%d batches beside the error", len(got.Batches))
			}
		})
	}
}

const commitVersionTag = 1 << 3

// TestNewerFieldsAreSkipped, of any wire type and at every level, and values
// without a name here become the harmless one.
func TestNewerFieldsAreSkipped(t *testing.T) {
	extra := func(b []byte) []byte {
		b = protowire.AppendVarint(protowire.AppendTag(b, 900, protowire.VarintType), 1<<60)
		b = protowire.AppendFixed32(protowire.AppendTag(b, 901, protowire.Fixed32Type), 5)
		b = protowire.AppendFixed64(protowire.AppendTag(b, 902, protowire.Fixed64Type), 5)
		b = protowire.AppendString(protowire.AppendTag(b, 903, protowire.BytesType), "later")
		b = protowire.AppendTag(b, 904, protowire.StartGroupType)
		return protowire.AppendTag(b, 904, protowire.EndGroupType)
	}
	ev := extra(protowire.AppendFixed64(protowire.AppendTag(nil, eventDedup, wireFixed64), 9))
	for _, num := range []protowire.Number{eventKind, eventActor, eventStatus, eventState, eventSurvey, eventConsent, eventMessageType} {
		ev = appendUint(ev, num, 200)
	}
	batch := protowire.AppendBytes(protowire.AppendTag(nil, batchEvents, wireBytes), ev)
	// What the events share may also stand behind them.
	batch = appendFixed(extra(appendUint(batch, batchKind, uint64(KindEvents))), batchReceived, sampleTime)
	batch = appendString(batch, batchSource, "main")
	data := extra(appendUint(nil, commitVersion, 1))
	data = extra(protowire.AppendBytes(protowire.AppendTag(data, commitBatches, wireBytes), batch))

	var c Commit
	if err := new(Decoder).Decode(data, &c); err != nil {
		t.Fatal(err)
	}
	want := &Commit{Batches: []Batch{{Kind: KindEvents, Received: sampleTime, Events: []Event{{
		Dedup: 9, Time: sampleTime, Source: "main", MessageType: event.MessageTypeIndex("other"),
	}}}}}
	if !reflect.DeepEqual(settled(&c), settled(want)) {
		t.Errorf("got %+v", c)
	}
}

func TestInterned(t *testing.T) {
	var table interned
	long := strings.Repeat("x", internLength+1)
	for _, s := range []string{"", "a", "b", long, "a"} {
		if got := table.get([]byte(s)); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
	for i := range 3 * internSlots {
		b := []byte{'k', byte(i), byte(i >> 8)}
		if got := table.get(b); got != string(b) {
			t.Fatalf("%q became %q", b, got)
		}
	}
	if len(table.slots) != internSlots {
		t.Errorf("the table grew to %d", len(table.slots))
	}
	b := []byte("agent-7")
	table.get(b)
	if n := testing.AllocsPerRun(100, func() { table.get(b) }); n != 0 {
		t.Errorf("a known string costs %v allocations", n)
	}
}

func TestDedupHash(t *testing.T) {
	seen := map[uint64]string{}
	for _, c := range [][2]string{{"", ""}, {"a", ""}, {"", "a"}, {"a", "b"}, {"ab", ""}, {"", "ab"}, {"main", "wamid.EXAMPLE0001"}} {
		h := DedupHash(c[0], c[1])
		if h == 0 || h != DedupHash(c[0], c[1]) {
			t.Errorf("%q: %d", c, h)
		}
		if other, ok := seen[h]; ok {
			t.Errorf("%q and %s share a hash", c, other)
		}
		seen[h] = c[0] + "/" + c[1]
	}
	// The journal holds these numbers: they may never change.
	if h := DedupHash("main", "wamid.EXAMPLE0001"); h != 0x1299503a1807a945 {
		t.Errorf("hash is %#x", h)
	}
	if n := testing.AllocsPerRun(100, func() { DedupHash("main", "wamid.EXAMPLE0001") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(AppendCommit(nil, sample()))
	f.Add(AppendCommit(nil, &Commit{Batches: []Batch{{Kind: KindTick, Received: sampleTime}}}))
	f.Add(AppendCommit(nil, &Commit{Batches: []Batch{{Kind: KindEvents, Received: sampleTime, Events: []Event{message(), message()}}}}))
	f.Add([]byte{commitVersionTag, 2})
	f.Fuzz(func(t *testing.T, data []byte) {
		var d Decoder
		var c, again Commit
		if err := d.Decode(data, &c); err != nil {
			if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrVersion) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		events := 0
		for _, b := range c.Batches {
			events += len(b.Events)
		}
		if events > len(data)/9 {
			t.Fatalf("%d events from %d bytes", events, len(data))
		}
		want := settled(&c)
		if err := d.Decode(AppendCommit(nil, want), &again); err != nil {
			t.Fatal(err)
		}
		for i := range want.Batches { // NaN is not equal to itself
			for j := range want.Batches[i].Events {
				e := &want.Batches[i].Events[j]
				if e.Score != e.Score || e.Scale != e.Scale {
					return
				}
			}
		}
		if got := settled(&again); !reflect.DeepEqual(got, want) {
			t.Fatalf("got\n%+v\nwant\n%+v", got, want)
		}
	})
}
