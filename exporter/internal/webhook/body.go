package webhook

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

const (
	// firstBuffer fits most webhooks.
	firstBuffer = 8 << 10
	// freeBuffer is the size up to which buffers are not accounted for,
	// because MaxInFlight of them are bearable, and are kept for the next
	// request.
	freeBuffer      = 64 << 10
	maxPooledEvents = 256
)

// scratch is the memory of one request, reused by later ones.
type scratch struct {
	body []byte
	// reserved is what body takes of Options.MaxBuffered.
	reserved int64
	request  provider.Request
	result   provider.Result
	verified bool
}

func newScratch() *scratch {
	return &scratch{
		body:   make([]byte, 0, firstBuffer),
		result: provider.Result{Ignored: make(map[string]int)},
	}
}

func (s *Server) borrow() *scratch { return s.scratch.Get().(*scratch) }

// giveBack empties sc, so that the pool keeps no content of requests alive
// longer than the next use of their buffer.
func (s *Server) giveBack(sc *scratch) {
	if sc.reserved > 0 {
		s.buffered.Add(-sc.reserved)
		sc.reserved = 0
	}
	sc.request, sc.verified = provider.Request{}, false
	if cap(sc.body) > freeBuffer || max(cap(sc.result.Events), cap(sc.result.Threads), cap(sc.result.Tasks)) > maxPooledEvents {
		return
	}
	sc.body = sc.body[:0]
	clear(sc.result.Events)
	sc.result.Events = sc.result.Events[:0]
	clear(sc.result.Threads)
	sc.result.Threads = sc.result.Threads[:0]
	clear(sc.result.Tasks)
	sc.result.Tasks = sc.result.Tasks[:0]
	if sc.result.Ignored == nil {
		sc.result.Ignored = make(map[string]int)
	}
	clear(sc.result.Ignored)
	s.scratch.Put(sc)
}

// readBody reads the whole body into sc. What the header says about its length
// is only believed where it is too much.
func (s *Server) readBody(sc *scratch, r *http.Request) (v verdict, ok bool) {
	if r.ContentLength > s.opts.MaxBody {
		return s.bodyTooLarge(), false
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return verdict{status: http.StatusUnsupportedMediaType, reason: reasonContentEncoding, closes: true,
			text: "signatures are made over the plain body; send it without a Content-Encoding"}, false
	}
	for {
		if len(sc.body) == cap(sc.body) && !s.grow(sc, r.ContentLength) {
			return verdict{status: http.StatusTooManyRequests, reason: reasonBuffers, retryAfter: 1, closes: true,
				text: "too many large bodies are being worked on"}, false
		}
		n, err := r.Body.Read(sc.body[len(sc.body):cap(sc.body)])
		sc.body = sc.body[:len(sc.body)+n]
		switch {
		case int64(len(sc.body)) > s.opts.MaxBody:
			return s.bodyTooLarge(), false
		case err == io.EOF:
			return verdict{}, true
		case err != nil:
			return unreadBody(r, err), false
		}
	}
}

func (s *Server) bodyTooLarge() verdict {
	return verdict{status: http.StatusRequestEntityTooLarge, reason: reasonBodyTooLarge, closes: true,
		text: "the body is over " + strconv.FormatInt(s.opts.MaxBody, 10) + " bytes"}
}

func unreadBody(r *http.Request, err error) verdict {
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return verdict{status: http.StatusRequestTimeout, reason: reasonReadTimeout, closes: true,
			text: "the body took too long to arrive"}
	case !errors.Is(err, io.ErrUnexpectedEOF) && r.Context().Err() != nil:
		return verdict{status: statusClientClosedRequest, reason: reasonCanceled, closes: true}
	}
	return verdict{status: http.StatusBadRequest, reason: reasonIncompleteBody, closes: true,
		text: "the body ended before its announced length"}
}

// grow makes room in sc.body, at most doubling it, so that a request holds
// little more than what has really arrived. It tells whether the large buffers
// of all requests stay within their bound.
func (s *Server) grow(sc *scratch, announced int64) bool {
	size := max(2*int64(cap(sc.body)), firstBuffer)
	if announced >= int64(cap(sc.body)) && announced < freeBuffer {
		// One byte more tells the end without another round.
		size = max(size, announced+1)
	}
	size = min(size, s.opts.MaxBody+1)
	if size > freeBuffer {
		more := size - sc.reserved
		if s.buffered.Add(more) > s.opts.MaxBuffered {
			s.buffered.Add(-more)
			return false
		}
		sc.reserved = size
	}
	body := make([]byte, len(sc.body), size)
	copy(body, sc.body)
	sc.body = body
	return true
}
