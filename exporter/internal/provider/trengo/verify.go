package trengo

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// signatureHeader in the form in which net/http stores it.
const signatureHeader = "Trengo-Signature"

const (
	// stampLength of Unix seconds, until the year 2286.
	stampLength = 10
	// ahead is how much later than ours Trengo's clock may be. Events farther
	// ahead would not be counted anyway.
	ahead = 5 * time.Minute
	// defaultAge is wide, because a repeated delivery may bear its first
	// timestamp: what this lets pass a second time has the ids of the first.
	defaultAge = "24h"
)

var (
	errUnsigned  = fmt.Errorf("%w: header %s is missing", provider.ErrUnauthorized, signatureHeader)
	errAmbiguous = fmt.Errorf("%w: header %s stands there more than once", provider.ErrUnauthorized, signatureHeader)
	errSignature = fmt.Errorf("%w: header %s is not Unix seconds, a semicolon and 64 hex digits in lower case", provider.ErrUnauthorized, signatureHeader)
	errMismatch  = fmt.Errorf("%w: the signature is of none of the secrets for this event type; check signing_secrets, and that no proxy rewrites the body", provider.ErrUnauthorized)
	errOld       = fmt.Errorf("%w: the signature is older than signature_age", provider.ErrUnauthorized)
	errAhead     = fmt.Errorf("%w: the signature is more than %s ahead of this machine's clock", provider.ErrUnauthorized, ahead)
)

// secret is one by which requests are signed.
type secret struct {
	// kind is the event type whose it is; "" is everyone's.
	kind   string
	signer *wire.Signer
}

func newSigner(s string) *wire.Signer { return wire.NewSigner(sha256.New, s) }

// secretsOf are a source's, in the order of the document, the common one last.
func secretsOf(cfg config.Source) []secret {
	var all []secret
	for _, s := range cfg.Keys.Secrets(keySigning) {
		all = append(all, secret{known(s.Name), newSigner(string(s.Secret))})
	}
	if cfg.Secret != "" {
		all = append(all, secret{"", newSigner(string(cfg.Secret))})
	}
	return all
}

func signatureAge(word string) (time.Duration, error) {
	switch word {
	case "5m":
		return 5 * time.Minute, nil
	case "1h":
		return time.Hour, nil
	case "", defaultAge:
		return 24 * time.Hour, nil
	case "7d":
		return 7 * 24 * time.Hour, nil
	}
	return 0, fmt.Errorf("%w: signature_age must be 5m, 1h, 24h or 7d", ErrConfig)
}

// signature is the header's value in its parts.
type signature struct {
	// stamp is the time as it is written and signed.
	stamp string
	at    time.Time
	sum   [sha256.Size]byte
}

// signatureOf reads the header. Its error wraps provider.ErrUnauthorized.
func signatureOf(r *provider.Request) (sig signature, err error) {
	values := r.Header[signatureHeader]
	switch len(values) {
	case 0:
		return sig, errUnsigned
	case 1:
	default:
		return sig, errAmbiguous
	}
	stamp, hash, _ := strings.Cut(values[0], ";")
	if len(stamp) != stampLength || strings.Trim(stamp, "0123456789") != "" || !wire.LowerHex(sig.sum[:], hash) {
		return sig, errSignature
	}
	at, ok := wire.Time([]byte(stamp))
	if !ok {
		return sig, errSignature
	}
	sig.stamp, sig.at = stamp, at
	return sig, nil
}

var dot = []byte{'.'}

// isBy compares in constant time.
func (sig *signature) isBy(s *secret, body []byte) bool {
	return s.signer.Matches(sig.sum[:], []byte(sig.stamp), dot, body)
}

// Verify checks Trengo-Signature over its timestamp and the raw body, and then
// the timestamp. The address is not signed and names the event type, so that a
// secret is right for its own type only: nobody can make a customer's message of
// an agent's by sending it to another address.
func (a *Adapter) Verify(r *provider.Request) error {
	sig, err := signatureOf(r)
	if err != nil {
		return err
	}
	kind, _ := typeInAddress(r)
	right, tried := false, false
	for i := range a.secrets {
		s := &a.secrets[i]
		if kind != "" && s.kind != "" && s.kind != kind {
			continue
		}
		tried = true
		right = sig.isBy(s, r.Body) || right
	}
	switch {
	case !tried:
		return fmt.Errorf("%w: there is no signing secret of %s; add that webhook's to signing_secrets", provider.ErrUnauthorized, kind)
	case !right:
		return errMismatch
	}
	switch age := r.Received.Sub(sig.at); {
	case age > a.age:
		return errOld
	case age < -ahead:
		return errAhead
	}
	return nil
}

// sign gives the header's value for a body.
func sign(s *wire.Signer, stamp string, body []byte) string {
	return fmt.Sprintf("%s;%x", stamp, s.Append(nil, []byte(stamp), dot, body))
}
