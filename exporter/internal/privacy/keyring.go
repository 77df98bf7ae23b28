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

	// rewriting is held by what goes through the log to rewrite records; it is
	// taken before flush.
	rewriting sync.Mutex
	flush     sync.Mutex // held while the log is written to

	mu sync.Mutex
	// places says where the key of each contact stands.
	places map[record.Key]place
	// moved says which record holds the keys of one that was rewritten.
	moved map[uint64]uint64
	// gone are the keys that were erased since the log was opened. Whoever has
	// read one of them from the log before may neither keep nor use it.
	gone  map[place]struct{}
	cache cache
	// unfinished: the log may hold records that have to be deleted, with keys of
	// contacts that are in places no more.
	unfinished bool
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
		places: map[record.Key]place{}, moved: map[uint64]uint64{}, gone: map[place]struct{}{}, cache: newCache(o.Cache),
	}
	return r, r.readPlaces(ctx)
}

func (r *Keyring) readPlaces(ctx context.Context) error {
	s := newSurvey()
	cipher := 0 // the one that opened the last record opens most likely the next
	err := r.survey(ctx, s, func(e journal.Entry, rec keysRecord, damage error) error {
		if damage != nil {
			r.logger.Error("Texts sealed by a keys record cannot be read", "sequence", e.Seq, "err", damage)
			return nil
		}
		name := rec.name(e.Seq)
		if rec.origin != 0 {
			r.moved[name] = e.Seq
		}
		if err := r.master.checkMaster(e, rec, &cipher); err != nil {
			return err
		}
		for _, k := range rec.entries {
			at, ok := placeOf(record.KeyRef{Seq: name, Index: k.index})
			if !ok {
				return fmt.Errorf("%w: record %d has no room for its keys", ErrKeysRecord, e.Seq)
			}
			// The newest key, also when the record of an older one was rewritten.
			r.places[k.contact] = max(r.places[k.contact], at)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.repair(ctx, s)
}

// repair deletes the records that a process which was killed while it rewrote
// them has left, and forgets the keys that stand only there. That they cannot be
// deleted now is no reason not to start: nobody finds their keys any more, and
// the next time that something is erased or rewrapped they are deleted first.
func (r *Keyring) repair(ctx context.Context, s *survey) error {
	for _, l := range s.left {
		e, err := r.log.Get(ctx, s.newest[l.name])
		if err != nil {
			return fmt.Errorf("read the keys log: %w", err)
		}
		rec, err := parseKeys(e.Data)
		if err != nil {
			return err
		}
		for contact, at := range r.places {
			if at.ref().Seq == l.name && !rec.has(at.ref().Index) {
				delete(r.places, contact)
			}
		}
	}
	if err := r.finish(ctx, s); err != nil {
		r.setUnfinished(true)
		r.logger.Error("Replaced keys records could not be deleted; to try again, erase or rewrap, or restart", "err", err)
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
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, gone := r.gone[at]; gone { // since it was read
		k.newSecret()
		return
	}
	k.secret = secret
	k.at.Store(uint64(at))
	if r.cache.byContact[contact] == k { // else it has been dropped meanwhile
		r.cache.byPlace[at] = k
	}
}

// load reads one key from the log.
func (r *Keyring) load(ctx context.Context, at place) (record.Key, [KeySize]byte, error) {
	fail := func(err error) (record.Key, [KeySize]byte, error) {
		return record.Key{}, [KeySize]byte{}, fmt.Errorf("key %d of record %d: %w", at.ref().Index, at.ref().Seq, err)
	}
	seq := r.where(at)
	e, err := r.log.Get(ctx, seq)
	for errors.Is(err, journal.ErrNotFound) {
		to := r.where(at)
		if to == seq {
			return fail(ErrErased)
		}
		seq = to // it was rewritten meanwhile
		e, err = r.log.Get(ctx, seq)
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

// where is the sequence of the record that holds the key.
func (r *Keyring) where(at place) uint64 {
	seq := at.ref().Seq
	r.mu.Lock()
	defer r.mu.Unlock()
	if to, ok := r.moved[seq]; ok {
		return to
	}
	return seq
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
	_, gone := r.gone[at]
	r.mu.Unlock()
	if k == nil && !gone {
		contact, secret, err := r.load(ctx, at)
		if err != nil {
			return nil, err
		}
		k = &Key{contact: contact, secret: secret, hot: &r.hot}
		k.at.Store(uint64(at))
		k.filled.Store(true)
		k, gone = r.keep(k, at)
	}
	if gone {
		return nil, erased(at)
	}
	if !k.recent.Load() {
		k.recent.Store(true)
	}
	plaintext, err := k.open(sealed)
	if err != nil && r.isGone(at) {
		return nil, erased(at)
	}
	return plaintext, err
}

// keep puts a key that was read into the cache, or returns the one there. A key
// that was erased since it was read is not kept.
func (r *Keyring) keep(k *Key, at place) (_ *Key, gone bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, gone := r.gone[at]; gone {
		return nil, true
	}
	if there := r.cache.byPlace[at]; there != nil {
		return there, false
	}
	r.cache.add(k)
	r.cache.byPlace[at] = k
	if r.places[k.contact] == at && r.cache.byContact[k.contact] == nil {
		r.cache.byContact[k.contact] = k
	}
	return k, false
}

func (r *Keyring) isGone(at place) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, gone := r.gone[at]
	return gone
}

func erased(at place) error {
	return fmt.Errorf("key %d of record %d: %w", at.ref().Index, at.ref().Seq, ErrErased)
}
