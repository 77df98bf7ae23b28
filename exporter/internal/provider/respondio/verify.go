package respondio

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// signatureHeader in the form in which net/http stores it.
const signatureHeader = "X-Webhook-Signature"

// signatureLength of 32 bytes in base64, padding included.
const signatureLength = 44

// Strict: two texts must not stand for one signature.
var signatureEncoding = base64.StdEncoding.Strict()

var (
	errUnsigned  = fmt.Errorf("%w: header %s is missing", provider.ErrUnauthorized, signatureHeader)
	errAmbiguous = fmt.Errorf("%w: header %s stands there more than once", provider.ErrUnauthorized, signatureHeader)
	errSignature = fmt.Errorf("%w: header %s is not the base64 of 32 bytes", provider.ErrUnauthorized, signatureHeader)
	errMismatch  = fmt.Errorf("%w: the signature is of none of the configured keys; add this webhook's own to signing_keys, and check that no proxy rewrites the body", provider.ErrUnauthorized)
)

func newSigner(secret string) *wire.Signer { return wire.NewSigner(sha256.New, secret) }

// Verify checks X-Webhook-Signature over the raw body with every key that is
// configured, in constant time. Which of them is right does not matter: all are
// of one workspace, whoever holds one can read the others in the same place,
// and a key entered under another webhook's name must not cost its events.
func (a *Adapter) Verify(r *provider.Request) error {
	values := r.Header[signatureHeader]
	switch len(values) {
	case 0:
		return errUnsigned
	case 1:
	default:
		return errAmbiguous
	}
	// Decode skips line breaks, so that the length alone does not do.
	var buf [signatureLength]byte
	if len(values[0]) != signatureLength {
		return errSignature
	}
	n, err := signatureEncoding.Decode(buf[:], []byte(values[0]))
	if err != nil || n != sha256.Size {
		return errSignature
	}
	right := false
	for _, s := range a.signers {
		right = s.Matches(buf[:n], r.Body) || right
	}
	if !right {
		return errMismatch
	}
	return nil
}

// sign gives the header's value for a body.
func sign(s *wire.Signer, body []byte) string {
	return signatureEncoding.EncodeToString(s.Append(nil, body))
}
