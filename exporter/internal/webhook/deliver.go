package webhook

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// Tasks keeps what adapters leave to be fetched (package fetch). Add returns nil
// only when the tasks are on disk; its errors are those of Sink.Accept. It is
// called concurrently.
type Tasks interface {
	Add(ctx context.Context, source string, tasks []provider.Task, received time.Time) error
}

var errNoTasks = errors.New("nobody fetches what the webhook leaves out")

// ErrUnknownSource: no source of that name is configured.
var ErrUnknownSource = errors.New("source is not configured")

// leaveTasks keeps the tasks of a request.
func (s *Server) leaveTasks(r *http.Request, src *source, tasks []provider.Task, received time.Time) error {
	if s.opts.Tasks == nil {
		return errNoTasks
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.opts.AcceptTimeout)
	defer cancel()
	return s.opts.Tasks.Add(ctx, src.Name, tasks, received)
}

// Deliver takes what was fetched for a source as if a request had held it:
// channels and inboxes that do not count are left out and counted. It returns
// nil only when the events are on disk; its errors are those of Sink.Accept, or
// ErrUnknownSource. It may be called concurrently.
func (s *Server) Deliver(ctx context.Context, source string, res *provider.Result) error {
	src := s.table.Load().sources[source]
	if src == nil {
		return ErrUnknownSource
	}
	received := s.opts.Clock()
	var t tally
	if err := s.take(ctx, src, res, received, &t, func(int) *envelope {
		return &envelope{time: received.UnixNano()}
	}); err != nil {
		return err
	}
	src.metrics.took(&t, res.Ignored)
	return nil
}

// refusedTask is the reason of tasks that were given up, in the rejected log.
const refusedTask = "task"

// KeepTask keeps a task that was given up for inspection, like a request that
// could not be read. It may be called concurrently.
func (s *Server) KeepTask(source string, task provider.Task, why error) {
	src := s.table.Load().sources[source]
	if src == nil {
		return
	}
	now := s.opts.Clock()
	s.keepEnvelope(src.metrics, src.keepRate, now, &envelope{
		time: now.UnixNano(), source: source, contentType: "application/json", reason: refusedTask, detail: why.Error(),
		size: uint64(len(task.Data)), body: task.Data[:min(len(task.Data), maxKept)],
	})
}
