package meta

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"hash"
	"net/http"
	"net/url"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

const (
	// signatureHeader in the form in which net/http stores it.
	signatureHeader = "X-Hub-Signature-256"
	signaturePrefix = "sha256="
)

var (
	errUnsigned  = fmt.Errorf("%w: header %s is missing", provider.ErrUnauthorized, signatureHeader)
	errAmbiguous = fmt.Errorf("%w: header %s stands there more than once", provider.ErrUnauthorized, signatureHeader)
	errSignature = fmt.Errorf("%w: header %s is not sha256= and 64 lower-case hex digits", provider.ErrUnauthorized, signatureHeader)
	errMismatch  = fmt.Errorf("%w: signature does not match; check that secret is this app's secret and that no proxy rewrites the body", provider.ErrUnauthorized)
)

// signer is a keyed HMAC state that is reused: making one costs three times
// the hashing of a usual webhook.
type signer struct {
	mac hash.Hash
	sum [sha256.Size]byte
	got [sha256.Size]byte
}

func newSigner(secret string) *signer {
	return &signer{mac: hmac.New(sha256.New, []byte(secret))}
}

// sign gives the HMAC of body; valid until the next call.
func (s *signer) sign(body []byte) []byte {
	s.mac.Reset()
	s.mac.Write(body)
	return s.mac.Sum(s.sum[:0])
}

// Verify checks X-Hub-Signature-256 over the raw body, in constant time. The
// old header X-Hub-Signature (SHA-1) proves nothing and is not looked at.
func (a *Adapter) Verify(r *provider.Request) error {
	values := r.Header[signatureHeader]
	switch len(values) {
	case 0:
		return errUnsigned
	case 1:
	default:
		return errAmbiguous
	}
	s := a.signers.Get().(*signer)
	defer a.signers.Put(s)
	if !decodeSignature(&s.got, values[0]) {
		return errSignature
	}
	if !hmac.Equal(s.sign(r.Body), s.got[:]) {
		return errMismatch
	}
	return nil
}

// decodeSignature reads the header's only valid form.
func decodeSignature(dst *[sha256.Size]byte, s string) bool {
	if len(s) != len(signaturePrefix)+2*sha256.Size || s[:len(signaturePrefix)] != signaturePrefix {
		return false
	}
	return wire.LowerHex(dst[:], s[len(signaturePrefix):])
}

// Handshake answers Meta's question whether this address is meant to get its
// webhooks: the challenge itself, or 403.
func (a *Adapter) Handshake(query url.Values) (status int, body string) {
	if query.Get("hub.mode") != "subscribe" {
		return http.StatusForbidden, "hub.mode is not subscribe"
	}
	given := digest(query.Get("hub.verify_token"))
	if subtle.ConstantTimeCompare(given[:], a.verifyToken[:]) != 1 {
		return http.StatusForbidden, "hub.verify_token is not the configured verify_token"
	}
	challenge := query.Get("hub.challenge")
	if !isChallenge(challenge) {
		return http.StatusForbidden, "hub.challenge is missing or not plain letters and digits"
	}
	return http.StatusOK, challenge
}

// isChallenge keeps the answer from carrying markup. Meta sends digits.
func isChallenge(s string) bool {
	if s == "" || len(s) > 256 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !wire.IsAlnum(c) && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

func digest(s string) [sha256.Size]byte { return sha256.Sum256([]byte(s)) }
