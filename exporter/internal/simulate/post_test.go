package simulate

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

func listen(address string) (net.Listener, error) { return net.Listen("tcp", address) }

var oneRequest = []provider.Request{{Method: http.MethodPost, Body: []byte("{}")}}

// TestRetryAfter: the exporter says how long to wait, and is obeyed.
func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var waits []time.Duration
		last := begin
		answers := []*http.Response{
			answer(http.StatusServiceUnavailable, "7"),
			answer(http.StatusTooManyRequests, begin.Add(12*time.Second).UTC().Format(http.TimeFormat)),
			answer(http.StatusServiceUnavailable, "900"), // bounded
			answer(http.StatusOK, ""),
		}
		client := &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) {
			waits = append(waits, time.Since(last))
			last = time.Now()
			return answers[len(waits)-1], nil
		})}
		s := &Sender{URL: "http://exporter.test", Client: client}
		if err := s.Post(t.Context(), oneRequest); err != nil {
			t.Fatal(err)
		}
		want := []time.Duration{0, 7 * time.Second, 5 * time.Second, longestRetryAfter}
		for i := range want {
			if waits[i] != want[i] {
				t.Errorf("attempt %d after %s, want %s", i+1, waits[i], want[i])
			}
		}
	})
}

// TestBackOff: pauses grow to a bound, and trying ends where it was to.
func TestBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var waits []time.Duration
		last := time.Now()
		broken := errors.New("connection reset")
		client := &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) {
			waits = append(waits, time.Since(last))
			last = time.Now()
			return nil, broken
		})}
		s := &Sender{URL: "http://exporter.test", Client: client, GiveUpAfter: 20 * time.Second}
		begin := time.Now()
		err := s.Post(t.Context(), oneRequest)
		if !errors.Is(err, broken) || !strings.Contains(err.Error(), "gave up after 20s") {
			t.Errorf("%v", err)
		}
		if d := time.Since(begin); d > 20*time.Second || d < 15*time.Second {
			t.Errorf("gave up after %s", d)
		}
		pause := firstPause
		for i, w := range waits[1:] {
			if w < pause/2 || w > pause*3/2 {
				t.Errorf("pause %d is %s, want about %s", i+1, w, pause)
			}
			pause = min(2*pause, lastPause)
		}
		if st := s.Stats(); st.Uncertain != int64(len(waits)) || st.Attempts != int64(len(waits)) || st.Requests != 0 {
			t.Errorf("%+v after %d attempts", st, len(waits))
		}
	})
}

// TestCancelled: whoever is trying stops with the context, with its cause.
func TestCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
		})}
		s := &Sender{URL: "http://exporter.test", Client: client, Writer: &plainWriter{}, Workers: 2}
		ctx, cancel := context.WithCancelCause(t.Context())
		enough := errors.New("enough")
		time.AfterFunc(90*time.Second, func() { cancel(enough) })
		begin := time.Now()
		stats, err := s.Run(ctx, items(26))
		if !errors.Is(err, enough) {
			t.Errorf("%v", err)
		}
		if d := time.Since(begin); d != 90*time.Second {
			t.Errorf("stopped after %s", d)
		}
		if stats.Acked != 0 || stats.Uncertain != 0 || stats.Retries < 10 {
			t.Errorf("%+v", stats)
		}
	})
}

func TestReadRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		" 3 ":                           3 * time.Second,
		"-5":                            0,
		"3600":                          longestRetryAfter,
		"Wed, 04 Mar 2026 12:00:09 GMT": 9 * time.Second,
		"Wed, 04 Mar 2026 11:00:00 GMT": 0,
		"soon":                          0,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}
