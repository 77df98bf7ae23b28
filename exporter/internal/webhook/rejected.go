package webhook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"golang.org/x/time/rate"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

const (
	// sealLabel separates the rejected log's records from all else that the
	// same key seals.
	sealLabel = "rejected webhook"
	// maxKept bytes of a body, with the rest of the envelope below
	// journal.MaxRecord after sealing.
	maxKept = 200 << 10
	// maxHeaders and maxText bound the rest of the envelope.
	maxHeaders = 64
	maxText    = 512
	// keepTimeout is how long an answer waits for the rejected log.
	keepTimeout = 2 * time.Second
)

// Rejected is a webhook that could not be read, fit to be shown: its body is
// masked, and of the headers there are the names alone.
type Rejected struct {
	// Seq is its sequence in the rejected log.
	Seq  uint64
	Time time.Time
	// Source and Reason are the labels it was counted with.
	Source, Reason string
	// Detail is what the adapter said.
	Detail      string
	ContentType string
	Headers     []string
	// Size of the whole body in bytes; Truncated tells that only its first
	// part was kept.
	Size      int
	Truncated bool
	Body      string
	// Problem says why the record cannot be shown; all but Seq, Time and
	// Source are then empty.
	Problem string
}

// Masker makes a body fit to be shown.
type Masker func(body []byte) string

// ListRejected returns what the log holds, newest first, with bodies masked by
// mask (MaskBody where nil). A record that cannot be opened is listed with its
// Problem; the error is the log's own.
func ListRejected(ctx context.Context, log journal.Log, sealer Sealer, mask Masker) ([]Rejected, error) {
	if mask == nil {
		mask = MaskBody
	}
	state, err := log.State(ctx)
	if err != nil {
		return nil, fmt.Errorf("read rejected webhooks: %w", err)
	}
	var list []Rejected
	err = log.Read(ctx, max(state.First, 1), func(e journal.Entry) error {
		list = append(list, openRejected(e, sealer, mask))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read rejected webhooks: %w", err)
	}
	slices.Reverse(list)
	return list, nil
}

func openRejected(e journal.Entry, sealer Sealer, mask Masker) Rejected {
	r := Rejected{Seq: e.Seq, Time: e.Written, Source: e.Subject}
	plain, err := sealer.Open(sealLabel, e.Data)
	if err != nil {
		r.Problem = "cannot be opened; it was sealed with another key file, or is damaged"
		return r
	}
	var kept envelope
	if err := kept.decode(plain); err != nil {
		r.Problem = "cannot be read; it was written by a newer version, or is damaged"
		return r
	}
	r.Time, r.Reason, r.Detail = time.Unix(0, kept.time).UTC(), kept.reason, kept.detail
	r.Source = cmp.Or(kept.source, r.Source)
	r.ContentType, r.Headers = kept.contentType, kept.headers
	r.Size, r.Truncated = int(kept.size), kept.size > uint64(len(kept.body))
	r.Body = mask(kept.body)
	return r
}

// keep appends a request to the rejected log. Whether that works is counted
// and never changes the answer to the vendor.
func (s *Server) keep(src *source, sc *scratch, why reason, detail string) {
	kept := sc.envelope(maxKept)
	kept.source, kept.reason, kept.detail = src.Name, why.String(), cut(detail, maxText)
	s.keepEnvelope(src.metrics, src.keepRate, sc.request.Received, kept)
}

// envelope is the request as it is kept, with so much of its body.
func (sc *scratch) envelope(maxBody int) *envelope {
	return &envelope{
		time:        sc.request.Received.UnixNano(),
		contentType: cut(sc.request.Header.Get("Content-Type"), maxText),
		headers:     headerNames(sc.request.Header),
		size:        uint64(len(sc.body)),
		body:        sc.body[:min(len(sc.body), maxBody)],
	}
}

// keepEnvelope appends to the rejected log what a source sent at now, as far as
// limit lets it.
func (s *Server) keepEnvelope(m *sourceMetrics, limit *rate.Limiter, now time.Time, kept *envelope) {
	count := func(outcome string) { m.all.kept.WithLabelValues(m.name, outcome).Inc() }
	if !limit.AllowN(now, 1) {
		count(keptSkipped)
		return
	}
	// The vendor may have gone away; what it sent is worth keeping all the
	// same.
	ctx, cancel := context.WithTimeout(context.Background(), keepTimeout)
	defer cancel()
	if _, err := s.opts.Rejected.Append(ctx, m.name, s.opts.Sealer.Seal(sealLabel, kept.encode())); err != nil {
		count(keptFailed)
		s.keepLog.Do(func() {
			s.logger.Warn("webhook could not be kept for inspection",
				slog.String("source", m.name), slog.Any("err", err))
		})
		return
	}
	count(keptYes)
}

// headerNames lists the names only: values hold signatures and tokens.
func headerNames(h http.Header) []string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, cut(name, 64))
	}
	slices.Sort(names)
	return names[:min(len(names), maxHeaders)]
}

func cut(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// envelope is a rejected request as it is sealed: a protobuf message whose
// field numbers stay for ever, unknown ones are skipped.
type envelope struct {
	time        int64    // 1, Unix nanoseconds
	reason      string   // 2
	source      string   // 3
	detail      string   // 4
	contentType string   // 5
	headers     []string // 6
	size        uint64   // 7
	body        []byte   // 8
}

func (e *envelope) encode() []byte {
	b := make([]byte, 0, len(e.body)+2048)
	number := func(field protowire.Number, v uint64) {
		b = protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), v)
	}
	text := func(field protowire.Number, v string) {
		b = protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), v)
	}
	number(1, uint64(e.time))
	text(2, e.reason)
	text(3, e.source)
	text(4, e.detail)
	text(5, e.contentType)
	for _, name := range e.headers {
		text(6, name)
	}
	number(7, e.size)
	return protowire.AppendBytes(protowire.AppendTag(b, 8, protowire.BytesType), e.body)
}

var errEnvelope = errors.New("rejected record is damaged")

func (e *envelope) decode(b []byte) error {
	for len(b) > 0 {
		field, wire, n := protowire.ConsumeTag(b)
		if n < 0 {
			return errEnvelope
		}
		b = b[n:]
		var number uint64
		var data []byte
		switch wire {
		case protowire.VarintType:
			number, n = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			data, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(field, wire, b)
		}
		if n < 0 {
			return errEnvelope
		}
		b = b[n:]
		switch field {
		case 1:
			e.time = int64(number)
		case 2:
			e.reason = string(data)
		case 3:
			e.source = string(data)
		case 4:
			e.detail = string(data)
		case 5:
			e.contentType = string(data)
		case 6:
			e.headers = append(e.headers, string(data))
		case 7:
			e.size = number
		case 8:
			e.body = data
		}
	}
	return nil
}
