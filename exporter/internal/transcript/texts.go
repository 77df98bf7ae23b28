package transcript

import (
	"context"
	"errors"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// Texts calls fn with the texts of messages, in the order of their places, until it
// returns false; those that cannot be read are left out. It is Get and Personal for
// those who look through many.
func (r *Reader) Texts(ctx context.Context, places []conversation.Position, fn func(text string) bool) error {
	d := r.decoders.Get().(*decoding)
	defer r.decoders.Put(d)
	for i, at := range places {
		e, err := r.event(ctx, d, at, places[i:])
		if err != nil {
			return err
		}
		if e == nil || len(e.Sealed) == 0 {
			continue
		}
		plain, err := r.keys.Open(ctx, e.KeyRef, e.Sealed)
		switch {
		case errors.Is(err, privacy.ErrErased), errors.Is(err, privacy.ErrSealed), errors.Is(err, privacy.ErrKeysRecord):
			continue
		case err != nil:
			return err
		}
		if text := intake.TextOf(plain); text != "" && !fn(text) {
			return nil
		}
	}
	return nil
}

// event is the event at a place, nil where there is none; it lives until d is used
// again. What else is wanted of the same record is kept in the cache.
func (r *Reader) event(ctx context.Context, d *decoding, at conversation.Position, wanted []conversation.Position) (*record.Event, error) {
	key := keyOf(at)
	var ok bool
	if d.buf, ok = r.cache.HasGet(d.buf[:0], key[:]); ok {
		if err := d.Decode(d.buf, &d.commit); err == nil && len(d.commit.Batches) == 1 && len(d.commit.Batches[0].Events) == 1 {
			return &d.commit.Batches[0].Events[0], nil
		}
	}
	n := 1
	for n < len(wanted) && wanted[n].Seq == at.Seq {
		n++
	}
	said, err := r.Get(ctx, wanted[:n])
	if err != nil || said[0].Gone != Here {
		return nil, err
	}
	return &said[0].Event, nil
}
