package provider

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/url"
	"strings"
)

// AddressSecret is the proof of vendors that sign nothing: a long random word
// in the webhook's address, /webhooks/<source>/<secret> or
// /webhooks/<source>?token=<secret>. A Spec that uses it says Paths.
type AddressSecret struct {
	// digests, so that comparing tells nothing of the length.
	digests [][sha256.Size]byte
}

var (
	errNoAddressSecret    = fmt.Errorf("%w: the address has no secret; it ends in /<source>/<secret>", ErrUnauthorized)
	errTwoAddressSecrets  = fmt.Errorf("%w: the address has more than one secret", ErrUnauthorized)
	errWrongAddressSecret = fmt.Errorf("%w: the secret in the address is not the configured one", ErrUnauthorized)
)

// NewAddressSecret takes the words that are right, empty ones left out. With
// none nothing passes.
func NewAddressSecret(secrets ...string) *AddressSecret {
	a := &AddressSecret{}
	for _, s := range secrets {
		if s != "" {
			a.digests = append(a.digests, sha256.Sum256([]byte(s)))
		}
	}
	return a
}

// Configured tells whether there is a word at all.
func (a *AddressSecret) Configured() bool { return len(a.digests) > 0 }

// Verify compares the address's secret in constant time. Its error wraps
// ErrUnauthorized.
func (a *AddressSecret) Verify(r *Request) error {
	given := r.Query["token"]
	if r.Path != "" {
		word, err := url.PathUnescape(strings.TrimPrefix(r.Path, "/"))
		if err != nil {
			return errWrongAddressSecret
		}
		if word != "" {
			given = append([]string{word}, given...)
		}
	}
	switch len(given) {
	case 0:
		return errNoAddressSecret
	case 1:
	default:
		return errTwoAddressSecrets
	}
	digest, right := sha256.Sum256([]byte(given[0])), 0
	for i := range a.digests {
		right |= subtle.ConstantTimeCompare(digest[:], a.digests[i][:])
	}
	if right != 1 {
		return errWrongAddressSecret
	}
	return nil
}

// AddressPath is the Request.Path of an address with secret, for Writers.
func AddressPath(secret string) string { return "/" + url.PathEscape(secret) }
