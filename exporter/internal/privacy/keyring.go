package privacy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

var (
	// ErrErased: the key is not in the keys log any more, so nobody can read
	// what it sealed.
	ErrErased = errors.New("the contact's key has been erased")
	// ErrWrongMaster: the key file is not the one that the journal was
	// written with.
	ErrWrongMaster = errors.New("the key file does not belong to this journal")
)

// KeyringOptions of OpenKeyring; the zero value stands for the defaults.
type KeyringOptions struct {
	// Cache [100000] is how many keys are held in memory, about 200 bytes each.
	// Beside them, 40 bytes or so for each contact that ever wrote say where
	// its key stands.
	Cache int
	// LoadTimeout [2 s] bounds how long Key waits for the journal.
	LoadTimeout time.Duration
	// Logger hears of keys that cannot be read.
	Logger *slog.Logger
}

// Keyring holds the keys of all contacts. It may be used concurrently; it is
// the only writer of its log.
type Keyring struct {
	log     journal.Log
	master  *Master
	timeout time.Duration
	logger  *slog.Logger
	hot     hot

	flush sync.Mutex // held while keys are written

	mu sync.Mutex
	// places says where the key of each contact stands.
	places map[record.Key]place
	// moved says which record holds the keys of one that was rewritten.
	moved map[uint64]uint64
	cache cache
}

// OpenKeyring reads where the keys stand. It wraps ErrWrongMaster when m
// cannot unwrap them and ErrNewer when a newer program wrote the log; a
// damaged record is logged and left out.
func OpenKeyring(ctx context.Context, log journal.Log, m *Master, o KeyringOptions) (*Keyring, error) {
	if o.Cache <= 0 {
		o.Cache = 100_000
	}
	if o.LoadTimeout <= 0 {
		o.LoadTimeout = 2 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	r := &Keyring{
		log: log, master: m, timeout: o.LoadTimeout, logger: o.Logger,
		places: map[record.Key]place{}, moved: map[uint64]uint64{}, cache: newCache(o.Cache),
	}
	return r, r.readPlaces(ctx)
}

func (r *Keyring) readPlaces(ctx context.Context) error {
	err := r.log.Read(ctx, 1, func(e journal.Entry) error {
		rec, err := parseKeys(e.Data)
		if errors.Is(err, ErrNewer) {
			return err
		}
		if err != nil {
			r.logger.Error("Texts sealed by a keys record cannot be read", "sequence", e.Seq, "err", err)
			return nil
		}
		name := e.Seq
		if rec.origin != 0 {
			name = rec.origin
			r.moved[name] = e.Seq
		}
		for i, k := range rec.entries {
			// One key of each record shows whether it is the right master.
			if i == 0 {
				if _, err := r.unwrap(k); err != nil {
					return fmt.Errorf("%w: it does not open record %d of the keys log; restore the key file or start an empty journal",
						ErrWrongMaster, e.Seq)
				}
			}
			at, ok := placeOf(record.KeyRef{Seq: name, Index: k.index})
			if !ok {
				return fmt.Errorf("%w: record %d has no room for its keys", ErrKeysRecord, e.Seq)
			}
			r.places[k.contact] = at
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the keys log: %w", err)
	}
	return nil
}

// Contacts is how many contacts have a key in the log.
func (r *Keyring) Contacts() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.places)
}

// Key is the contact's key: the one that it has, or a new one that has to be
// written by Flush before any record that uses it. Callers at the same time
// get the same one. A key that the journal does not give back is replaced by a
// new one; what it sealed stays readable when the journal recovers.
func (r *Keyring) Key(contact record.Key) *Key {
	r.mu.Lock()
	k := r.cache.byContact[contact]
	var at place
	if k == nil {
		k = &Key{contact: contact, hot: &r.hot}
		r.cache.add(k)
		r.cache.byContact[contact] = k
	}
	if !k.filled.Load() {
		at = r.places[contact]
	}
	r.mu.Unlock()
	if !k.recent.Load() {
		k.recent.Store(true)
	}
	if !k.filled.Load() {
		r.fillKey(k, at)
	}
	return k
}

// fillKey gives k its secret: that which stands at a place, else a new one.
func (r *Keyring) fillKey(k *Key, at place) {
	k.fill.Lock()
	defer k.fill.Unlock()
	if k.filled.Load() {
		return
	}
	defer k.filled.Store(true)
	if at == 0 {
		k.newSecret()
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), r.timeout)
	defer cancel()
	contact, secret, err := r.load(ctx, at)
	if err == nil && contact != k.contact {
		err = fmt.Errorf("%w: the key is another contact's", ErrKeysRecord)
	}
	if err != nil {
		r.logger.Warn("A contact gets a new key, because its own cannot be read", "sequence", at.ref().Seq, "err", err)
		k.newSecret()
		return
	}
	k.secret = secret
	k.at.Store(uint64(at))
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cache.byContact[contact] == k { // else it has been dropped meanwhile
		r.cache.byPlace[at] = k
	}
}

// load reads one key from the log.
func (r *Keyring) load(ctx context.Context, at place) (record.Key, [KeySize]byte, error) {
	fail := func(err error) (record.Key, [KeySize]byte, error) {
		return record.Key{}, [KeySize]byte{}, fmt.Errorf("key %d of record %d: %w", at.ref().Index, at.ref().Seq, err)
	}
	seq := at.ref().Seq
	r.mu.Lock()
	if to, ok := r.moved[seq]; ok {
		seq = to
	}
	r.mu.Unlock()
	e, err := r.log.Get(ctx, seq)
	if errors.Is(err, journal.ErrNotFound) {
		return fail(ErrErased)
	}
	if err != nil {
		return fail(err)
	}
	rec, err := parseKeys(e.Data)
	if err != nil {
		return fail(err)
	}
	for _, k := range rec.entries {
		if k.index == at.ref().Index {
			secret, err := r.unwrap(k)
			if err != nil {
				return fail(err)
			}
			return k.contact, secret, nil
		}
	}
	return fail(ErrErased)
}

func (r *Keyring) unwrap(e keysEntry) ([KeySize]byte, error) {
	b, _, err := r.master.wrap.open(e.wrapped, e.contact[:], 0)
	if err != nil {
		return [KeySize]byte{}, err
	}
	return [KeySize]byte(b), nil // parseKeys has seen to the size
}

// Flush writes those of keys that are not written yet, all in one record
// unless that grows too large. On an error the rest stay unwritten and a later
// Flush writes them. Errors are those of journal.Log's Append.
func (r *Keyring) Flush(ctx context.Context, keys []*Key) error {
	if !unwritten(keys) {
		return nil
	}
	r.flush.Lock()
	defer r.flush.Unlock()
	seen := make(map[*Key]bool)
	var rest []*Key
	for _, k := range keys {
		if k.at.Load() == 0 && !seen[k] {
			seen[k] = true
			rest = append(rest, k)
		}
	}
	for len(rest) > 0 {
		n := min(len(rest), maxEntries)
		if err := r.write(ctx, rest[:n]); err != nil {
			return fmt.Errorf("write the keys of %d contacts: %w", len(rest), err)
		}
		rest = rest[n:]
	}
	return nil
}

func unwritten(keys []*Key) bool {
	for _, k := range keys {
		if k.at.Load() == 0 {
			return true
		}
	}
	return false
}

// write appends one record and tells its keys where they stand.
func (r *Keyring) write(ctx context.Context, keys []*Key) error {
	rec := keysRecord{entries: make([]keysEntry, len(keys))}
	for i, k := range keys {
		rec.entries[i] = keysEntry{
			index: uint32(i), contact: k.contact, wrapped: r.master.wrap.seal(k.secret[:], k.contact[:]),
		}
	}
	seq, err := r.log.Append(ctx, "", appendKeys(nil, rec))
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, k := range keys {
		at, ok := placeOf(record.KeyRef{Seq: seq, Index: uint32(i)})
		if !ok {
			return fmt.Errorf("%w: sequence %d is too large", ErrKeysRecord, seq)
		}
		k.at.Store(uint64(at))
		r.places[k.contact] = at
		if r.cache.byContact[k.contact] == k {
			r.cache.byPlace[at] = k
		}
	}
	return nil
}

// Open decrypts what the key at ref has sealed. It wraps ErrErased when the
// key is gone, ErrSealed when the text is not one of that key, and the
// journal's errors.
func (r *Keyring) Open(ctx context.Context, ref record.KeyRef, sealed []byte) ([]byte, error) {
	at, ok := placeOf(ref)
	if !ok {
		return nil, fmt.Errorf("%w: record %d has no key %d", ErrSealed, ref.Seq, ref.Index)
	}
	r.mu.Lock()
	k := r.cache.byPlace[at]
	r.mu.Unlock()
	if k == nil {
		contact, secret, err := r.load(ctx, at)
		if err != nil {
			return nil, err
		}
		k = &Key{contact: contact, secret: secret, hot: &r.hot}
		k.at.Store(uint64(at))
		k.filled.Store(true)
		k = r.keep(k, at)
	}
	if !k.recent.Load() {
		k.recent.Store(true)
	}
	return k.open(sealed)
}

// keep puts a key that was read into the cache, or returns the one there.
func (r *Keyring) keep(k *Key, at place) *Key {
	r.mu.Lock()
	defer r.mu.Unlock()
	if there := r.cache.byPlace[at]; there != nil {
		return there
	}
	r.cache.add(k)
	r.cache.byPlace[at] = k
	if r.places[k.contact] == at && r.cache.byContact[k.contact] == nil {
		r.cache.byContact[k.contact] = k
	}
	return k
}
