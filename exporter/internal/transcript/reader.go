package transcript

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/VictoriaMetrics/fastcache"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// Opener decrypts; *privacy.Keyring is one.
type Opener interface {
	Open(ctx context.Context, ref record.KeyRef, sealed []byte) ([]byte, error)
}

// Gone says why an event, or what is personal in it, cannot be read.
type Gone string

// Reasons.
const (
	Here    Gone = ""
	Erased  Gone = "erased"
	Trimmed Gone = "trimmed"
	Damaged Gone = "damaged"
)

// Said is an event as the journal has it. Its Sealed part is the caller's.
type Said struct {
	Place    conversation.Position
	Received int64
	Event    record.Event
	// Gone: there is no such event any more.
	Gone Gone
}

// Reader fetches events from the journal. The cache in front of it holds events as
// they are sealed on disk; it forgets the oldest, and those over 64 KiB.
type Reader struct {
	log      journal.Log
	keys     Opener
	cache    *fastcache.Cache
	decoders sync.Pool // of *decoding
}

// decoding is what it takes to decode.
type decoding struct {
	record.Decoder
	commit record.Commit
	buf    []byte
}

// NewReader makes a Reader whose cache takes at most so many bytes. Close gives
// them back.
func NewReader(log journal.Log, keys Opener, cacheBytes int) *Reader {
	r := &Reader{log: log, keys: keys, cache: fastcache.New(cacheBytes)}
	r.decoders.New = func() any { return new(decoding) }
	return r
}

// Close frees the cache, which the garbage collector does not see.
func (r *Reader) Close() { r.cache.Reset() }

// keyOf is an event's key in the cache.
func keyOf(at conversation.Position) (key [12]byte) {
	binary.BigEndian.PutUint64(key[:], at.Seq)
	binary.BigEndian.PutUint32(key[8:], at.Index)
	return key
}

// Remember puts the events of a record into the cache.
func (r *Reader) Remember(e journal.Entry) error {
	d := r.decoders.Get().(*decoding)
	defer r.decoders.Put(d)
	if err := d.Decode(e.Data, &d.commit); err != nil {
		return err
	}
	index := uint32(0)
	for i := range d.commit.Batches {
		b := &d.commit.Batches[i]
		for j := range b.Events {
			if b.Events[j].Contact != (record.Key{}) {
				r.keep(d, conversation.Position{Seq: e.Seq, Index: index}, b.Received, &b.Events[j])
			}
			index++
		}
	}
	return nil
}

func (r *Reader) keep(d *decoding, at conversation.Position, received int64, e *record.Event) {
	one := record.Commit{Batches: []record.Batch{{Kind: record.KindEvents, Received: received, Events: []record.Event{*e}}}}
	d.buf = record.AppendCommit(d.buf[:0], &one)
	key := keyOf(at)
	r.cache.Set(key[:], d.buf)
}

// Cached appends to dst the event at a place, if the cache has it.
func (r *Reader) cached(d *decoding, at conversation.Position, said *Said) bool {
	key := keyOf(at)
	var ok bool
	if d.buf, ok = r.cache.HasGet(d.buf[:0], key[:]); !ok {
		return false
	}
	if err := d.Decode(d.buf, &d.commit); err != nil || len(d.commit.Batches) != 1 || len(d.commit.Batches[0].Events) != 1 {
		return false
	}
	said.take(at, d.commit.Batches[0].Received, &d.commit.Batches[0].Events[0])
	return true
}

func (s *Said) take(at conversation.Position, received int64, e *record.Event) {
	*s = Said{Place: at, Received: received, Event: *e}
	s.Event.Labels = append([]string(nil), e.Labels...)
	s.Event.Sealed = append([]byte(nil), e.Sealed...)
	s.Event.Signature = nil
}

// Get reads the events at places, in their order. What is not there any more has
// Gone. The error is ctx's, or says that the journal does not answer.
func (r *Reader) Get(ctx context.Context, places []conversation.Position) ([]Said, error) {
	out := make([]Said, len(places))
	var cold []int
	d := r.decoders.Get().(*decoding)
	defer r.decoders.Put(d)
	for i, at := range places {
		if !r.cached(d, at, &out[i]) {
			cold = append(cold, i)
		}
	}
	for n := 0; n < len(cold); {
		seq := places[cold[n]].Seq
		end := n + 1
		for end < len(cold) && places[cold[end]].Seq == seq {
			end++
		}
		if err := r.load(ctx, d, seq, places, cold[n:end], out); err != nil {
			return nil, err
		}
		n = end
	}
	return out, nil
}

// Hot appends to dst the events at those of the places that the cache has.
func (r *Reader) Hot(dst []Said, places []conversation.Position) []Said {
	d := r.decoders.Get().(*decoding)
	defer r.decoders.Put(d)
	for _, at := range places {
		var s Said
		if r.cached(d, at, &s) {
			dst = append(dst, s)
		}
	}
	return dst
}

// load reads one record for all who want something of it.
func (r *Reader) load(ctx context.Context, d *decoding, seq uint64, places []conversation.Position, wanted []int, out []Said) error {
	e, err := r.log.Get(ctx, seq)
	gone := Here
	switch {
	case errors.Is(err, journal.ErrNotFound):
		gone = Trimmed
	case err != nil:
		return fmt.Errorf("read record %d: %w", seq, err)
	default:
		if err := d.Decode(e.Data, &d.commit); err != nil {
			gone = Damaged
		}
	}
	for _, i := range wanted {
		out[i] = Said{Place: places[i], Gone: gone}
		if gone != Here {
			continue
		}
		out[i].Gone = Damaged
		index := uint32(0)
		for b := range d.commit.Batches {
			batch := &d.commit.Batches[b]
			if n := uint32(len(batch.Events)); places[i].Index-index >= n {
				index += n
				continue
			}
			event := &batch.Events[places[i].Index-index]
			out[i].take(places[i], batch.Received, event)
			break
		}
	}
	// The commit is decoded over when it is encoded: copies stand in out by now.
	for _, i := range wanted {
		if out[i].Gone == Here {
			r.keep(d, places[i], out[i].Received, &out[i].Event)
		}
	}
	return nil
}

// Personal opens what is sealed in an event.
func (r *Reader) Personal(ctx context.Context, s *Said) (intake.Personal, Gone, error) {
	if s.Gone != Here || len(s.Event.Sealed) == 0 {
		return intake.Personal{}, s.Gone, nil
	}
	plain, err := r.keys.Open(ctx, s.Event.KeyRef, s.Event.Sealed)
	switch {
	case errors.Is(err, privacy.ErrErased):
		return intake.Personal{}, Erased, nil
	case errors.Is(err, privacy.ErrSealed), errors.Is(err, privacy.ErrKeysRecord):
		return intake.Personal{}, Damaged, nil
	case err != nil:
		return intake.Personal{}, Here, err
	}
	p, err := intake.DecodePersonal(plain)
	if err != nil {
		return intake.Personal{}, Damaged, nil
	}
	return p, Here, nil
}

// Forget drops events from the cache.
func (r *Reader) Forget(places []conversation.Position) {
	for _, at := range places {
		key := keyOf(at)
		r.cache.Del(key[:])
	}
}

// Stats are the cache's, for the self-metrics.
func (r *Reader) Stats() (s fastcache.Stats) {
	r.cache.UpdateStats(&s)
	return s
}
