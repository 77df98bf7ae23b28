// Package journaltest holds the one test that every implementation of
// package journal passes. It is used by tests only.
package journaltest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// Options are what a test asks of the Store that it is given.
type Options struct {
	// LaneBytes is the size at which the lane is full, 0 none.
	LaneBytes uint64
}

// Run puts an implementation to the test. open returns a new, empty Store for
// each call and closes it at the end of its test.
func Run(t *testing.T, open func(t *testing.T, o Options) journal.Store) {
	for _, tc := range []struct {
		name string
		f    func(*testing.T, journal.Store)
		o    Options
	}{
		{"order", testOrder, Options{}},
		{"append", testAppend, Options{}},
		{"empty", testEmpty, Options{}},
		{"read", testRead, Options{}},
		{"size", testSize, Options{}},
		{"full", testFull, Options{LaneBytes: 64 << 10}},
		{"delete", testDelete, Options{}},
		{"trim", testTrim, Options{}},
		{"rejected", testRejected, Options{}},
		{"context", testContext, Options{}},
		{"concurrent", testConcurrent, Options{}},
		{"verify", testVerify, Options{}},
		{"blobs", testBlobs, Options{}},
		{"blob replaced while read", testBlobReplaced, Options{}},
		{"blob whole or not at all", testBlobFails, Options{}},
		{"closed", testClosed, Options{}},
	} {
		t.Run(tc.name, func(t *testing.T) { tc.f(t, open(t, tc.o)) })
	}
}

// logs are those that take records without a subject.
func logs(s journal.Store) map[string]journal.Log {
	return map[string]journal.Log{"lane": s.Lane(), "keys": s.Keys()}
}

func payload(i int) []byte { return fmt.Appendf(nil, "record %d", i) }

// MustAppend appends and returns the sequence.
func MustAppend(t testing.TB, l journal.Log, subject string, data []byte) uint64 {
	t.Helper()
	seq, err := l.Append(t.Context(), subject, data)
	if err != nil {
		t.Fatalf("Append: %v", err)
	}
	return seq
}

// MustRead returns copies of every record from a sequence on.
func MustRead(t testing.TB, l journal.Log, from uint64) []journal.Entry {
	t.Helper()
	var got []journal.Entry
	err := l.Read(t.Context(), from, func(e journal.Entry) error {
		e.Data = bytes.Clone(e.Data)
		got = append(got, e)
		return nil
	})
	if err != nil {
		t.Fatalf("Read from %d: %v", from, err)
	}
	return got
}

// MustState returns the state.
func MustState(t testing.TB, l journal.Log) journal.State {
	t.Helper()
	st, err := l.State(t.Context())
	if err != nil {
		t.Fatalf("State: %v", err)
	}
	return st
}

func seqs(entries []journal.Entry) []uint64 {
	got := []uint64{}
	for _, e := range entries {
		got = append(got, e.Seq)
	}
	return got
}

func wantSeqs(t *testing.T, l journal.Log, from uint64, want ...uint64) {
	t.Helper()
	if got := seqs(MustRead(t, l, from)); !slices.Equal(got, want) && len(got)+len(want) > 0 {
		t.Errorf("Read from %d gave the sequences %v, want %v", from, got, want)
	}
}

func wantErr(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: error %v, want one that wraps %q", what, err, want)
	}
}

func testOrder(t *testing.T, s journal.Store) {
	before := time.Now().Add(-time.Second)
	for name, l := range logs(s) {
		for i := 1; i <= 20; i++ {
			if seq := MustAppend(t, l, "", payload(i)); seq != uint64(i) {
				t.Fatalf("%s: append %d got sequence %d", name, i, seq)
			}
		}
		got := MustRead(t, l, 1)
		if len(got) != 20 {
			t.Fatalf("%s: read %d records, want 20", name, len(got))
		}
		for i, e := range got {
			if e.Seq != uint64(i+1) || e.Subject != "" || !bytes.Equal(e.Data, payload(i+1)) {
				t.Errorf("%s: record %d is {%d %q %q}", name, i+1, e.Seq, e.Subject, e.Data)
			}
			if e.Written.Before(before) || e.Written.After(time.Now().Add(time.Second)) {
				t.Errorf("%s: record %d was written at %v", name, i+1, e.Written)
			}
		}
	}
}

// testAppend: an empty record is one, and the caller keeps its buffer.
func testAppend(t *testing.T, s journal.Store) {
	buf := []byte("first")
	MustAppend(t, s.Lane(), "", buf)
	copy(buf, "xxxxx")
	MustAppend(t, s.Lane(), "", nil)
	got := MustRead(t, s.Lane(), 1)
	if len(got) != 2 || string(got[0].Data) != "first" || len(got[1].Data) != 0 {
		t.Errorf("read %v", got)
	}
	_, err := s.Lane().Append(t.Context(), "a-source", []byte("x"))
	wantErr(t, "lane with a subject", err, journal.ErrSubject)
	_, err = s.Rejected().Append(t.Context(), "", []byte("x"))
	wantErr(t, "rejected without a subject", err, journal.ErrSubject)
}

func testEmpty(t *testing.T, s journal.Store) {
	for name, l := range map[string]journal.Log{"lane": s.Lane(), "keys": s.Keys(), "rejected": s.Rejected(), "tasks": s.Tasks(), "threads": s.Threads()} {
		st := MustState(t, l)
		if st.First != 1 || st.Last != 0 || st.Bytes != 0 || !st.Oldest.IsZero() {
			t.Errorf("%s: state %+v", name, st)
		}
		wantSeqs(t, l, 0)
		wantSeqs(t, l, 1)
		wantSeqs(t, l, 7)
		for _, seq := range []uint64{0, 1} {
			_, err := l.Get(t.Context(), seq)
			wantErr(t, name+": Get", err, journal.ErrNotFound)
		}
		wantErr(t, name+": Delete", l.Delete(t.Context(), 1), journal.ErrNotFound)
		if err := l.Trim(t.Context(), 5); err != nil {
			t.Errorf("%s: Trim: %v", name, err)
		}
	}
	if seq := MustAppend(t, s.Lane(), "", payload(1)); seq != 1 {
		t.Errorf("trimming an empty log beyond its end made the next sequence %d", seq)
	}
}

func testRead(t *testing.T, s journal.Store) {
	l := s.Lane()
	for i := 1; i <= 10; i++ {
		MustAppend(t, l, "", payload(i))
	}
	wantSeqs(t, l, 8, 8, 9, 10)
	wantSeqs(t, l, 11)

	stop := errors.New("enough")
	n := 0
	err := l.Read(t.Context(), 1, func(journal.Entry) error {
		if n++; n == 3 {
			return stop
		}
		return nil
	})
	if err != stop || n != 3 {
		t.Errorf("Read stopped after %d records with %v", n, err)
	}

	// What is appended meanwhile is not part of it, and fn may call the log.
	n = 0
	err = l.Read(t.Context(), 9, func(journal.Entry) error {
		n++
		_, err := l.Append(t.Context(), "", []byte("meanwhile"))
		return err
	})
	if err != nil || n != 2 {
		t.Errorf("Read gave %d records and %v, want 2", n, err)
	}

	e, err := l.Get(t.Context(), 4)
	if err != nil || e.Seq != 4 || e.Subject != "" || !bytes.Equal(e.Data, payload(4)) || e.Written.IsZero() {
		t.Errorf("Get(4) = %+v, %v", e, err)
	}
}

func testSize(t *testing.T, s journal.Store) {
	big := bytes.Repeat([]byte{7}, journal.MaxRecord)
	for name, l := range logs(s) {
		_, err := l.Append(t.Context(), "", append(big, 0))
		wantErr(t, name+" over the limit", err, journal.ErrTooLarge)
		seq := MustAppend(t, l, "", big)
		if e, err := l.Get(t.Context(), seq); err != nil || !bytes.Equal(e.Data, big) {
			t.Errorf("%s: Get of the largest record: %d bytes, %v", name, len(e.Data), err)
		}
		wantSeqs(t, l, 1, seq)
	}
}

// testFull: a full lane refuses, keeps what it has and goes on after a Trim.
func testFull(t *testing.T, s journal.Store) {
	data := make([]byte, 4<<10)
	var last uint64
	var err error
	for range 64 {
		var seq uint64
		if seq, err = s.Lane().Append(t.Context(), "", data); err != nil {
			break
		}
		last = seq
	}
	wantErr(t, "append to a full lane", err, journal.ErrFull)
	if last < 8 || last > 16 {
		t.Errorf("%d records of 4 KiB went into 64 KiB", last)
	}
	st := MustState(t, s.Lane())
	if st.First != 1 || st.Last != last || st.Limit != 64<<10 || st.Bytes > st.Limit {
		t.Errorf("state %+v", st)
	}
	MustAppend(t, s.Keys(), "", data) // another log has its own limit
	if err := s.Lane().Trim(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	if seq := MustAppend(t, s.Lane(), "", data); seq != last+1 {
		t.Errorf("sequence %d after a refused append, want %d", seq, last+1)
	}
}
