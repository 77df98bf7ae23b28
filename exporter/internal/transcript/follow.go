package transcript

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// warm is how much of the past is read into the cache at the start.
const warm = 24 * time.Hour

// followEvery is how often new records are looked for.
const followEvery = 200 * time.Millisecond

// Follow keeps the cache warm: it reads what was written in the last day, and then
// each record once it is written. applied is the last sequence there is. It ends
// with ctx; what cannot be read is logged and left to be read when somebody asks.
func (r *Reader) Follow(ctx context.Context, applied func() uint64, now time.Time, logger *slog.Logger) {
	next := uint64(0)
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	failing := false
	for {
		if next == 0 && applied() > 0 {
			next = r.since(ctx, now.Add(-warm))
		}
		if last := applied(); next > 0 && last >= next {
			err := r.log.Read(ctx, next, func(e journal.Entry) error {
				next = e.Seq + 1
				if err := r.Remember(e); err != nil {
					return err
				}
				return ctx.Err()
			})
			if err != nil && ctx.Err() == nil && !failing {
				logger.Warn("The cache of transcripts cannot be filled; what is asked for is read from the journal", "err", err)
			}
			failing = err != nil
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// since is the first record that was written at a time or later.
func (r *Reader) since(ctx context.Context, at time.Time) uint64 {
	st, err := r.log.State(ctx)
	if err != nil {
		return 0
	}
	lo, hi := max(st.First, 1), st.Last+1
	for lo < hi {
		mid := lo + (hi-lo)/2
		e, err := r.log.Get(ctx, mid)
		switch {
		case errors.Is(err, journal.ErrNotFound), err == nil && e.Written.Before(at):
			lo = mid + 1
		case err != nil:
			return st.Last + 1
		default:
			hi = mid
		}
	}
	return lo
}
