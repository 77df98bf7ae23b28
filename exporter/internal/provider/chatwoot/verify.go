package chatwoot

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// Headers in the form in which net/http stores them.
const (
	signatureHeader = "X-Chatwoot-Signature"
	stampHeader     = "X-Chatwoot-Timestamp"
	deliveryHeader  = "X-Chatwoot-Delivery"
)

const (
	signaturePrefix = "sha256="
	// stampLength of Unix seconds, until the year 2286.
	stampLength = 10
	// window is how far a signature's time may be from ours, either way.
	window = 5 * time.Minute
)

var (
	errUnsigned  = fmt.Errorf("%w: header %s is missing; servers before 4.11.2 sign nothing and need address_secret", provider.ErrUnauthorized, signatureHeader)
	errNoStamp   = fmt.Errorf("%w: header %s is missing", provider.ErrUnauthorized, stampHeader)
	errAmbiguous = fmt.Errorf("%w: header %s or %s stands there more than once", provider.ErrUnauthorized, signatureHeader, stampHeader)
	errSignature = fmt.Errorf("%w: header %s is not sha256= and 64 hex digits in lower case", provider.ErrUnauthorized, signatureHeader)
	errStamp     = fmt.Errorf("%w: header %s is no time in Unix seconds", provider.ErrUnauthorized, stampHeader)
	errMismatch  = fmt.Errorf("%w: the signature is not by the configured secret; check that it is this webhook's, and that no proxy rewrites the body", provider.ErrUnauthorized)
	errWindow    = fmt.Errorf("%w: the signature is more than %s older or newer than this machine's clock", provider.ErrUnauthorized, window)
)

func newSigner(secret string) *wire.Signer { return wire.NewSigner(sha256.New, secret) }

// Verify checks every proof that is configured: the secret in the address, and
// X-Chatwoot-Signature over X-Chatwoot-Timestamp and the raw body, both in
// constant time. With both configured both have to be right, so that adding one
// never weakens the other. A signature that is not configured proves nothing.
func (a *Adapter) Verify(r *provider.Request) error {
	if a.address != nil {
		if err := a.address.Verify(r); err != nil {
			return err
		}
	}
	if a.signer != nil {
		return a.verifySignature(r)
	}
	if a.address == nil {
		return errUnsigned
	}
	return nil
}

var dot = []byte{'.'}

func (a *Adapter) verifySignature(r *provider.Request) error {
	signatures, stamps := r.Header[signatureHeader], r.Header[stampHeader]
	switch {
	case len(signatures) == 0:
		return errUnsigned
	case len(stamps) == 0:
		return errNoStamp
	case len(signatures) > 1 || len(stamps) > 1:
		return errAmbiguous
	}
	var sum [sha256.Size]byte
	digits, ok := strings.CutPrefix(signatures[0], signaturePrefix)
	if !ok || !wire.LowerHex(sum[:], digits) {
		return errSignature
	}
	stamp := stamps[0]
	if len(stamp) != stampLength || strings.Trim(stamp, "0123456789") != "" {
		return errStamp
	}
	at, ok := wire.Time([]byte(stamp))
	if !ok {
		return errStamp
	}
	if !a.signer.Matches(sum[:], []byte(stamp), dot, r.Body) {
		return errMismatch
	}
	if age := r.Received.Sub(at); age > window || age < -window {
		return errWindow
	}
	return nil
}

// sign gives the signature's header for a body sent at stamp.
func sign(s *wire.Signer, stamp string, body []byte) string {
	return fmt.Sprintf("%s%x", signaturePrefix, s.Append(nil, []byte(stamp), dot, body))
}
