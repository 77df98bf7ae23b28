package jetstream

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/journaltest"
)

// The tests below run this test program again as a child that writes to a
// journal and prints each acknowledged sequence.
const (
	childDir  = "JOURNAL_TEST_DIR"
	childSize = "JOURNAL_TEST_FILE_SIZE"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := child(dir, os.Getenv(childSize)); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// crashRecord is what the child writes as its record of that sequence.
func crashRecord(seq uint64) []byte { return journaltest.Noise(seq, 1000+int(seq*97%3000)) }

// child appends to the lane until it is killed or an append fails. fileSize
// is a limit after which the kernel refuses to let a file grow.
func child(dir, fileSize string) error {
	if fileSize != "" {
		n, err := strconv.ParseUint(fileSize, 10, 64)
		if err != nil {
			return err
		}
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: n, Max: n}); err != nil {
			return err
		}
	}
	ctx := context.Background()
	s, err := Open(ctx, Options{Dir: dir, Timeout: time.Second})
	if err != nil {
		return err
	}
	st, err := s.Lane().State(ctx)
	if err != nil {
		return err
	}
	for seq := st.Last + 1; ; seq++ {
		got, err := s.Lane().Append(ctx, "", crashRecord(seq))
		if err != nil {
			return err
		}
		if got != seq {
			return fmt.Errorf("got sequence %d, want %d", got, seq)
		}
		fmt.Println("acked", seq)
	}
}

// runChild runs the child until it has acknowledged as many records as wanted,
// then kills it; with 0 until it ends by itself. It returns the last sequence
// acknowledged and the error that the child printed.
func runChild(t *testing.T, dir string, fileSize, kill int) (acked uint64, failure string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	if fileSize > 0 {
		cmd.Env = append(cmd.Env, childSize+"="+strconv.Itoa(fileSize))
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if text, ok := strings.CutPrefix(line, "error: "); ok {
			failure = text
			continue
		}
		if _, err := fmt.Sscanf(line, "acked %d", &acked); err != nil {
			t.Fatalf("the child printed %q", line)
		}
		if n == kill {
			_ = cmd.Process.Kill() // what it printed before it died is still read
		}
	}
	_ = cmd.Wait() // the kill is its error
	if strings.Contains(stderr.String(), "panic") {
		t.Fatalf("the child panicked:\n%s", stderr.String())
	}
	return acked, failure
}

// wantAcked checks that every acknowledged record is there, and that the lane
// is whole.
func wantAcked(t *testing.T, s *Store, acked uint64) {
	t.Helper()
	next := uint64(1)
	err := s.Lane().Read(t.Context(), 1, func(e journal.Entry) error {
		if e.Seq != next || !bytes.Equal(e.Data, crashRecord(e.Seq)) {
			return fmt.Errorf("record %d of %d bytes where %d was expected", e.Seq, len(e.Data), next)
		}
		next++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if next <= acked {
		t.Fatalf("records 1 to %d are there, acknowledged were those up to %d", next-1, acked)
	}
	// At most the one record under way when the process ended was not
	// acknowledged.
	if next > acked+2 {
		t.Errorf("records up to %d are there, acknowledged were those up to %d", next-1, acked)
	}
}

func TestKill(t *testing.T) {
	dir := t.TempDir()
	for _, records := range []int{1, 150, 60} {
		acked, failure := runChild(t, dir, 0, records)
		if failure != "" {
			t.Fatal(failure)
		}
		s, err := Open(t.Context(), Options{Dir: dir})
		if err != nil {
			t.Fatalf("open after a kill: %v", err)
		}
		wantAcked(t, s, acked)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWriteFails: a disk that refuses in the midst of a record makes an error
// in bounded time, and takes nothing that was acknowledged with it.
func TestWriteFails(t *testing.T) {
	dir := t.TempDir()
	acked, failure := runChild(t, dir, 512<<10, 0)
	if !strings.Contains(failure, journal.ErrUnavailable.Error()) {
		t.Fatalf("the child ended with %q, want %q", failure, journal.ErrUnavailable)
	}
	if acked < 100 {
		t.Fatalf("only %d records were acknowledged", acked)
	}
	s := mustOpen(t, Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	wantAcked(t, s, acked)
	last := journaltest.MustState(t, s.Lane()).Last
	if seq := journaltest.MustAppend(t, s.Lane(), "", crashRecord(last+1)); seq != last+1 {
		t.Errorf("sequence %d after %d", seq, last)
	}
}
