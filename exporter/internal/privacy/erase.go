package privacy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// Erase deletes the keys of these contacts for good, those that a contact had
// earlier too, and returns how many. Keys that were written at before or later
// are left alone; the zero time leaves none. It reads the whole keys log.
//
// What an erased key has sealed is unreadable in every copy: Open gives
// ErrErased, in this process from the moment when Erase has found the key, and
// in every later one. That goes for messages on their way to the journal, too:
// a Key that somebody still holds keeps its Ref, so Flush does not write it
// again and records name a key that is gone. A key that is not in the log by
// the end of Erase stays: nothing in the journal was sealed with it, so what it
// seals is a message after the erasure. So is what the contact writes later; it
// gets a new key.
//
// The error is the journal's. Some keys may be gone then; to call Erase again
// does the rest. It may run beside everything else; keys are not written while
// one record is rewritten, nor while what came during the reading is looked at.
func (r *Keyring) Erase(ctx context.Context, contacts []record.Key, before time.Time) (int, error) {
	e := erasure{before: make(map[record.Key]time.Time, len(contacts))}
	for _, c := range contacts {
		e.before[c] = before
	}
	if before.IsZero() {
		e.all = true
	}
	return r.erase(ctx, e)
}

// Reapply erases what a restored backup has brought back: of each contact in
// the list the keys written before its erasure. It reads the log once, or not
// at all when none of the contacts has a key, unless something that was begun
// earlier has to be brought to its end. It is for the start, after
// OpenKeyring and before anything is sealed, and is Erase in all else.
func (r *Keyring) Reapply(ctx context.Context, list []Erasure) (int, error) {
	e := erasure{before: map[record.Key]time.Time{}}
	r.mu.Lock()
	for _, x := range list {
		if _, ok := r.places[x.Contact]; (ok || r.unfinished) && x.At.After(e.before[x.Contact]) {
			e.before[x.Contact] = x.At
		}
	}
	r.mu.Unlock()
	if len(e.before) == 0 {
		return 0, nil
	}
	return r.erase(ctx, e)
}

// erasure says which keys have to go.
type erasure struct {
	before map[record.Key]time.Time
	all    bool
}

func (x *erasure) wants(c record.Key, written time.Time) bool {
	before, ok := x.before[c]
	return ok && (x.all || written.Before(before))
}

// wantsDamaged tells whether a record that cannot be parsed may hold one of the
// keys. Nobody can read the others in it, so it goes as a whole.
func (x *erasure) wantsDamaged(e journal.Entry) bool {
	for c := range x.before {
		if x.wants(c, e.Written) && bytes.Contains(e.Data, c[:]) {
			return true
		}
	}
	return false
}

func (r *Keyring) erase(ctx context.Context, x erasure) (int, error) {
	if len(x.before) == 0 {
		return 0, nil
	}
	r.rewriting.Lock()
	defer r.rewriting.Unlock()
	s, found := newSurvey(), map[place]struct{}{}
	seqs, err := r.findErased(ctx, s, &x, found)
	if err != nil {
		return 0, err
	}
	r.setUnfinished(true)
	r.flush.Lock()
	defer func() { r.flush.Unlock() }()
	for round := 0; len(seqs) > 0 || len(s.left) > 0 || round == 0; round++ {
		if err := r.finish(ctx, s); err != nil {
			return 0, err
		}
		for _, seq := range seqs {
			if err := r.eraseIn(ctx, s, &x, seq); err != nil {
				return 0, err
			}
			// Let those through who wait to write keys; later rounds are short,
			// and without anybody who writes there is an end of them.
			if round == 0 {
				r.flush.Unlock()
				r.flush.Lock()
			}
		}
		// What was written meanwhile.
		if seqs, err = r.findErased(ctx, s, &x, found); err != nil {
			return 0, err
		}
	}
	r.setUnfinished(false)
	return len(found), nil
}

func (r *Keyring) setUnfinished(v bool) {
	r.mu.Lock()
	r.unfinished = v
	r.mu.Unlock()
}

// findErased reads on in the log, adds the keys that have to go to found, takes
// them from everybody, and returns the sequences of the records that hold them.
func (r *Keyring) findErased(ctx context.Context, s *survey, x *erasure, found map[place]struct{}) ([]uint64, error) {
	var seqs []uint64
	places := map[place]struct{}{}
	err := r.survey(ctx, s, func(e journal.Entry, rec keysRecord, damage error) error {
		hit := damage != nil && x.wantsDamaged(e)
		for _, k := range rec.entries {
			if !x.wants(k.contact, rec.since(e)) {
				continue
			}
			at, ok := placeOf(record.KeyRef{Seq: rec.name(e.Seq), Index: k.index})
			if !ok {
				return fmt.Errorf("%w: record %d has no room for its keys", ErrKeysRecord, e.Seq)
			}
			places[at] = struct{}{}
			found[at] = struct{}{}
			hit = true
		}
		if hit {
			seqs = append(seqs, e.Seq)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	r.forget(x, places)
	return seqs, nil
}

// forget takes keys from the cache and from those who hold them. Keys that
// nothing here knows of any more are worth as little: their Ref is that of an
// erased key.
func (r *Keyring) forget(x *erasure, at map[place]struct{}) {
	if len(at) == 0 {
		return
	}
	r.mu.Lock()
	for p := range at {
		r.gone[p] = struct{}{}
	}
	for c := range x.before {
		if _, ok := at[r.places[c]]; ok {
			delete(r.places, c)
		}
	}
	keys := r.cache.remove(at)
	r.mu.Unlock()
	// Not under the mutex: who reads a key's secret holds the key and waits for it.
	for _, k := range append(keys, r.hot.find(at)...) {
		k.forget()
	}
}

// eraseIn rewrites one record without the keys that have to go. The caller
// holds r.flush.
func (r *Keyring) eraseIn(ctx context.Context, s *survey, x *erasure, seq uint64) error {
	e, rec, ok, err := r.reread(ctx, s, seq)
	if errors.Is(err, ErrKeysRecord) {
		r.logger.Error("A damaged keys record is deleted as a whole, since a key in it was to be erased", "sequence", seq, "err", err)
		return r.remove(ctx, seq)
	}
	if err != nil || !ok {
		return err
	}
	written := rec.since(e)
	var keep []keysEntry
	for _, k := range rec.entries {
		if !x.wants(k.contact, written) {
			keep = append(keep, k)
		}
	}
	if len(keep) == len(rec.entries) {
		return nil
	}
	rec.entries = keep
	return r.rewrite(ctx, s, e, rec)
}
