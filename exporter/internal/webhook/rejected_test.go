package webhook

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (-update rewrites it); got:\n%s", path, got)
	}
}

func TestListRejected(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.MaxEvents = 0 })
	w.do(post(`{"kind":"message.received","text":"` + textOfCustomer + ` 1"}`))
	w.do(post(`second`))
	list, err := ListRejected(t.Context(), w.rejected, w.sealer, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[0].Seq != 2 || list[1].Seq != 1 {
		t.Fatalf("list is not newest first: %+v", list)
	}
	want := Rejected{
		Seq: 1, Time: testNow, Source: "desk", Reason: "malformed", Detail: "body cannot be read: not an array of events",
		ContentType: "application/json", Headers: []string{"Authorization", "Content-Type", "X-Signature"},
		Size: 45, Body: `{"kind":"message.received","text":"<text, 8 characters>"}`,
	}
	if !reflect.DeepEqual(list[1], want) {
		t.Errorf("got  %+v\nwant %+v", list[1], want)
	}
	if !strings.HasPrefix(list[0].Body, "not JSON") {
		t.Errorf("second body: %s", list[0].Body)
	}
}

func TestListRejectedLeavesTheMaskerToItsCaller(t *testing.T) {
	w := newWorld(t, nil)
	w.do(post(`{"whole":1}`))
	list, err := ListRejected(t.Context(), w.rejected, w.sealer, func(body []byte) string { return strings.ToUpper(string(body)) })
	if err != nil || len(list) != 1 || list[0].Body != `{"WHOLE":1}` {
		t.Errorf("got %+v, %v", list, err)
	}
}

func TestLongBodiesAreCut(t *testing.T) {
	w := newWorld(t, nil)
	request := post(`{"text":"` + strings.Repeat("a", 3<<20))
	for i := range 300 {
		request.Header.Set("X-Long-"+strings.Repeat("a", 100)+string(rune('a'+i%26))+string(rune('a'+i/26)), "1")
	}
	w.do(request)
	w.wantCounter(w.server.metrics.kept, 1, "desk", keptYes)
	list, err := ListRejected(t.Context(), w.rejected, w.sealer, nil)
	if err != nil || len(list) != 1 {
		t.Fatalf("got %d, %v", len(list), err)
	}
	got := list[0]
	if !got.Truncated || got.Size != 3<<20+9 || len(got.Headers) != maxHeaders {
		t.Errorf("truncated %v, size %d, %d headers", got.Truncated, got.Size, len(got.Headers))
	}
	if want := `{"text":"<text, over 9999 characters> <cut>`; got.Body != want {
		t.Errorf("body %s, want %s", got.Body, want)
	}
}

func TestRecordsThatCannotBeShown(t *testing.T) {
	w := newWorld(t, nil)
	w.do(post(`{`))
	if list, err := ListRejected(t.Context(), w.rejected, newSealer(t), nil); err != nil || len(list) != 1 ||
		list[0].Problem == "" || list[0].Source != "desk" || !list[0].Time.Equal(testNow) {
		t.Errorf("with another key: %+v, %v", list, err)
	}
	w.rejected.entries[0].Data = w.sealer.Seal(sealLabel, []byte{0xff})
	if list, err := ListRejected(t.Context(), w.rejected, w.sealer, nil); err != nil || len(list) != 1 || list[0].Problem == "" {
		t.Errorf("damaged: %+v, %v", list, err)
	}
	w.rejected.err = journal.ErrUnavailable
	if _, err := ListRejected(t.Context(), w.rejected, w.sealer, nil); !errors.Is(err, journal.ErrUnavailable) {
		t.Errorf("failing log: %v", err)
	}
}

func TestFailingRejectedLogChangesNoAnswer(t *testing.T) {
	w := newWorld(t, nil)
	w.rejected.err = journal.ErrFull
	for range 3 {
		if rec := w.do(post(`{`)); rec.Code != 400 {
			t.Errorf("answer %d, want 400", rec.Code)
		}
	}
	w.wantCounter(w.server.metrics.kept, 3, "desk", keptFailed)
	w.wantCounter(w.server.metrics.rejected, 3, "desk", "malformed")
	if got := strings.Count(w.logs.String(), "\n"); got != 1 {
		t.Errorf("%d log lines, want 1:\n%s", got, w.logs)
	}
}

func TestEnvelopeSkipsFieldsOfLaterVersions(t *testing.T) {
	want := envelope{time: testNow.UnixNano(), reason: "malformed", source: "desk", headers: []string{"A", "B"}, size: 3, body: []byte("abc")}
	b := want.encode()
	b = protowire.AppendVarint(protowire.AppendTag(b, 90, protowire.VarintType), 7)
	b = protowire.AppendFixed64(protowire.AppendTag(b, 91, protowire.Fixed64Type), 7)
	b = protowire.AppendString(protowire.AppendTag(b, 92, protowire.BytesType), "later")
	var got envelope
	if err := got.decode(b); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func FuzzEnvelope(f *testing.F) {
	seed := envelope{time: 1, reason: "panic", source: "desk", detail: "x", headers: []string{"A"}, size: 3, body: []byte("abc")}
	f.Add(seed.encode())
	f.Add([]byte{0xff, 0x01})
	f.Fuzz(func(t *testing.T, b []byte) {
		var e envelope
		if e.decode(b) != nil {
			return
		}
		var again envelope
		if err := again.decode(e.encode()); err != nil {
			t.Errorf("what was read cannot be read again: %v", err)
		}
	})
}
