package privacy

import (
	"crypto/cipher"
	"crypto/rand"
	"sync"
	"sync/atomic"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// place is a record.KeyRef in eight bytes: the sequence above, the index in
// the lowest indexBits. Sequences start at 1, so 0 is no place.
type place uint64

func placeOf(ref record.KeyRef) (place, bool) {
	ok := ref.Seq > 0 && ref.Seq < 1<<(64-indexBits) && ref.Index < 1<<indexBits
	return place(ref.Seq<<indexBits | uint64(ref.Index)), ok
}

func (p place) ref() record.KeyRef {
	return record.KeyRef{Seq: uint64(p) >> indexBits, Index: uint32(p & (1<<indexBits - 1))}
}

// Key is the sealing key of one contact. It may be used concurrently, also
// after its Keyring has dropped it from the cache.
type Key struct {
	contact record.Key

	// filled is set once secret is; until then fill holds others up. It is also
	// held by who makes a cipher of the secret and by who forgets it.
	filled atomic.Bool
	fill   sync.Mutex
	secret [KeySize]byte

	// at is where the key stands in the log, 0 while it is nowhere.
	at atomic.Uint64
	// recent is set by use and cleared by the cache's clock.
	recent atomic.Bool
	// ready is the cipher, some ten times as large as the rest of the key, so
	// only keys in hot have one.
	ready atomic.Pointer[cipher.AEAD]
	hot   *hot
}

// Contact is whose key it is.
func (k *Key) Contact() record.Key { return k.contact }

// Ref names the key in records; false while it has not been written. No record
// may hold a text that was sealed by a key without a Ref.
func (k *Key) Ref() (record.KeyRef, bool) {
	p := place(k.at.Load())
	return p.ref(), p != 0
}

// Seal appends the sealed text to dst, Overhead bytes longer than plaintext.
func (k *Key) Seal(dst, plaintext []byte) []byte {
	return seal(k.cipher(), dst, plaintext, k.contact[:])
}

// open returns ErrSealed for what another key has sealed.
func (k *Key) open(sealed []byte) ([]byte, error) {
	return open(k.cipher(), sealed, k.contact[:])
}

func (k *Key) cipher() cipher.AEAD {
	if c := k.ready.Load(); c != nil {
		return *c
	}
	k.fill.Lock()
	defer k.fill.Unlock()
	if c := k.ready.Load(); c != nil {
		return *c
	}
	c := newAEAD(k.secret)
	k.ready.Store(&c)
	k.hot.add(k)
	return c
}

// forget takes the secret of a key that was erased away from all who hold it.
// What they seal from now on nobody can open: the secret that takes its place
// is never written, and the key's Ref goes on to name the erased one.
func (k *Key) forget() {
	k.fill.Lock()
	defer k.fill.Unlock()
	k.newSecret()
	k.ready.Store(nil)
}

func (k *Key) newSecret() { _, _ = rand.Read(k.secret[:]) } // never fails

// hotKeys is how many ciphers are kept, about 1.3 KB each.
const hotKeys = 8192

// hot remembers which keys have a cipher; the oldest lose theirs.
type hot struct {
	next atomic.Uint64
	keys [hotKeys]atomic.Pointer[Key]
}

func (h *hot) add(k *Key) {
	if old := h.keys[h.next.Add(1)%hotKeys].Swap(k); old != nil && old != k {
		old.ready.Store(nil)
	}
}

// find returns the keys that are at one of the places.
func (h *hot) find(at map[place]struct{}) []*Key {
	var found []*Key
	for i := range h.keys {
		if k := h.keys[i].Load(); k != nil && k.isAt(at) {
			found = append(found, k)
		}
	}
	return found
}

func (k *Key) isAt(at map[place]struct{}) bool {
	_, ok := at[place(k.at.Load())]
	return ok
}
