package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"hash"
	"sync"
)

// MaxSum is the length of the longest keyed hash that a Signer makes.
const MaxSum = 64

// Signer makes keyed hashes (HMAC) with one secret and reuses their state:
// making one costs three times the hashing of a usual webhook. It may be used
// concurrently.
type Signer struct{ pool sync.Pool }

// signing is a state with room for what it makes and what it is compared with.
type signing struct {
	mac hash.Hash
	sum [MaxSum]byte
}

// NewSigner makes one; of is sha256.New or sha1.New.
func NewSigner(of func() hash.Hash, secret string) *Signer {
	s := &Signer{}
	s.pool.New = func() any { return &signing{mac: hmac.New(of, []byte(secret))} }
	return s
}

// Append appends the keyed hash of the parts, as one message, to dst.
func (s *Signer) Append(dst []byte, parts ...[]byte) []byte {
	st := s.pool.Get().(*signing)
	defer s.pool.Put(st)
	return append(dst, st.make(parts)...)
}

// Matches compares, in constant time, the keyed hash of the parts with sum.
func (s *Signer) Matches(sum []byte, parts ...[]byte) bool {
	st := s.pool.Get().(*signing)
	defer s.pool.Put(st)
	return hmac.Equal(st.make(parts), sum)
}

func (s *signing) make(parts [][]byte) []byte {
	s.mac.Reset()
	for _, p := range parts {
		s.mac.Write(p)
	}
	return s.mac.Sum(s.sum[:0])
}

// LowerHex reads exactly len(dst) bytes of lower-case hex digits; encoding/hex
// would take upper case too, which no vendor sends.
func LowerHex(dst []byte, s string) bool {
	if len(s) != 2*len(dst) {
		return false
	}
	for i := range dst {
		hi, lo := nibble(s[2*i]), nibble(s[2*i+1])
		if hi > 15 || lo > 15 {
			return false
		}
		dst[i] = hi<<4 | lo
	}
	return true
}

func nibble(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 0xff
}

// Same compares two secrets in constant time, whatever their lengths.
func Same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
