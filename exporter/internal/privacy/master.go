package privacy

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"
	"sync"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// ErrSealed: sealed bytes cannot be opened, because they are damaged, were
// changed, or were sealed with another key.
var ErrSealed = errors.New("sealed data cannot be opened: it is damaged or was sealed with another key")

// KeySize is the size in bytes of the master's seed and of a contact's key.
const KeySize = 32

// sealVersion is the first byte of everything that is sealed here: a version,
// a random nonce of 12 bytes, then AES-256-GCM's text and tag.
const sealVersion = 1

const (
	nonceSize = 12
	tagSize   = 16
	// Overhead is by how much sealing makes a text longer, in bytes.
	Overhead = 1 + nonceSize + tagSize
)

// Master is the secret of one exporter. All other secrets are derived from it
// or wrapped by it. It may be used concurrently.
//
// Its identity seed hashes contacts and agents and is for ever: with another
// one every contact would be a stranger. What wraps and seals is a seed that
// can be replaced; as long as it never was, that is the identity seed too.
type Master struct {
	seed [KeySize]byte
	// current is the seed that wraps and seals.
	current  [KeySize]byte
	wrap     ciphers
	bodies   ciphers
	contacts sync.Pool // of *contactHash
}

// contactHash is a keyed hash with its buffers, to be used again: making a new
// HMAC costs more than the hash of a contact.
type contactHash struct {
	mac hash.Hash
	buf []byte
	sum [sha256.Size]byte
}

// NewMaster makes a Master of a random seed.
func NewMaster(seed [KeySize]byte) *Master { return newMaster(seed, seed) }

// newMaster makes a Master of its identity seed and the seeds that wrap and
// seal, the oldest first; the last is the current one.
func newMaster(identity [KeySize]byte, seeds ...[KeySize]byte) *Master {
	m := &Master{seed: identity, current: seeds[len(seeds)-1]}
	for _, s := range slices.Backward(seeds) {
		m.wrap = append(m.wrap, newAEAD(derive(s, "wrap contact keys")))
		m.bodies = append(m.bodies, newAEAD(derive(s, "seal bodies")))
	}
	key := m.Derive("hash contacts")
	m.contacts.New = func() any {
		return &contactHash{mac: hmac.New(sha256.New, key[:]), buf: make([]byte, 0, 64)}
	}
	return m
}

// Derive makes a secret for one purpose, the same for the same label; it says
// nothing about the seed or the secrets of other labels.
func (m *Master) Derive(label string) [KeySize]byte { return derive(m.seed, label) }

func derive(seed [KeySize]byte, label string) [KeySize]byte {
	b, err := hkdf.Key(sha256.New, seed[:], nil, "helpdesk-exporter-v1 "+label, KeySize)
	if err != nil {
		panic(err) // only for keys longer than 255 hashes
	}
	return [KeySize]byte(b)
}

// AgentSalt keys the hashes of agents' ids in labels: 64 hexadecimal digits, of
// no use for anything else.
func (m *Master) AgentSalt() string {
	k := m.Derive("hash agents")
	return hex.EncodeToString(k[:])
}

// Contact is the keyed hash of a contact of a source, and the zero Key for no
// contact. The ways to write one phone number give one Key.
func (m *Master) Contact(source, contact string) record.Key {
	if contact == "" {
		return record.Key{}
	}
	h := m.contacts.Get().(*contactHash)
	h.buf = binary.AppendUvarint(h.buf[:0], uint64(len(source)))
	h.buf = append(h.buf, source...)
	h.buf = appendContact(h.buf, contact)
	h.mac.Reset()
	h.mac.Write(h.buf)
	k := record.Key(h.mac.Sum(h.sum[:0]))
	clear(h.buf)
	m.contacts.Put(h)
	return k
}

// appendContact appends the digits of what looks like a phone number, and
// anything else as it is.
func appendContact(dst []byte, contact string) []byte {
	start := len(dst)
	for i, c := range []byte(strings.TrimSpace(contact)) {
		switch {
		case '0' <= c && c <= '9':
			dst = append(dst, c)
		case c == ' ', c == '.', c == '-', c == '(', c == ')', c == '+' && i == 0:
		default:
			return append(dst[:start], contact...)
		}
	}
	if len(dst) == start {
		return append(dst, contact...)
	}
	return dst
}

// Seal encrypts what belongs to no contact. Only Open with the same label
// reads it, so a text cannot be moved from one purpose to another.
func (m *Master) Seal(label string, plaintext []byte) []byte {
	return m.bodies.seal(plaintext, []byte(label))
}

// Open decrypts what Seal made, with the current seed or one before it, or
// returns ErrSealed.
func (m *Master) Open(label string, sealed []byte) ([]byte, error) {
	plaintext, _, err := m.bodies.open(sealed, []byte(label), 0)
	return plaintext, err
}

func newAEAD(key [KeySize]byte) cipher.AEAD {
	block, err := aes.NewCipher(key[:])
	if err == nil {
		var aead cipher.AEAD
		if aead, err = cipher.NewGCM(block); err == nil {
			return aead
		}
	}
	panic(err) // only for keys of another size
}

// seal appends the sealed text to dst. The nonces are random: at 2^32 texts of
// one key their chance to collide is still below 2^-32.
func seal(aead cipher.AEAD, dst, plaintext, additional []byte) []byte {
	var head [1 + nonceSize]byte
	head[0] = sealVersion
	_, _ = rand.Read(head[1:]) // never fails
	dst = append(dst, head[:]...)
	return aead.Seal(dst, dst[len(dst)-nonceSize:], plaintext, additional)
}

func open(aead cipher.AEAD, sealed, additional []byte) ([]byte, error) {
	if len(sealed) < Overhead {
		return nil, fmt.Errorf("%w: it is only %d bytes long", ErrSealed, len(sealed))
	}
	if v := sealed[0]; v != sealVersion {
		return nil, fmt.Errorf("%w: its version is %d, this program knows %d", ErrSealed, v, sealVersion)
	}
	plaintext, err := aead.Open(nil, sealed[1:1+nonceSize], sealed[1+nonceSize:], additional)
	if err != nil {
		return nil, ErrSealed
	}
	return plaintext, nil
}
