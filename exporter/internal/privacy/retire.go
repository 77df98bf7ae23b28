package privacy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// ErrSeedInUse: an older key of the key file still wraps contacts' keys.
var ErrSeedInUse = errors.New("an older key of the key file is still in use")

// RetireOldSeeds takes the seeds out of the key file that were replaced before a
// time and returns how many. It refuses, wrapping ErrSeedInUse, while any record
// of the keys log is wrapped by an older seed than the current one, and with
// ErrKeyFile when the keyring was not opened with the file's current seed: it
// would go on to wrap with a seed that is gone.
//
// What Master.Seal has sealed with a retired seed cannot be opened any more, and
// nothing here knows of it: before has to be so early that all of it has been
// trimmed, or written anew, since; the time from the rotation to the restart
// counts, too. A backup from before Rewrap needs the key file of its time.
//
// The identity seed stays in the file as that which hashes.
func RetireOldSeeds(ctx context.Context, path string, r *Keyring, before time.Time) (int, error) {
	r.rewriting.Lock() // what is looked at stays as it is
	defer r.rewriting.Unlock()
	retired := 0
	err := changeKeyFile(path, func(f *keyFile) error {
		m := f.master()
		if m.seed != r.master.seed || m.current != r.master.current {
			return fmt.Errorf("%w: %s is not the one that is loaded; restart the exporter with it", ErrKeyFile, path)
		}
		if n, err := r.olderWrapped(ctx, m); err != nil {
			return err
		} else if n > 0 {
			return fmt.Errorf("%w: it wraps %d records of the keys log; wrap them anew first", ErrSeedInUse, n)
		}
		if retired = f.retire(before); retired == 0 {
			return errUnchanged
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return retired, nil
}

// retire drops the seeds that had been replaced by then.
func (f *keyFile) retire(before time.Time) int {
	n := 0
	if f.identityWraps && len(f.wraps) > 0 && f.wraps[0].created.Before(before) {
		f.identityWraps = false
		n++
	}
	for !f.identityWraps && len(f.wraps) > 1 && f.wraps[1].created.Before(before) {
		f.wraps = f.wraps[1:]
		n++
	}
	return n
}

// olderWrapped counts the records whose keys another seed than the current one
// wraps.
func (r *Keyring) olderWrapped(ctx context.Context, m *Master) (int, error) {
	n, cipher := 0, 0
	err := r.survey(ctx, newSurvey(), func(e journal.Entry, rec keysRecord, damage error) error {
		if damage != nil || len(rec.entries) == 0 {
			return nil // nothing opens these
		}
		err := m.checkMaster(e, rec, &cipher)
		if cipher != 0 {
			n++
		}
		return err
	})
	return n, err
}
