package provider

import (
	"errors"
	"net/http"
	"testing"
	"time"
)

func TestCheckAnswer(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		status int
		header string
		is     error
		after  time.Duration
		later  bool
	}{
		{status: 200}, {status: 207},
		{status: 404, is: ErrGone}, {status: 410, is: ErrGone},
		{status: 401, is: ErrDenied}, {status: 403, is: ErrDenied},
		{status: 429, header: "7", later: true, after: 7 * time.Second},
		{status: 429, header: "-1", later: true}, {status: 429, header: "soon", later: true},
		{status: 429, header: "999999999999", later: true}, // beyond int32, not beyond int
		{status: 503, header: "Thu, 01 Jan 2026 12:00:30 GMT", later: true, after: 30 * time.Second},
		{status: 503, header: "Thu, 01 Jan 2026 11:00:30 GMT", later: true},
		{status: 500, later: true}, {status: 408, later: true},
	} {
		r := &http.Response{StatusCode: c.status, Header: http.Header{}}
		r.Header.Set("Retry-After", c.header)
		err := CheckAnswer(r, now)
		var later *Later
		switch {
		case c.later:
			if !errors.As(err, &later) {
				t.Errorf("%d: %v", c.status, err)
			} else if want := c.after; later.After != want && !(c.header == "999999999999" && later.After == maxRetryAfter) {
				t.Errorf("%d %q: after %s, want %s", c.status, c.header, later.After, want)
			}
		case c.is == nil && err != nil, c.is != nil && !errors.Is(err, c.is):
			t.Errorf("%d: %v, want %v", c.status, err, c.is)
		}
	}
	err := CheckAnswer(&http.Response{StatusCode: 400}, now)
	if later := (*Later)(nil); err == nil || errors.As(err, &later) || errors.Is(err, ErrGone) || errors.Is(err, ErrDenied) {
		t.Errorf("400: %v", err)
	}
}
