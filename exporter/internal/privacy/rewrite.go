package privacy

import (
	"context"
	"errors"
	"fmt"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// rewrite puts rec, which has the name of the record old, in its place: first
// the new one is written, then the old one is deleted for good, so that at each
// moment one of them has the keys that are to stay. A record without keys is
// only deleted. The caller holds r.flush.
//
// What stops it between the two steps leaves both in the log. The new one
// counts, and finish deletes the old one; OpenKeyring and everything that
// rewrites begins with that.
func (r *Keyring) rewrite(ctx context.Context, s *survey, old journal.Entry, rec keysRecord) error {
	rec.written = rec.since(old).UnixNano()
	rec.origin = rec.name(old.Seq)
	if len(rec.entries) > 0 {
		seq, err := r.log.Append(ctx, "", appendKeys(nil, rec))
		if err != nil {
			return fmt.Errorf("write keys record %d again: %w", rec.origin, err)
		}
		s.newest[rec.origin] = seq
		r.move(rec.origin, seq)
	}
	return r.remove(ctx, old.Seq)
}

// move says which record holds the keys of a name.
func (r *Keyring) move(name, seq uint64) {
	r.mu.Lock()
	r.moved[name] = seq
	r.mu.Unlock()
}

// remove deletes a record for good; it is no error when that is done already.
func (r *Keyring) remove(ctx context.Context, seq uint64) error {
	if err := r.log.Delete(ctx, seq); err != nil && !errors.Is(err, journal.ErrNotFound) {
		return fmt.Errorf("delete keys record %d: %w", seq, err)
	}
	return nil
}

// finish deletes the records that do not count any more. It has to come before
// anything else is rewritten: were the record that counts deleted first, an
// older one would count again. The caller holds r.flush.
func (r *Keyring) finish(ctx context.Context, s *survey) error {
	for len(s.left) > 0 {
		l := s.left[0]
		// An append that seemed to fail may have written the record after all.
		r.move(l.name, s.newest[l.name])
		if err := r.remove(ctx, l.seq); err != nil {
			return err
		}
		s.left = s.left[1:]
	}
	return nil
}

// reread gets a record that a survey has found, if it still counts.
func (r *Keyring) reread(ctx context.Context, s *survey, seq uint64) (e journal.Entry, rec keysRecord, ok bool, err error) {
	e, err = r.log.Get(ctx, seq)
	if errors.Is(err, journal.ErrNotFound) {
		return e, rec, false, nil
	}
	if err == nil {
		rec, err = parseKeys(e.Data)
	}
	if err != nil {
		return e, rec, false, fmt.Errorf("read keys record %d: %w", seq, err)
	}
	return e, rec, s.counts(rec.name(seq), seq), nil
}
