package simulate

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		client := &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) { return answer(http.StatusOK, ""), nil })}
		s := &Sender{URL: "http://exporter.test", Client: client, Writer: &plainWriter{}, Speed: 6, Progress: &out, Workers: 1}
		if _, err := s.Run(t.Context(), items(6)); err != nil {
			t.Fatal(err)
		}
		got := out.String()
		if strings.ContainsAny(got, "\x1b\r") {
			t.Errorf("a file gets escape codes: %q", got)
		}
		lines := strings.Split(strings.TrimSpace(got), "\n")
		// Five minutes at sixfold speed: a line every ten seconds and a last one.
		if len(lines) != 6 || !strings.Contains(lines[5], "6 events acknowledged, 0.1/s") || !strings.HasPrefix(lines[5], "  8%") {
			t.Errorf("%q", lines)
		}
	})
}

func TestProgressLines(t *testing.T) {
	for _, c := range []struct {
		p    progress
		st   Stats
		at   time.Duration
		want string
	}{
		{progress{whole: time.Hour}, Stats{Acked: 12}, 30 * time.Minute, " 50%  30m0s simulated, 12 events acknowledged, 2.5/s"},
		{progress{whole: time.Hour, terminal: true}, Stats{Acked: 12}, 30 * time.Minute, "[###############...............]  50%  30m0s simulated, 12 events acknowledged, 2.5/s"},
		{progress{terminal: true}, Stats{Acked: 1, Retries: 3, Rejected: 2}, time.Minute, "1m0s simulated, 1 events acknowledged, 2.5/s, 3 sent again, 2 rejected"},
		{progress{whole: time.Minute}, Stats{}, time.Hour, "100%  1h0m0s simulated, 0 events acknowledged, 2.5/s"},
	} {
		if got := c.p.line(c.st, c.at, 2.5); got != c.want {
			t.Errorf("\n got %q\nwant %q", got, c.want)
		}
	}
}

// TestTerminalLine: a shorter line leaves nothing of a longer one.
func TestTerminalLine(t *testing.T) {
	var out bytes.Buffer
	p := progress{w: &out, terminal: true, width: 200}
	p.show(&Sender{}, time.Now(), true)
	got := out.String()
	if !strings.HasPrefix(got, "\r") || !strings.HasSuffix(got, "\n") || len(got) != 202 {
		t.Errorf("%q", got)
	}
}
