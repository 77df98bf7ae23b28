package simulate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// Waiting between attempts: doubled each time, never long, for an exporter
// that restarts is back within seconds.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = 2 * time.Second
	// longestRetryAfter bounds what an answer may ask for.
	longestRetryAfter = 30 * time.Second
)

// RefusedError is an answer that trying again cannot change.
type RefusedError struct {
	Status int
	// Sender tells that every request would be refused alike.
	Sender bool
}

func (e *RefusedError) Error() string {
	hint := "the exporter's log and its operator command `rejected` say why"
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		hint = "give the sender the secret that is configured for this source"
	case http.StatusNotFound:
		hint = "the URL must be http://host:port/webhooks/<source>, with a configured source"
	case http.StatusMethodNotAllowed:
		hint = "the URL is not that of a webhook"
	case http.StatusRequestEntityTooLarge:
		hint = "send fewer events in a request"
	}
	return fmt.Sprintf("exporter answered %d %s: %s", e.Status, http.StatusText(e.Status), hint)
}

// Post sends requests one after the other; each has been acknowledged before
// the next is sent, and all of them when it returns nil. Where the exporter is
// away, busy or failing it tries again until ctx ends or GiveUpAfter is over.
// Other answers than success come back as a *RefusedError.
func (s *Sender) Post(ctx context.Context, reqs []provider.Request) error {
	s.once.Do(func() {
		if s.client = s.Client; s.client == nil {
			s.client = newClient(orInt(s.Workers, 8))
		}
	})
	for i := range reqs {
		if err := s.postOne(ctx, &reqs[i]); err != nil {
			return err
		}
	}
	return nil
}

func newClient(connections int) *http.Client {
	return &http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{
			DialContext:           (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			MaxIdleConnsPerHost:   connections,
			IdleConnTimeout:       time.Minute,
			ResponseHeaderTimeout: 20 * time.Second,
		},
		// A webhook is never redirected: a POST would become a GET.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (s *Sender) postOne(ctx context.Context, r *provider.Request) error {
	var deadline time.Time
	if s.GiveUpAfter > 0 {
		deadline = time.Now().Add(s.GiveUpAfter)
	}
	pause := firstPause
	for {
		wait, err := s.attempt(ctx, r)
		if err == nil {
			s.counts.requests.Add(1)
			return nil
		}
		if refused := (*RefusedError)(nil); errors.As(err, &refused) {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if wait == 0 {
			// Spread out, so that many workers do not come back as one.
			wait = pause/2 + rand.N(pause)
			pause = min(2*pause, lastPause)
		}
		if !deadline.IsZero() && time.Now().Add(wait).After(deadline) {
			return fmt.Errorf("gave up after %s: %w", s.GiveUpAfter, err)
		}
		if sleep(ctx, wait) != nil {
			return context.Cause(ctx)
		}
		s.counts.retries.Add(1)
	}
}

// attempt sends a request once. Next to an error it gives the pause that the
// exporter asked for, 0 if none.
func (s *Sender) attempt(ctx context.Context, r *provider.Request) (time.Duration, error) {
	url := r.URL(s.URL)
	if r.RawQuery == "" && len(r.Query) > 0 {
		url += "?" + r.Query.Encode()
	}
	method := r.Method
	if method == "" {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(r.Body))
	if err != nil {
		return 0, &RefusedError{Status: http.StatusNotFound, Sender: true}
	}
	if r.Header != nil {
		req.Header = r.Header.Clone()
	}
	s.counts.attempts.Add(1)
	resp, err := s.client.Do(req)
	if err != nil {
		if !neverArrived(err) {
			s.counts.uncertain.Add(1)
		}
		return 0, fmt.Errorf("exporter cannot be reached: %w", err)
	}
	// Read to the end, so that the connection can be used again.
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	_ = resp.Body.Close()

	switch code := resp.StatusCode; {
	case code >= 200 && code < 300:
		return 0, nil
	case code == http.StatusTooManyRequests, code >= 500 && code != http.StatusNotImplemented:
		return retryAfter(resp.Header.Get("Retry-After"), time.Now()), fmt.Errorf("exporter answered %d %s", code, http.StatusText(code))
	default:
		sender := code == http.StatusUnauthorized || code == http.StatusForbidden ||
			code == http.StatusNotFound || code == http.StatusMethodNotAllowed || code < 400
		return 0, &RefusedError{Status: code, Sender: sender}
	}
}

// neverArrived tells whether an error came before a byte was sent.
func neverArrived(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// retryAfter reads the header in either of its forms.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0
	}
	wait := time.Duration(0)
	if n, err := strconv.Atoi(value); err == nil {
		wait = time.Duration(min(n, 3600)) * time.Second
	} else if t, err := http.ParseTime(value); err == nil {
		wait = t.Sub(now)
	}
	return min(max(wait, 0), longestRetryAfter)
}
