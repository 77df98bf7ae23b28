package zendesk

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// Headers in the form in which net/http stores them.
const (
	signatureHeader  = "X-Zendesk-Webhook-Signature"
	stampHeader      = "X-Zendesk-Webhook-Signature-Timestamp"
	invocationHeader = "X-Zendesk-Webhook-Invocation-Id"
	accountHeader    = "X-Zendesk-Account-Id"
	apiKeyHeader     = "X-Api-Key"
)

// window is how far a signature's time may be from ours, either way. Zendesk
// documents none.
const window = 5 * time.Minute

var (
	errUnsigned  = fmt.Errorf("%w: header %s is missing", provider.ErrUnauthorized, signatureHeader)
	errNoStamp   = fmt.Errorf("%w: header %s is missing", provider.ErrUnauthorized, stampHeader)
	errAmbiguous = fmt.Errorf("%w: header %s or %s stands there more than once", provider.ErrUnauthorized, signatureHeader, stampHeader)
	errSignature = fmt.Errorf("%w: header %s is not the base64 of 32 bytes", provider.ErrUnauthorized, signatureHeader)
	errStamp     = fmt.Errorf("%w: header %s is no time in ISO 8601", provider.ErrUnauthorized, stampHeader)
	errMismatch  = fmt.Errorf("%w: the signature is by none of the configured secrets; check that it is this webhook's, that the webhook is saved (tests before that are signed with a secret that everybody knows), and that no proxy rewrites the body", provider.ErrUnauthorized)
	errWindow    = fmt.Errorf("%w: the signature is more than %s older or newer than this machine's clock", provider.ErrUnauthorized, window)
	errKey       = fmt.Errorf("%w: header X-API-Key is not conversations_key", provider.ErrUnauthorized)
	errNoKey     = fmt.Errorf("%w: the request is Sunshine Conversations'; set conversations_key", provider.ErrUnauthorized)
)

// newSigner takes a secret as it is written, though it looks like base64.
func newSigner(secret string) *wire.Signer { return wire.NewSigner(sha256.New, secret) }

// Verify checks the signature of event and trigger webhooks, over the timestamp's
// header and the raw body, or the key of Sunshine Conversations, in constant time.
// A request with a signature has to be right by it, whatever key it has beside.
func (a *Adapter) Verify(r *provider.Request) error {
	signed := len(r.Header[signatureHeader]) > 0 || len(r.Header[stampHeader]) > 0
	if given := r.Header[apiKeyHeader]; len(given) > 0 && !(signed && len(a.signers) > 0) {
		if a.apiKey == "" {
			return errNoKey
		}
		if len(given) != 1 || !wire.Same(given[0], a.apiKey) {
			return errKey
		}
		return nil
	}
	return a.verifySignature(r)
}

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
	var sum [sha256.Size + 2]byte
	if len(signatures[0]) != base64.StdEncoding.EncodedLen(sha256.Size) {
		return errSignature
	}
	n, err := base64.StdEncoding.Strict().Decode(sum[:], []byte(signatures[0]))
	if err != nil || n != sha256.Size {
		return errSignature
	}
	stamp := []byte(stamps[0])
	at, err := time.Parse(time.RFC3339Nano, stamps[0])
	if err != nil {
		return errStamp
	}
	// Every secret is tried, so that the time taken does not tell which it was.
	ok := false
	for _, s := range a.signers {
		if s.Matches(sum[:n], stamp, r.Body) {
			ok = true
		}
	}
	if !ok {
		return errMismatch
	}
	if age := r.Received.Sub(at); age > window || age < -window {
		return errWindow
	}
	return nil
}

// sign gives the signature's header for a body sent at stamp.
func sign(s *wire.Signer, stamp string, body []byte) string {
	return base64.StdEncoding.EncodeToString(s.Append(nil, []byte(stamp), body))
}
