package hubspot

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

const (
	headerV3   = "X-Hubspot-Signature-V3"
	headerTime = "X-Hubspot-Request-Timestamp"
	headerV1   = "X-Hubspot-Signature"
	// replayWindow is how old a request may be; as far ahead is refused as well.
	replayWindow = 5 * time.Minute
)

var (
	errNoSignature = fmt.Errorf("%w: the header X-HubSpot-Signature-v3 is missing or stands there twice", provider.ErrUnauthorized)
	errNoTime      = fmt.Errorf("%w: the header X-HubSpot-Request-Timestamp is missing or no time in milliseconds", provider.ErrUnauthorized)
	errOld         = fmt.Errorf("%w: the request is more than 5 minutes old or ahead of this machine's clock", provider.ErrUnauthorized)
	errWrong       = fmt.Errorf("%w: the signature does not fit; secret has to be the app's client secret, and public_url the address in the app's webhook settings",
		provider.ErrUnauthorized)
)

// verifier checks signatures of one app.
type verifier struct {
	base   string
	signer *wire.Signer
	// secret is kept where v1 is taken, which hashes it with the body.
	secret []byte
}

func newVerifier(cfg config.Source) verifier {
	v := verifier{base: cfg.Keys.Text(keyPublicURL), signer: wire.NewSigner(sha256.New, string(cfg.Secret))}
	if cfg.Keys.Text(keySignature) == "v1" {
		v.secret = []byte(cfg.Secret)
	}
	return v
}

// Verify checks the signature of version 3 over method, address, body and
// timestamp, and its age. Where the source takes version 1 and the request has
// no other, it checks that. The error wraps provider.ErrUnauthorized.
func (v *verifier) Verify(r *provider.Request) error {
	signature := r.Header.Values(headerV3)
	if len(signature) == 0 && v.secret != nil {
		return v.verifyV1(r)
	}
	if len(signature) != 1 {
		return errNoSignature
	}
	stamps := r.Header.Values(headerTime)
	if len(stamps) != 1 {
		return errNoTime
	}
	ms, err := strconv.ParseInt(stamps[0], 10, 64)
	if err != nil || strconv.FormatInt(ms, 10) != stamps[0] {
		return errNoTime
	}
	if age := r.Received.UnixMilli() - ms; age > replayWindow.Milliseconds() || age < -replayWindow.Milliseconds() {
		return errOld
	}
	sum, err := base64.StdEncoding.Strict().DecodeString(signature[0])
	if err != nil || !v.signer.Matches(sum, []byte(r.Method), []byte(signedURI(r.URL(v.base))), r.Body, []byte(stamps[0])) {
		return errWrong
	}
	return nil
}

func (v *verifier) verifyV1(r *provider.Request) error {
	signature := r.Header.Values(headerV1)
	if len(signature) != 1 {
		return errNoSignature
	}
	h := sha256.New()
	h.Write(v.secret)
	h.Write(r.Body)
	var got [sha256.Size]byte
	if !wire.LowerHex(got[:], signature[0]) || !hmac.Equal(got[:], h.Sum(nil)) {
		return errWrong
	}
	return nil
}

// signature makes a version 3 signature, for Writer and tests.
func (v *verifier) signature(method, uri, stamp string, body []byte) string {
	return base64.StdEncoding.EncodeToString(v.signer.Append(nil, []byte(method), []byte(signedURI(uri)), body, []byte(stamp)))
}

// signatureV1 is the older one.
func signatureV1(secret string, body []byte) string {
	sum := sha256.Sum256(append([]byte(secret), body...))
	return hex.EncodeToString(sum[:])
}

// signedURI decodes what HubSpot decodes before it signs, and nothing else:
// %3A %2F %3F %40 %21 %24 %27 %28 %29 %2A %2C %3B
// (developers.hubspot.com, validating requests, version 3). Whether HubSpot
// knows them in lower case is not documented; both are taken.
func signedURI(uri string) string {
	at := 0
	for at < len(uri) && uri[at] != '%' {
		at++
	}
	if at == len(uri) {
		return uri
	}
	out := append(make([]byte, 0, len(uri)), uri[:at]...)
	for i := at; i < len(uri); i++ {
		if uri[i] == '%' && i+2 < len(uri) {
			if c, ok := decoded(uri[i+1], uri[i+2]); ok {
				out = append(out, c)
				i += 2
				continue
			}
		}
		out = append(out, uri[i])
	}
	return string(out)
}

func decoded(hi, lo byte) (byte, bool) {
	if lo >= 'a' {
		lo -= 'a' - 'A'
	}
	switch string([]byte{hi, lo}) {
	case "3A":
		return ':', true
	case "2F":
		return '/', true
	case "3F":
		return '?', true
	case "40":
		return '@', true
	case "21":
		return '!', true
	case "24":
		return '$', true
	case "27":
		return '\'', true
	case "28":
		return '(', true
	case "29":
		return ')', true
	case "2A":
		return '*', true
	case "2C":
		return ',', true
	case "3B":
		return ';', true
	}
	return 0, false
}
