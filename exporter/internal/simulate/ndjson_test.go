package simulate

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// TestWriteNDJSON reads back with the strict decoder what replay would read.
func TestWriteNDJSON(t *testing.T) {
	opts := Options{Seed: 8, Start: wednesday.Add(11 * time.Hour), Duration: 11 * time.Hour, Conversations: 600, Source: "chat"}
	var out bytes.Buffer
	if err := WriteNDJSON(&out, mustNew(t, opts)); err != nil {
		t.Fatal(err)
	}
	r := event.NewReader(&out)
	n := 0
	for it := range mustNew(t, opts).All() {
		var got event.Event
		if err := r.Next(&got); err != nil {
			t.Fatalf("event %d: %v", n+1, err)
		}
		if !got.Received.Equal(it.At) || got.Source != "chat" {
			t.Fatalf("event %d: received %s from %q\nof %s", n+1, got.Received, got.Source, describe(it))
		}
		if back := (Item{At: it.At, Key: it.Key, Event: got}); describe(back) != describe(it) {
			t.Fatalf("event %d:\n got %s\nwant %s", n+1, describe(back), describe(it))
		}
		n++
	}
	if err := r.Next(new(event.Event)); err != io.EOF || n < 50 {
		t.Errorf("%v after %d events", err, n)
	}
}

type fullDisk struct{ left int }

var errFull = errors.New("no space left")

func (d *fullDisk) Write(b []byte) (int, error) {
	if d.left -= len(b); d.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

// TestWriteFails also where the scenario would never end.
func TestWriteFails(t *testing.T) {
	s := mustNew(t, Options{Seed: 8, Start: wednesday, Conversations: 2000})
	if err := WriteNDJSON(&fullDisk{left: 1 << 20}, s); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
}
