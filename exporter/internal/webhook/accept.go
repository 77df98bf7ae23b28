package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// accept hands events to the Sink and bounds its wait.
func (s *Server) accept(ctx context.Context, src *source, events []event.Event, received time.Time) (err error) {
	ctx, cancel := context.WithTimeout(ctx, s.opts.AcceptTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			s.reportPanic("taking events panicked", src, p)
			err = fmt.Errorf("%w: taking events panicked", journal.ErrUnavailable)
		}
	}()
	return s.opts.Sink.Accept(ctx, src.Name, events, received)
}

// sinkAnswers maps what a Sink says to the answer, first match first. Zendesk
// comes again only after less than a minute; others choose their own time.
var sinkAnswers = []struct {
	err     error
	verdict verdict
}{
	{journal.ErrFull, verdict{status: http.StatusServiceUnavailable, reason: reasonJournalFull, retryAfter: 30, text: "journal is full"}},
	{journal.ErrTooLarge, verdict{status: http.StatusRequestEntityTooLarge, reason: reasonRecordTooLarge, text: "an event is too large for the journal"}},
	{ErrNotReady, verdict{status: http.StatusServiceUnavailable, reason: reasonNotReady, retryAfter: 5, text: "not ready yet"}},
}

var unavailable = verdict{status: http.StatusServiceUnavailable, reason: reasonJournalUnavailable, retryAfter: 5, text: "journal is unavailable"}

func (s *Server) refusedBySink(src *source, sc *scratch, r *http.Request, err error) verdict {
	if r.Context().Err() != nil {
		return verdict{status: statusClientClosedRequest, reason: reasonCanceled}
	}
	v := unavailable
	for _, known := range sinkAnswers {
		if errors.Is(err, known.err) {
			v = known.verdict
			break
		}
	}
	if v.reason == reasonRecordTooLarge {
		s.keep(src, sc, v.reason, "")
		v = src.tooMuch(v)
	}
	if v.reason != reasonNotReady {
		s.sinkLog.Do(func() {
			s.logger.Error("webhook could not be journalled", slog.String("source", src.Name),
				slog.String("reason", v.reason.String()), slog.Any("err", err))
		})
	}
	return v
}
