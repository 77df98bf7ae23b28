package twilio

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

const (
	// signatureHeader in the form in which net/http stores it.
	signatureHeader = "X-Twilio-Signature"
	// bodyHash is the parameter of the query that binds a JSON body to the
	// signature, which covers the address only.
	bodyHash = "bodySHA256"
	// signatureLength is that of 20 bytes in base64.
	signatureLength = 28
)

var (
	errUnsigned  = fmt.Errorf("%w: header %s is missing", provider.ErrUnauthorized, signatureHeader)
	errAmbiguous = fmt.Errorf("%w: header %s stands there more than once", provider.ErrUnauthorized, signatureHeader)
	errSignature = fmt.Errorf("%w: header %s is not 20 bytes in base64", provider.ErrUnauthorized, signatureHeader)
	errEmpty     = fmt.Errorf("%w: the body is empty, so that nothing of it is signed", provider.ErrUnauthorized)
	errForm      = fmt.Errorf("%w: the body is no form, and its address has no %s", provider.ErrUnauthorized, bodyHash)
	errBodyHash  = fmt.Errorf("%w: the body is not the one whose %s stands in the address", provider.ErrUnauthorized, bodyHash)
	errMismatch  = fmt.Errorf("%w: signature does not match; check that %s is the address entered at Twilio, secret or %s the "+
		"account's auth token, and that the query is sorted by name", provider.ErrUnauthorized, keyPublicURL, keyAccountTokens)
)

// verifier checks signatures.
type verifier struct {
	// bases are public_url as configured and, where its port is the scheme's
	// own, with the port written or left out: Twilio signs either.
	bases []string
	// main is the main account's; accounts are the others', by AccountSid.
	main     *wire.Signer
	accounts map[string][]*wire.Signer
	// every one of them, for requests that name no account.
	every   []*wire.Signer
	scratch sync.Pool // *signed
}

// signed is what a signature is made over, reused.
type signed struct {
	pairs wire.Form
	text  []byte
}

func newVerifier(cfg config.Source, refuse func(string) bool) (*verifier, error) {
	switch {
	case cfg.Secret == "":
		return nil, fmt.Errorf("%w: the auth token is missing; set secret or secret_file to the primary auth token of the account", ErrConfig)
	case refuse(string(cfg.Secret)):
		return nil, fmt.Errorf("%w: the auth token is a published example; set secret or secret_file to the account's own", ErrConfig)
	case cfg.Keys.Text(keyPublicURL) == "":
		return nil, fmt.Errorf("%w: %s is missing; set it to the address that is entered at Twilio, up to /webhooks/<source>", ErrConfig, keyPublicURL)
	}
	v := &verifier{
		bases: bases(cfg.Keys.Text(keyPublicURL)), main: wire.NewSigner(sha1.New, string(cfg.Secret)),
		accounts: make(map[string][]*wire.Signer),
	}
	v.every = append(v.every, v.main)
	for i, t := range cfg.Keys.Secrets(keyAccountTokens) {
		switch {
		case !isAccount(t.Name):
			return nil, fmt.Errorf("%w: the name of %s[%d] is no AccountSid; write AC and 32 hex digits", ErrConfig, keyAccountTokens, i)
		case refuse(string(t.Secret)):
			return nil, fmt.Errorf("%w: the secret of %s[%d] is a published example; set it to the sub-account's auth token", ErrConfig, keyAccountTokens, i)
		}
		s := wire.NewSigner(sha1.New, string(t.Secret))
		v.accounts[t.Name] = append(v.accounts[t.Name], s)
		v.every = append(v.every, s)
	}
	v.scratch.New = func() any { return new(signed) }
	return v, nil
}

func isAccount(s string) bool {
	digits, ok := strings.CutPrefix(s, "AC")
	var b [16]byte
	return ok && wire.LowerHex(b[:], digits)
}

// bases gives both ways of writing an address whose port is the scheme's own.
func bases(address string) []string {
	scheme, rest, _ := strings.Cut(address, "://")
	port := ":443"
	if strings.EqualFold(scheme, "http") {
		port = ":80"
	}
	host, path := rest, ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	switch bare, had := strings.CutSuffix(host, port); {
	case had:
		return []string{address, scheme + "://" + bare + path}
	case strings.LastIndexByte(host, ':') <= strings.LastIndexByte(host, ']'):
		return []string{address, scheme + "://" + host + port + path}
	}
	return []string{address}
}

// Verify checks X-Twilio-Signature over the configured address and the body's
// parameters or, where the address has one, its hash.
func (a *Adapter) Verify(r *provider.Request) error { return a.verifier.verify(r) }

func (v *verifier) verify(r *provider.Request) error {
	values := r.Header[signatureHeader]
	switch len(values) {
	case 0:
		return errUnsigned
	case 1:
	default:
		return errAmbiguous
	}
	sum, ok := decodeSignature(values[0])
	if !ok {
		return errSignature
	}
	// Without parameters a form's signature is that of its address alone, which
	// could be made of a longer one.
	if len(r.Body) == 0 {
		return errEmpty
	}
	st := v.scratch.Get().(*signed)
	defer v.scratch.Put(st)
	st.text = st.text[:0]
	signers := v.every
	if hash, there := queryValue(r.RawQuery, bodyHash); there {
		if !isHashOf(hash, r.Body) {
			return errBodyHash
		}
	} else {
		form, err := wire.ParseForm(r.Body)
		if err != nil || len(form) == 0 {
			return errForm
		}
		if form.Has("AccountSid") {
			signers = v.signers(form.Get("AccountSid"))
		}
		st.pairs = append(st.pairs[:0], form...)
		st.appendPairs()
		clear(st.pairs)
	}
	for _, base := range v.bases {
		address := []byte(r.URL(base))
		for _, s := range signers {
			if s.Matches(sum[:], address, st.text) {
				return nil
			}
		}
	}
	return errMismatch
}

// signers are the tokens that may have signed for an account. The main
// account's sid is not configured, so its token is always one of them.
func (v *verifier) signers(account string) []*wire.Signer {
	if own := v.accounts[account]; len(own) > 0 {
		return append(own[:len(own):len(own)], v.main)
	}
	return v.every[:1]
}

// appendPairs writes the parameters as they are signed: sorted by name, equal
// values of one name once, and sorted.
func (s *signed) appendPairs() {
	slices.SortFunc(s.pairs, func(a, b wire.Pair) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Value, b.Value)
	})
	for i, p := range s.pairs {
		if i > 0 && p == s.pairs[i-1] {
			continue
		}
		s.text = append(append(s.text, p.Name...), p.Value...)
	}
}

// decodeSignature reads the header's only valid form. The decoder would pass
// over line breaks, so the length is checked first.
func decodeSignature(s string) (sum [sha1.Size]byte, ok bool) {
	if len(s) != signatureLength {
		return sum, false
	}
	var b [signatureLength]byte
	n, err := base64.StdEncoding.Strict().Decode(b[:], []byte(s))
	if err != nil || n != sha1.Size {
		return sum, false
	}
	copy(sum[:], b[:])
	return sum, true
}

func encodeSignature(sum []byte) string { return base64.StdEncoding.EncodeToString(sum) }

// queryValue gives the first value of a name in a query as it came. Twilio
// writes neither name nor value of the hash with escapes.
func queryValue(query, name string) (value string, there bool) {
	for query != "" {
		var part string
		part, query, _ = strings.Cut(query, "&")
		if key, value, _ := strings.Cut(part, "="); key == name {
			return value, true
		}
	}
	return "", false
}

// isHashOf compares the lower-case hex SHA-256 of a body.
func isHashOf(hash string, body []byte) bool {
	var want [sha256.Size]byte
	if !wire.LowerHex(want[:], hash) {
		return false
	}
	got := sha256.Sum256(body)
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}
