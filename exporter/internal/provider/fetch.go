package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Task is something that a webhook says and that means nothing until more has
// been fetched from the vendor. It is kept in the journal until it is done.
type Task struct {
	// Key: tasks with the same key are done one after the other, in the order in
	// which they came (those of one conversation); others at the same time.
	Key string `json:"key"`
	// Data is the adapter's own form of it: ids and times, never a text, a name
	// or a phone number, since it is not sealed.
	Data []byte `json:"data"`
}

// Fetcher makes events of tasks. It may be used concurrently, and may keep a
// bounded memory of what it has fetched.
type Fetcher interface {
	// Fetch appends to res what the task means, as Adapter.Adapt does; the same
	// task has to give the same event ids again. Every request goes through do,
	// which counts and limits them. Its error is, or wraps, *Later, ErrGone or
	// ErrDenied; any other means that the task can never be done. No error holds
	// a text, a name, a phone number or a secret.
	Fetch(ctx context.Context, do Doer, task Task, res *Result) error
}

// Limited is a Fetcher that says how many requests a second the vendor bears.
type Limited interface {
	Rate() float64
}

// Doer sends a request as http.Client does.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Later is a failure that passes: the task is tried again after a pause.
type Later struct {
	// After is how long the vendor asked to be left alone; 0 where it did not.
	After time.Duration
	Err   error
}

func (l *Later) Error() string { return l.Err.Error() }
func (l *Later) Unwrap() error { return l.Err }

var (
	// ErrGone: what should be fetched does not exist (any more).
	ErrGone = errors.New("the vendor does not have it any more")
	// ErrDenied: the vendor does not accept the token; nothing can be fetched
	// until somebody has changed it.
	ErrDenied = errors.New("the vendor does not accept the token")
)

// CheckAnswer tells what an answer's status means to a Fetcher: nil for 2xx.
// now is for a Retry-After that is a date.
func CheckAnswer(r *http.Response, now time.Time) error {
	status := r.StatusCode
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusNotFound || status == http.StatusGone:
		return ErrGone
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return fmt.Errorf("%w: status %d", ErrDenied, status)
	case status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status >= 500:
		return &Later{After: retryAfter(r.Header.Get("Retry-After"), now), Err: fmt.Errorf("the vendor answered %d", status)}
	}
	return fmt.Errorf("the vendor answered %d", status)
}

// maxRetryAfter bounds what a vendor may ask for.
const maxRetryAfter = time.Hour

// retryAfter reads the header: seconds, or a date (RFC 9110, 10.2.3).
func retryAfter(v string, now time.Time) time.Duration {
	var d time.Duration
	if n, err := strconv.Atoi(v); err == nil {
		d = time.Duration(min(max(n, 0), int(maxRetryAfter/time.Second))) * time.Second
	} else if t, err := http.ParseTime(v); err == nil {
		d = t.Sub(now)
	}
	return min(max(d, 0), maxRetryAfter)
}
