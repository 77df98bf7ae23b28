package journaltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

func testDelete(t *testing.T, s journal.Store) {
	for name, l := range logs(s) {
		for i := 1; i <= 6; i++ {
			MustAppend(t, l, "", payload(i))
		}
		for _, seq := range []uint64{3, 4, 6} {
			if err := l.Delete(t.Context(), seq); err != nil {
				t.Fatalf("%s: Delete(%d): %v", name, seq, err)
			}
		}
		wantSeqs(t, l, 1, 1, 2, 5)
		wantSeqs(t, l, 3, 5)
		wantSeqs(t, l, 6)
		_, err := l.Get(t.Context(), 3)
		wantErr(t, name+": Get of a deleted record", err, journal.ErrNotFound)
		wantErr(t, name+": second Delete", l.Delete(t.Context(), 3), journal.ErrNotFound)
		wantErr(t, name+": Delete beyond the end", l.Delete(t.Context(), 99), journal.ErrNotFound)
		if st := MustState(t, l); st.First != 1 || st.Last != 6 {
			t.Errorf("%s: state %+v, want sequences 1 to 6", name, st)
		}
		if seq := MustAppend(t, l, "", payload(7)); seq != 7 {
			t.Errorf("%s: the sequence of a deleted record was used again: %d", name, seq)
		}
	}
}

func testTrim(t *testing.T, s journal.Store) {
	l := s.Lane()
	for i := 1; i <= 10; i++ {
		MustAppend(t, l, "", payload(i))
	}
	trim := func(below uint64, first, last uint64) {
		t.Helper()
		if err := l.Trim(t.Context(), below); err != nil {
			t.Fatalf("Trim(%d): %v", below, err)
		}
		if st := MustState(t, l); st.First != first || st.Last != last {
			t.Errorf("after Trim(%d) the state is %+v, want sequences %d to %d", below, st, first, last)
		}
	}
	trim(0, 1, 10)
	trim(1, 1, 10)
	trim(4, 4, 10)
	wantSeqs(t, l, 1, 4, 5, 6, 7, 8, 9, 10)
	_, err := l.Get(t.Context(), 3)
	wantErr(t, "Get of a trimmed record", err, journal.ErrNotFound)
	trim(2, 4, 10)
	trim(1000, 11, 10)
	wantSeqs(t, l, 1)
	if seq := MustAppend(t, l, "", payload(11)); seq != 11 {
		t.Errorf("sequence %d after everything was trimmed, want 11", seq)
	}
	if st := MustState(t, l); st.First != 11 || st.Last != 11 || st.Oldest.IsZero() || st.Bytes == 0 {
		t.Errorf("state %+v", st)
	}
}

// testRejected: the newest 100 of each source, whatever its name looks like.
func testRejected(t *testing.T, s journal.Store) {
	l := s.Rejected()
	names := []string{"meta", "a.b", "with space", "*", ">", "100%", "ação", "_-"}
	for _, n := range names {
		MustAppend(t, l, n, []byte("body of "+n))
	}
	for i := range 110 {
		MustAppend(t, l, "busy", payload(i))
	}
	count := map[string]int{}
	var busy [][]byte
	for _, e := range MustRead(t, l, 1) {
		count[e.Subject]++
		if e.Subject == "busy" {
			busy = append(busy, e.Data)
		} else if want := "body of " + e.Subject; string(e.Data) != want {
			t.Errorf("record of %q holds %q", e.Subject, e.Data)
		}
	}
	for _, n := range names {
		if count[n] != 1 {
			t.Errorf("source %q has %d records, want 1", n, count[n])
		}
	}
	if len(count) != len(names)+1 || len(busy) != 100 {
		t.Fatalf("sources %v", count)
	}
	if !bytes.Equal(busy[0], payload(10)) || !bytes.Equal(busy[99], payload(109)) {
		t.Errorf("kept %q to %q, want the newest 100", busy[0], busy[99])
	}
	if e, err := l.Get(t.Context(), 2); err != nil || e.Subject != "a.b" {
		t.Errorf("Get(2) = %q, %v", e.Subject, err)
	}
}

func testContext(t *testing.T, s journal.Store) {
	MustAppend(t, s.Lane(), "", payload(1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for what, err := range map[string]error{
		"Append": func() error { _, err := s.Lane().Append(ctx, "", payload(2)); return err }(),
		"Read":   s.Lane().Read(ctx, 1, func(journal.Entry) error { return nil }),
		"Get":    func() error { _, err := s.Lane().Get(ctx, 1); return err }(),
		"Put":    s.Snapshots().Put(ctx, "x", nil, strings.NewReader("x")),
	} {
		wantErr(t, what+" with a cancelled context", err, journal.ErrUnavailable)
		wantErr(t, what+" with a cancelled context", err, context.Canceled)
	}
}

func testConcurrent(t *testing.T, s journal.Store) {
	const writers, each = 4, 25
	var wg sync.WaitGroup
	var mu sync.Mutex
	acked := map[uint64]string{}
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				data := fmt.Sprintf("%d/%d", w, i)
				seq, err := s.Lane().Append(t.Context(), "", []byte(data))
				if err != nil {
					t.Errorf("Append: %v", err)
					return
				}
				mu.Lock()
				if old, ok := acked[seq]; ok {
					t.Errorf("sequence %d was given to %q and %q", seq, old, data)
				}
				acked[seq] = data
				mu.Unlock()
			}
		})
	}
	for range 2 {
		wg.Go(func() {
			for range 5 {
				last := uint64(0)
				err := s.Lane().Read(t.Context(), 1, func(e journal.Entry) error {
					if e.Seq != last+1 {
						return fmt.Errorf("sequence %d after %d", e.Seq, last)
					}
					last = e.Seq
					return nil
				})
				if err == nil {
					_, err = s.Lane().State(t.Context())
				}
				if err != nil {
					t.Errorf("reader: %v", err)
				}
			}
		})
	}
	wg.Wait()
	got := MustRead(t, s.Lane(), 1)
	if len(got) != writers*each {
		t.Fatalf("%d records, want %d", len(got), writers*each)
	}
	for _, e := range got {
		if acked[e.Seq] != string(e.Data) {
			t.Errorf("record %d is %q, acknowledged was %q", e.Seq, e.Data, acked[e.Seq])
		}
	}
}

func testVerify(t *testing.T, s journal.Store) {
	for i := 1; i <= 8; i++ {
		MustAppend(t, s.Lane(), "", payload(i))
		MustAppend(t, s.Keys(), "", payload(i))
	}
	if err := s.Lane().Trim(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	if err := s.Keys().Delete(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	if err := s.Snapshots().Put(t.Context(), "round", nil, strings.NewReader("state")); err != nil {
		t.Fatal(err)
	}
	verify := func(want journal.Expect) journal.Report {
		t.Helper()
		r, err := journal.Verify(t.Context(), s, want)
		if err != nil {
			t.Fatalf("Verify: %v", err)
		}
		return r
	}
	r := verify(journal.Expect{})
	if err := r.Err(); err != nil {
		t.Errorf("a sound journal: %v\n%s", err, r)
	}
	if r.Lane.Records != 6 || r.Keys.Records != 7 || r.Keys.Missing != 1 || len(r.Blobs) != 1 {
		t.Errorf("report: %s", r)
	}

	bad := errors.New("cannot be read")
	if err := s.Lane().Delete(t.Context(), 8); err != nil {
		t.Fatal(err)
	}
	r = verify(journal.Expect{Lane: func(e journal.Entry) error {
		if e.Seq == 4 {
			return bad
		}
		return nil
	}})
	wantErr(t, "a lane with a hole", r.Err(), journal.ErrDamaged)
	if !slices.Equal(r.Lane.Gaps, []journal.Gap{{From: 8, To: 8}}) || r.Lane.Undecodable != 1 ||
		len(r.Lane.Examples) != 1 || r.Lane.Examples[0].Seq != 4 {
		t.Errorf("report: %s", r)
	}
}

func testClosed(t *testing.T, s journal.Store) {
	MustAppend(t, s.Lane(), "", payload(1))
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	_, err := s.Lane().Append(t.Context(), "", payload(2))
	wantErr(t, "Append", err, journal.ErrUnavailable)
	err = s.Lane().Read(t.Context(), 1, func(journal.Entry) error { return nil })
	wantErr(t, "Read", err, journal.ErrUnavailable)
	_, err = s.Keys().State(t.Context())
	wantErr(t, "State", err, journal.ErrUnavailable)
	_, err = s.Snapshots().List(t.Context())
	wantErr(t, "List", err, journal.ErrUnavailable)
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}
