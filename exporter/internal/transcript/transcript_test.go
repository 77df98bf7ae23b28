package transcript

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/memory"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

func id(n byte) m.ConversationID { return m.ConversationID{n, 1} }

func standing(n byte, state int8) *conversation.Standing {
	st := &conversation.Standing{ID: id(n), Source: 2, Inbox: 3, Contact: record.Key{n}, State: state, Trigger: 0, ClosedBy: -1, Opened: int64(n) * 1e9}
	if state == conversation.StateClosed {
		st.Closed, st.ClosedBy = 5e9, m.ClosedByBot
	}
	return st
}

// TestEntries: entries come back as they were, in their order.
func TestEntries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r Row
		var want []Entry
		seq := uint64(0)
		for range rapid.IntRange(0, 50).Draw(t, "entries") {
			seq += rapid.Uint64Range(0, 1<<40).Draw(t, "records")
			e := Entry{
				Place: conversation.Position{Seq: seq, Index: rapid.Uint32().Draw(t, "index")},
				Time:  rapid.OneOf(rapid.Int64Range(-1<<60, 1<<60), rapid.Map(rapid.Int64Range(0, 1<<30), func(v int64) int64 { return v * 1e9 })).Draw(t, "time"),
				Kind:  event.Kind(rapid.IntRange(1, len(event.Kinds)-1).Draw(t, "kind")), Actor: event.Actor(rapid.IntRange(0, len(event.Actors)-1).Draw(t, "actor")),
			}
			r.add(e)
			want = append(want, e)
		}
		if got := r.Entries(nil); !slices.Equal(got, want) || r.Len() != len(want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

func TestCodec(t *testing.T) {
	x := NewIndex(1)
	for n := range byte(40) {
		x.Stands(standing(n+1, int8(n%5)), 7)
		x.Entered(id(n+1), &conversation.Input{Place: conversation.Position{Seq: uint64(n), Index: 2}, Time: int64(n), Kind: event.MessageReceived, Flags: record.Negative})
		x.FirstResponse(id(n+1), int64(n))
		x.Rated(id(n+1), 4)
		x.Found(id(n+1), 3)
	}
	y := NewIndex(1)
	for i := range Pieces {
		b := x.Append(nil, i)
		if err := y.Restore(i, b); err != nil {
			t.Fatal(err)
		}
		if again := y.Append(nil, i); !bytes.Equal(b, again) {
			t.Error("a piece is another one after it was read")
		}
		for n := range b {
			if err := NewIndex(1).Restore(i, b[:n]); err == nil && n > 1 && n < len(b) && NewIndex(1).Restore(i, append(b[:n:n], 0xff)) == nil {
				t.Fatalf("a piece of %d bytes was read up to %d", len(b), n)
			} else if err != nil && !errors.Is(err, ErrSnapshot) {
				t.Fatal(err)
			}
		}
		if err := NewIndex(1).Restore((i+1)%Pieces, b); err == nil {
			t.Error("a piece was read in the place of another")
		}
	}
	if y.Len() != 40 {
		t.Errorf("%d rows", y.Len())
	}
}

func FuzzRestore(f *testing.F) {
	x := NewIndex(1)
	for n := range byte(20) {
		x.Stands(standing(n*Pieces, int8(n%5)), 7)
		x.Entered(id(n*Pieces), &conversation.Input{Time: int64(n), Kind: event.MessageSent, Actor: event.ActorHuman})
	}
	f.Add(x.Append(nil, 0))
	f.Add([]byte{version})
	f.Fuzz(func(t *testing.T, b []byte) {
		y := NewIndex(1)
		if err := y.Restore(0, b); err != nil {
			if !errors.Is(err, ErrSnapshot) {
				t.Fatal(err)
			}
			return
		}
		z := NewIndex(1)
		if err := z.Restore(0, y.Append(nil, 0)); err != nil || z.Len() != y.Len() {
			t.Fatalf("%d rows became %d, %v", y.Len(), z.Len(), err)
		}
	})
}

// TestSweep: what is over is dropped when it is too old, what is open never.
func TestSweep(t *testing.T) {
	hour := int64(time.Hour)
	x := NewIndex(24 * hour)
	for n := range byte(200) {
		state := int8(conversation.StateClosed)
		if n%10 == 0 {
			state = m.StateWaiting
		}
		x.Stands(standing(n+1, state), int64(n)*hour)
	}
	sweep := func(from, to int64) {
		for i := range Pieces {
			x.Sweep(i, from, to)
		}
	}
	if sweep(199*hour, 199*hour+1); x.Len() != 200 {
		t.Errorf("%d rows before an hour is over", x.Len())
	}
	sweep(199*hour, 201*hour)
	count := 0
	x.Each(func(r *Row) bool {
		if count++; !r.Open() && 201*hour-r.Seen > 24*hour {
			t.Errorf("%v is still there", r.ID)
		}
		return true
	})
	// 177 to 199 are young enough, of which 180 and 190 are open; 18 older ones are open.
	if count != 23+18 || x.Len() != count {
		t.Errorf("%d rows, %d known", count, x.Len())
	}
	x.Configure(0)
	sweep(201*hour, 203*hour)
	if x.Len() != 20 {
		t.Errorf("%d rows", x.Len())
	}
	x.Stands(standing(7, m.StateBot), 203*hour)
	if x.Get(id(7)) == nil || x.Len() != 21 {
		t.Error("there is no room for a new one")
	}
}

func TestRecent(t *testing.T) {
	x := NewIndex(1)
	x.Stands(standing(1, m.StateWaiting), 1)
	enter := func(n int) {
		for i := range n {
			x.Entered(id(1), &conversation.Input{Place: conversation.Position{Seq: uint64(i)}, Kind: event.MessageReceived})
		}
	}
	x.Entered(id(9), &conversation.Input{Kind: event.MessageReceived}) // of nobody
	enter(3)
	list, next, lost := x.Recent(nil, 0, 2)
	if len(list) != 2 || next != 2 || lost != 0 || x.Mark() != 3 {
		t.Errorf("%v %d %d", list, next, lost)
	}
	if list, next, _ = x.Recent(nil, next, 10); len(list) != 1 || next != 3 {
		t.Errorf("%v %d", list, next)
	}
	if list, next, _ = x.Recent(nil, 1000, 10); len(list) != 0 || next != 3 {
		t.Errorf("a mark of another process: %v %d", list, next)
	}
	enter(recentEntries)
	if list, next, lost = x.Recent(nil, 1, 1); len(list) != 1 || lost != 2 || next != 4 {
		t.Errorf("%v %d %d", list, next, lost)
	}
}

// open is an Opener that opens everything.
type open struct{}

func (open) Open(_ context.Context, _ record.KeyRef, sealed []byte) ([]byte, error) {
	return sealed, nil
}

// counting counts how often the journal is asked.
type counting struct {
	journal.Log
	gets int
}

func (c *counting) Get(ctx context.Context, seq uint64) (journal.Entry, error) {
	c.gets++
	return c.Log.Get(ctx, seq)
}

func TestReader(t *testing.T) {
	ctx := context.Background()
	log := &counting{Log: memory.New(memory.Options{}).Lane()}
	r := NewReader(log, open{}, 32<<20)
	t.Cleanup(r.Close)
	put := func(texts ...string) uint64 {
		var events []record.Event
		for _, s := range texts {
			events = append(events, record.Event{Dedup: 1, Time: 5, Kind: event.MessageReceived, Contact: record.Key{1}, Labels: []string{"a"}, Sealed: append([]byte{0x0a, byte(len(s))}, s...)})
		}
		c := record.Commit{Batches: []record.Batch{{Kind: record.KindTick, Received: 1}, {Kind: record.KindEvents, Received: 6, Events: events[:1]}, {Kind: record.KindEvents, Received: 7, Events: events[1:]}}}
		seq, err := log.Append(ctx, "", record.AppendCommit(nil, &c))
		if err != nil {
			t.Fatal(err)
		}
		return seq
	}
	put("um", "dois", "três")
	put("quatro")
	at := func(seq uint64, index uint32) conversation.Position {
		return conversation.Position{Seq: seq, Index: index}
	}
	places := []conversation.Position{at(1, 2), at(1, 0), at(2, 0), at(9, 0), at(1, 7)}
	for round, gets := range []int{4, 2} {
		log.gets = 0
		said, err := r.Get(ctx, places)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range said {
			p, gone, err := r.Personal(ctx, &said[i])
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprint(p.Text, gone, said[i].Received))
		}
		if want := "três7 um6 quatro6 trimmed0 damaged0"; strings.Join(got, " ") != want {
			t.Errorf("round %d: %v", round, got)
		}
		if log.gets != gets {
			t.Errorf("round %d: the journal was asked %d times", round, log.gets)
		}
	}
	var texts []string
	if err := r.Texts(ctx, []conversation.Position{at(1, 0), at(1, 1), at(9, 0), at(1, 2), at(2, 0)}, func(s string) bool {
		texts = append(texts, s)
		return len(texts) < 3
	}); err != nil || !slices.Equal(texts, []string{"um", "dois", "três"}) {
		t.Errorf("%v, %v", texts, err)
	}
	r.Forget(places)
	if hot := r.Hot(nil, places); len(hot) != 0 {
		t.Errorf("%v is still there", hot)
	}
}

// TestFollow: what is written is in the cache soon after.
func TestFollow(t *testing.T) {
	log := memory.New(memory.Options{}).Lane()
	r := NewReader(log, open{}, 32<<20)
	t.Cleanup(r.Close)
	put := func(n byte) uint64 {
		c := record.Commit{Batches: []record.Batch{{Kind: record.KindEvents, Received: 6, Events: []record.Event{{Dedup: uint64(n), Kind: event.NoteAdded, Contact: record.Key{n}}}}}}
		seq, err := log.Append(context.Background(), "", record.AppendCommit(nil, &c))
		if err != nil {
			t.Fatal(err)
		}
		return seq
	}
	put(1)
	applied := make(chan uint64, 1)
	applied <- put(2)
	last := uint64(0)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		r.Follow(ctx, func() uint64 {
			select {
			case last = <-applied:
			default:
			}
			return last
		}, time.Now(), nil)
		close(done)
	}()
	wait := func(seq uint64) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); len(r.Hot(nil, []conversation.Position{{Seq: seq}})) == 0; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("record %d never came", seq)
			}
		}
	}
	wait(1)
	wait(2)
	applied <- put(3)
	wait(3)
	cancel()
	<-done
}
