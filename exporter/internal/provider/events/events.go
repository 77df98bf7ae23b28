// Package events is the provider of whoever can send canonical events itself:
// a POST holds one event, an array of events, or one event a line (DEFINITIONS
// section 12), authorized by a bearer secret.
//
// An Adapter does no I/O, keeps nothing between requests and may be used
// concurrently. It never repeats a request's content in an error, the names of
// unknown fields and kinds aside.
package events

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// Spec is the provider. It tells whatever its sender does.
var Spec = provider.Spec{
	Title:       "Your own system (events)",
	Resolves:    true,
	NeedsSecret: true,
	Facts:       capability.Everything(),
	New:         provider.NewAdapter(New),
	NewWriter:   provider.NewWriter(NewWriter),
}

// ErrConfig is wrapped by the errors of New and NewWriter: the source cannot
// be used as it is configured.
var ErrConfig = fmt.Errorf("events %w", provider.ErrConfig)

const (
	headerName = "Authorization"
	scheme     = "Bearer "
)

var (
	errMissing   = fmt.Errorf("%w: header %s is missing; send \"%s: Bearer <secret>\"", provider.ErrUnauthorized, headerName, headerName)
	errAmbiguous = fmt.Errorf("%w: header %s stands there more than once", provider.ErrUnauthorized, headerName)
	errScheme    = fmt.Errorf("%w: header %s does not begin with Bearer", provider.ErrUnauthorized, headerName)
	errWrong     = fmt.Errorf("%w: the bearer secret is not the configured one", provider.ErrUnauthorized)
)

// Adapter reads one source's requests.
type Adapter struct {
	// want is a digest, so that comparing tells nothing of the length.
	want [sha256.Size]byte
}

var _ provider.Adapter = (*Adapter)(nil)

// New makes the adapter of a source from its Secret. Its error wraps ErrConfig.
func New(cfg config.Source) (*Adapter, error) {
	if err := check(cfg); err != nil {
		return nil, err
	}
	return &Adapter{want: sha256.Sum256([]byte(cfg.Secret))}, nil
}

// check refuses secrets that no header can carry as they are: it would refuse
// every request later.
func check(cfg config.Source) error {
	secret := string(cfg.Secret)
	switch {
	case secret == "":
		return fmt.Errorf("%w: the secret is missing; set secret or secret_file to a long random one", ErrConfig)
	case strings.TrimSpace(secret) != secret:
		return fmt.Errorf("%w: the secret begins or ends with white space", ErrConfig)
	}
	for _, c := range []byte(secret) {
		if c < ' ' || c > '~' {
			return fmt.Errorf("%w: the secret holds characters that are not printable ASCII; HTTP headers cannot carry them", ErrConfig)
		}
	}
	return nil
}

// Verify compares the bearer secret.
func (a *Adapter) Verify(r *provider.Request) error {
	values := r.Header[headerName]
	switch {
	case len(values) == 0:
		return errMissing
	case len(values) > 1:
		return errAmbiguous
	case len(values[0]) < len(scheme) || !strings.EqualFold(values[0][:len(scheme)], scheme):
		return errScheme
	}
	got := sha256.Sum256([]byte(strings.TrimSpace(values[0][len(scheme):])))
	if subtle.ConstantTimeCompare(got[:], a.want[:]) != 1 {
		return errWrong
	}
	return nil
}

// Adapt reads the body: all of its events or, with an error, none. They hold
// nothing of the body.
func (a *Adapter) Adapt(r *provider.Request, res *provider.Result) (err error) {
	res.Events, err = event.Decode(r.Body, res.Events)
	if err != nil {
		return fmt.Errorf("%w: %w", provider.ErrMalformed, err)
	}
	return nil
}

// authorization is the header of a request with secret.
func authorization(secret string) http.Header {
	return http.Header{
		headerName:     {scheme + secret},
		"Content-Type": {"application/x-ndjson"},
	}
}
