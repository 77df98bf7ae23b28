package privacy

import (
	"fmt"
	"time"
)

// RotateKeyFile gives the key file a new seed that wraps contacts' keys and
// seals bodies from the next LoadMaster on. The older ones stay in the file for
// what they have sealed; Keyring.Rewrap and RetireOldSeeds make them
// superfluous. now is told in the file. A program that knows only files with
// one key refuses the file afterwards. Errors wrap ErrKeyFile or are the disk's;
// the file is as it was then, unless it is only its directory that could not be
// synced.
//
// The seed that hashes contacts stays: who has got hold of that can still tell
// by trial which hash is whose.
func RotateKeyFile(path string, now time.Time) error {
	return changeKeyFile(path, func(f *keyFile) error {
		if len(f.seeds()) >= maxSeeds {
			return fmt.Errorf("%w: it holds %d keys already; wrap anew and retire the older ones first", ErrKeyFile, maxSeeds)
		}
		w := wrapSeed{created: now.UTC().Truncate(time.Second), seed: newSeed()}
		// The time also says how long the one before it was in use, which may not
		// end before it began.
		if n := len(f.wraps); n > 0 && w.created.Before(f.wraps[n-1].created) {
			w.created = f.wraps[n-1].created
		}
		f.wraps = append(f.wraps, w)
		return nil
	})
}
