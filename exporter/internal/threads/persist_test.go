package threads

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

func TestRestart(t *testing.T) {
	w := newWorld(t, Options{})
	for round := range 5 {
		for i := range 20 {
			w.teach(fmt.Sprintf("v%d-%d", round, i), fmt.Sprint("c", i), "i")
		}
		w.teach("v0-0", fmt.Sprint("changed ", round), "i")
		w.restart()
	}
	w.want("v0-0", "changed 4/i/whatsapp")
	w.want("v3-7", "c7/i/whatsapp")
	if n := countKind(w, kindKey); n != 1 {
		t.Errorf("%d keys for 5 starts", n)
	}
	if w.logs.Len() > 0 {
		t.Errorf("logged: %s", &w.logs)
	}
}

func countKind(w *world, kind recordKind) (n int) {
	for _, r := range w.records() {
		if recordKind(r.Data[0]) == kind {
			n++
		}
	}
	return n
}

// TestNothingReadable: ids are personal.
func TestNothingReadable(t *testing.T) {
	w := newWorld(t, Options{})
	w.teach("conversation-1", "5511900000001", "inbox-1")
	w.hold(message("m-1", "conversation-2"))
	for _, r := range w.records() {
		for _, s := range []string{"conversation", "551190", "inbox", "text of", "raw of", "desk", "m-1"} {
			if bytes.Contains(r.Data, []byte(s)) {
				t.Errorf("record %d holds %q", r.Seq, s)
			}
		}
	}
}

// TestDamage: whatever one record looks like, the others count; without the
// key's own the memory starts empty.
func TestDamage(t *testing.T) {
	w := newWorld(t, Options{})
	for i := range 4 {
		w.teach(fmt.Sprint("v", i), fmt.Sprint("c", i), "i")
	}
	w.hold(message("m", "unknown"))
	var good [][]byte
	for _, r := range w.records() {
		good = append(good, r.Data)
	}
	damages := map[string]func([]byte) []byte{
		"empty":   func([]byte) []byte { return nil },
		"kind":    func(b []byte) []byte { b[0] = 99; return b },
		"epoch":   func(b []byte) []byte { b[3] ^= 1; return b },
		"last":    func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"cut off": func(b []byte) []byte { return b[:len(b)-1] },
		"head":    func(b []byte) []byte { return b[:recordHead] },
	}
	for name, damage := range damages {
		for at := range good {
			records := make([][]byte, len(good))
			for i := range good {
				records[i] = bytes.Clone(good[i])
			}
			records[at] = damage(records[at])
			w := &world{t: t, master: w.master, failAfter: -1}
			w.replace(records)
			w.restart()
			known := 0
			for i := range 4 {
				if got := w.knows(fmt.Sprint("v", i)); got == fmt.Sprintf("c%d/i/whatsapp", i) {
					known++
				} else if got != "//" {
					t.Errorf("%s of record %d: conversation %d is %s", name, at, i, got)
				}
			}
			waiting := len(w.desk().room.waiting)
			wantKnown, wantWaiting, unreadable := 3, 1, uint64(1)
			switch at {
			case 0:
				wantKnown, wantWaiting, unreadable = 0, 0, uint64(len(good))
			case len(good) - 1:
				wantKnown, wantWaiting = 4, 0
			}
			if known != wantKnown || waiting != wantWaiting || w.m.unreadable.Load() != unreadable {
				t.Errorf("%s of record %d: %d conversations are known, %d events wait, %d records unreadable",
					name, at, known, waiting, w.m.unreadable.Load())
			}
			if !strings.Contains(w.logs.String(), "damaged or were sealed with another key file") {
				t.Errorf("%s of record %d: logged %q", name, at, &w.logs)
			}
			// It goes on.
			w.teach("new", "c", "i")
			if err := w.compact(); err != nil {
				t.Fatal(err)
			}
			w.restart()
			w.want("new", "c/i/whatsapp")
			if w.m.unreadable.Load() != 0 {
				t.Errorf("%s of record %d: unreadable records are still there after a compaction", name, at)
			}
		}
	}
}

func TestOtherKeyFile(t *testing.T) {
	w := newWorld(t, Options{})
	w.teach("v", "c", "i")
	w.master = privacy.NewMaster([32]byte{2})
	w.restart()
	w.want("v", "//")
	if !strings.Contains(w.logs.String(), "another key file") {
		t.Errorf("logged %q", &w.logs)
	}
}

func TestUnreadableLog(t *testing.T) {
	w := newWorld(t, Options{})
	w.store.FailReads(errDisk)
	if _, err := Open(t.Context(), Options{Log: w.log, Sealer: w.master}); err == nil || !strings.Contains(err.Error(), errDisk.Error()) {
		t.Errorf("got %v", err)
	}
	if _, err := Open(t.Context(), Options{Log: w.log}); err == nil {
		t.Error("a log without a Sealer")
	}
}

// TestCompaction: the log does not grow with what is said again and again.
func TestCompaction(t *testing.T) {
	w := newWorld(t, Options{})
	channel := []string{"whatsapp", "sms"}
	for i := range 30_000 {
		th := provider.Thread{Conversation: fmt.Sprint("v", i%50), Contact: fmt.Sprint("c", i%50), Inbox: "i", Channel: channel[i/50%2]}
		mark := w.desk().Complete(nil, []provider.Thread{th}, "")
		if err := w.m.Sync(t.Context(), mark); err != nil {
			t.Fatal(err)
		}
		if i%100 == 0 {
			w.tidy()
		}
	}
	w.tidy()
	size := 0
	for _, r := range w.records() {
		size += len(r.Data) + recordOverhead
	}
	if size > minCompact+100_000 {
		t.Errorf("%d bytes for 50 conversations", size)
	}
	w.restart()
	w.want("v49", "c49/i/sms")
}

// TestCompactionIsCut: whatever write of a compaction fails or is the last one
// of the process, nothing that was acknowledged is lost.
func TestCompactionIsCut(t *testing.T) {
	for writes := 0; ; writes++ {
		w := newWorld(t, Options{})
		for i := range 3000 {
			w.desk().Complete(nil, []provider.Thread{{Conversation: fmt.Sprint("v", i), Contact: fmt.Sprint("c", i), Inbox: strings.Repeat("i", 60)}}, "")
		}
		w.teach("v0", "newer", "i")
		w.hold(message("m1", "unknown"))
		w.hold(message("m2", "unknown"), message("m3", "other"))
		w.teach("v1", "newest", "i")
		w.failAfter = writes
		err := w.compact()
		w.failAfter = -1
		for _, restarted := range []bool{false, true} {
			if restarted {
				w.restart()
			}
			w.want("v0", "newer/i/whatsapp")
			w.want("v1", "newest/i/whatsapp")
			if got := knowsQuietly(w.desk(), "v2999"); got != "c2999" {
				t.Errorf("%d writes: %q", writes, got)
			}
			if n := len(w.desk().room.waiting); n != 3 {
				t.Errorf("%d writes, restarted %v: %d events wait", writes, restarted, n)
			}
		}
		if again := w.compact(); again != nil {
			t.Fatal(again)
		}
		w.tidy()
		w.restart()
		w.want("v0", "newer/i/whatsapp")
		if n := len(w.desk().room.waiting); n != 3 {
			t.Errorf("%d writes, compacted again: %d events wait", writes, n)
		}
		if n := countKind(w, kindKey); n != 1 {
			t.Errorf("%d writes: %d keys", writes, n)
		}
		if err == nil {
			if writes < 8 {
				t.Errorf("a compaction has %d writes only", writes)
			}
			return
		}
	}
}

// TestForget: what was forgotten cannot be had again from anything that the
// disk may still hold.
func TestForget(t *testing.T) {
	w := newWorld(t, Options{})
	w.teach("v1", "c1", "i")
	w.teach("v2", "c2", "i")
	w.teach("v3", "c1", "j")
	known := message("m1", "v9")
	known.Contact = "c1" // without an inbox
	w.hold(known, message("m2", "v8"))
	w.hold(message("m3", "v8"))
	was := w.records()
	n, err := w.m.Forget(t.Context(), func(source, contact string) bool {
		if source != "desk" {
			t.Errorf("source %q", source)
		}
		return contact == "c1"
	})
	if err != nil || n != 4 {
		t.Fatalf("%d entries, %v", n, err)
	}
	for range 2 {
		w.want("v1", "//")
		w.want("v3", "//")
		w.want("v2", "c2/i/whatsapp")
		if got := fmt.Sprintf("%s %d", w.desk().room.waiting[0].event.ID, len(w.desk().room.waiting)); got != "m2 2" {
			t.Errorf("waiting: %s", got)
		}
		w.restart()
	}
	// The old records with what is left of the log.
	var all [][]byte
	for _, r := range was {
		if recordKind(r.Data[0]) != kindKey { // overwritten
			all = append(all, r.Data)
		}
	}
	now := w.records()
	if len(now) > 0 && now[0].Seq <= was[len(was)-1].Seq {
		t.Error("old records are still there")
	}
	for _, r := range now {
		all = append([][]byte{r.Data}, all...)
	}
	w.replace(all)
	w.restart()
	w.want("v1", "//")
	for _, raw := range w.rawOf() {
		if strings.Contains(raw, "m1") {
			t.Errorf("the raw request is kept: %q", raw)
		}
	}
}

// rawOf gives the raw requests of what waits.
func (w *world) rawOf() (list []string) {
	r := w.desk().Expired(testNow.Add(DefaultPatience), "")
	if r == nil {
		return nil
	}
	defer r.Back()
	for _, g := range r.Groups(context.Background()) {
		list = append(list, string(g.Raw))
	}
	return list
}

// TestForgetFails: it says so, and works when it is called again.
func TestForgetFails(t *testing.T) {
	for writes := range 4 {
		w := newWorld(t, Options{})
		w.teach("v1", "c1", "i")
		w.failAfter = writes
		match := func(_, contact string) bool { return contact == "c1" }
		if _, err := w.m.Forget(t.Context(), match); err == nil {
			t.Errorf("no error after %d writes", writes)
		}
		w.failAfter = -1
		if _, err := w.m.Forget(t.Context(), match); err != nil {
			t.Fatal(err)
		}
		w.restart()
		w.want("v1", "//")
	}
}

// TestForgetWithoutLog forgets what is in memory.
func TestForgetWithoutLog(t *testing.T) {
	m := New()
	m.Source("desk").Complete(nil, []provider.Thread{{Conversation: "v", Contact: "c", Inbox: "i"}}, "")
	if n, err := m.Forget(t.Context(), func(_, contact string) bool { return contact == "c" }); n != 2 || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
	if got := knows(m.Source("desk"), "v"); got != "//" {
		t.Errorf("knows %s", got)
	}
}

// TestRandom: requests, faults of the disk, restarts and compactions in any
// order; what was acknowledged last of a conversation is what is known.
func TestRandom(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t, Options{})
		// possible are the contacts that a conversation may have: the one that was
		// acknowledged last, and those of later requests that were refused.
		possible := map[string][]string{}
		for step := range 400 {
			switch n := r.IntN(20); {
			case n < 12:
				v, c := fmt.Sprint("v", r.IntN(10)), fmt.Sprint("c", step)
				if r.IntN(4) == 0 {
					w.failAfter = r.IntN(2)
				}
				err := w.try(v, c, "i")
				w.failAfter = -1
				switch _, there := possible[v]; {
				case err == nil:
					possible[v] = nil
				case !there:
					possible[v] = []string{""}
				}
				possible[v] = append(possible[v], c)
			case n < 15:
				w.failAfter = r.IntN(12)
				_ = w.compact()
				w.failAfter = -1
			case n < 17:
				_ = w.m.Tidy(t.Context())
			default:
				w.restart()
			}
			for v, list := range possible {
				if got := knowsQuietly(w.desk(), v); !slices.Contains(list, got) {
					t.Fatalf("seed %d, step %d: %s is %q, acknowledged %q", seed, step, v, got, list)
				}
			}
		}
	}
}

// TestConcurrent is for the race detector.
func TestConcurrent(t *testing.T) {
	w := newWorld(t, Options{MaxThreads: 200})
	w.store.OnAppend(nil)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 300 {
				v := fmt.Sprint("v", g, "-", i)
				if i%10 == 0 {
					if _, err := w.desk().Hold(t.Context(), []event.Event{message(v, v)}, testNow, nil); err != nil {
						t.Error(err)
					}
				}
				w.teach(v, "c", "i")
				if r := w.desk().Ready(""); r != nil {
					if i%3 == 0 {
						r.Back()
					} else {
						r.Done()
					}
				}
			}
		})
	}
	wg.Go(func() {
		for i := range 30 {
			w.tidy()
			if err := w.compact(); err != nil {
				t.Error(err)
			}
			if i%10 == 0 {
				if _, err := w.m.Forget(t.Context(), func(_, contact string) bool { return contact == "nobody" }); err != nil {
					t.Error(err)
				}
			}
		}
	})
	wg.Wait()
	for r := w.desk().Ready(""); r != nil; r = w.desk().Ready("") {
		r.Done()
	}
	w.tidy()
	if n := len(w.desk().room.ids) + len(w.desk().room.waiting) + w.desk().room.size; n != 0 {
		t.Errorf("%d left in the room", n)
	}
	w.restart()
	if n := len(w.desk().room.waiting); n != 0 {
		t.Errorf("%d wait after the restart", n)
	}
	w.want("v3-299", "c/i/whatsapp")
}
