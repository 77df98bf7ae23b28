package privacy

import (
	"context"
	"fmt"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// Rewrap wraps the keys that an older seed of the key file wraps with the
// current one and returns how many records it has rewritten. The keys, their
// names and what they sealed stay as they are. On an error the rest is left as
// it was; to call Rewrap again does it. It may run beside everything else, and
// takes its time: each record that is deleted for good is overwritten on disk.
func (r *Keyring) Rewrap(ctx context.Context) (int, error) {
	r.rewriting.Lock()
	defer r.rewriting.Unlock()
	s := newSurvey()
	var seqs []uint64
	cipher := 0
	err := r.survey(ctx, s, func(e journal.Entry, rec keysRecord, damage error) error {
		if damage != nil || len(rec.entries) == 0 {
			return nil // OpenKeyring has told of it
		}
		if err := r.master.checkMaster(e, rec, &cipher); err != nil {
			return err
		}
		if cipher != 0 {
			seqs = append(seqs, e.Seq)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	r.flush.Lock()
	defer func() { r.flush.Unlock() }()
	r.setUnfinished(true)
	if err := r.finish(ctx, s); err != nil {
		return 0, err
	}
	done := 0
	for _, seq := range seqs {
		e, rec, ok, err := r.reread(ctx, s, seq)
		if err != nil {
			return done, err
		}
		if !ok {
			continue
		}
		r.wrapAnew(e, &rec)
		if err := r.rewrite(ctx, s, e, rec); err != nil {
			return done, fmt.Errorf("%w; %d of %d records are wrapped anew", err, done, len(seqs))
		}
		done++
		// Let those through who wait to write keys.
		r.flush.Unlock()
		r.flush.Lock()
	}
	r.setUnfinished(false)
	return done, nil
}

// wrapAnew wraps the keys of a record with the current seed. One that no seed
// opens stays as it is: nobody can read what it sealed, with or without it.
func (r *Keyring) wrapAnew(e journal.Entry, rec *keysRecord) {
	for i := range rec.entries {
		k := &rec.entries[i]
		secret, err := r.unwrap(*k)
		if err != nil {
			r.logger.Error("A key cannot be wrapped anew, since nothing opens it", "sequence", e.Seq, "index", k.index, "err", err)
			continue
		}
		k.wrapped = r.master.wrap.seal(secret[:], k.contact[:])
		clear(secret[:])
	}
}
