package twilio

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// signedWith signs by hand: s is what is signed.
func signedWith(token, s string) string {
	m := hmac.New(sha1.New, []byte(token))
	m.Write([]byte(s))
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

const (
	subAccount = "ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	oldToken   = "11111111111111111111111111111111"
	newToken   = "22222222222222222222222222222222"
	otherToken = "33333333333333333333333333333333"
)

// TestAccounts: each account signs with its own token, while it is changed with
// either; the main account's may sign for any.
func TestAccounts(t *testing.T) {
	const other = "ACcccccccccccccccccccccccccccccccc"
	a := mustAdapter(t, config.Values{keyAccountTokens: {Kind: config.KeySecrets, Secrets: []config.NamedSecret{
		{Name: subAccount, Secret: oldToken}, {Name: subAccount, Secret: newToken}, {Name: other, Secret: otherToken},
	}}})
	for _, tc := range []struct {
		account, token string
		ok             bool
	}{
		{subAccount, oldToken, true}, {subAccount, newToken, true}, {subAccount, ownToken, true}, {subAccount, otherToken, false},
		{account, ownToken, true}, {account, oldToken, false},
		{"", otherToken, false}, // AccountSid is there and empty
		{other, otherToken, true}, {other, oldToken, false},
	} {
		r := form("/x", "", signedWith(tc.token, publicURL+"/xAccountSid"+tc.account), "AccountSid", tc.account)
		if err := a.Verify(&r); (err == nil) != tc.ok || err != nil && !errors.Is(err, provider.ErrUnauthorized) {
			t.Errorf("%s with %.4s: %v", tc.account, tc.token, err)
		}
	}
	// Without an account any token is right.
	for token, ok := range map[string]bool{ownToken: true, newToken: true, otherToken: true, exampleToken: false} {
		r := form("/x", "", signedWith(token, publicURL+"/xEventTypetask.created"), "EventType", "task.created")
		if err := a.Verify(&r); (err == nil) != ok {
			t.Errorf("no account, %.4s: %v", token, err)
		}
	}
}

func TestBases(t *testing.T) {
	for address, want := range map[string]string{
		"https://h.test/webhooks/desk":      "https://h.test/webhooks/desk https://h.test:443/webhooks/desk",
		"https://h.test:443/webhooks/desk":  "https://h.test:443/webhooks/desk https://h.test/webhooks/desk",
		"https://h.test:8443/webhooks/desk": "https://h.test:8443/webhooks/desk",
		"http://h.test/x":                   "http://h.test/x http://h.test:80/x",
		"http://h.test:80/x":                "http://h.test:80/x http://h.test/x",
		"https://[::1]/x":                   "https://[::1]/x https://[::1]:443/x",
		"https://[::1]:443/x":               "https://[::1]:443/x https://[::1]/x",
		"https://[::1]:9/x":                 "https://[::1]:9/x",
		"https://h.test":                    "https://h.test https://h.test:443",
	} {
		if got := strings.Join(bases(address), " "); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}

// TestSignedText: names sorted by bytes, equal values once, empty ones too,
// nothing trimmed.
func TestSignedText(t *testing.T) {
	a := mustAdapter(t, nil)
	for _, tc := range []struct{ body, text string }{
		{"b=2&a=1", "a1b2"},
		{"a=&b", "ab"},
		{"a=x&a=w&a=x&A=v", "Avawax"},
		{"a=+x+&b=%2B", "a x b+"},
		{"a=%C3%A9", "aé"},
		{"a=%FF", "a\xff"},
		{"a=1&&b=2", "a1b2"},
		{"a=1=2", "a1=2"},
	} {
		r := raw("", "", signedWith(ownToken, publicURL+tc.text), formType, tc.body)
		if err := a.Verify(&r); err != nil {
			t.Errorf("%s: %v", tc.body, err)
		}
	}
	// An empty body signs nothing, whoever signed its address.
	r := raw("", "x=1", signedWith(ownToken, publicURL+"?x=1"), formType, "")
	if err := a.Verify(&r); !errors.Is(err, provider.ErrUnauthorized) {
		t.Errorf("empty body: %v", err)
	}
	r = raw("", "x=1", signedWith(ownToken, publicURL+"?x=1"), formType, "&")
	if err := a.Verify(&r); !errors.Is(err, provider.ErrUnauthorized) {
		t.Errorf("a body without parameters: %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	token := func(name, secret string) config.Values {
		return config.Values{keyAccountTokens: {Kind: config.KeySecrets, Secrets: []config.NamedSecret{{Name: name, Secret: config.Secret(secret)}}}}
	}
	for _, tc := range []struct {
		want   string
		change func(*config.Source)
	}{
		{"the auth token is missing", func(c *config.Source) { c.Secret = "" }},
		{"the auth token is a published example", func(c *config.Source) { c.Secret = exampleToken }},
		{"the auth token is a published example", func(c *config.Source) { c.Secret = " Your_Auth_Token " }},
		{"public_url is missing", func(c *config.Source) { delete(c.Keys, keyPublicURL) }},
		{"account_tokens[0] is no AccountSid", func(c *config.Source) { c.Keys = source(token("sub", oldToken)).Keys }},
		{"account_tokens[0] is no AccountSid", func(c *config.Source) { c.Keys = source(token(strings.ToUpper(subAccount), oldToken)).Keys }},
		{"account_tokens[0] is a published example", func(c *config.Source) { c.Keys = source(token(subAccount, exampleToken)).Keys }},
	} {
		cfg := source(nil)
		tc.change(&cfg)
		_, err := New(cfg)
		if !errors.Is(err, provider.ErrConfig) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v", tc.want, err)
			continue
		}
		for _, secret := range []string{string(cfg.Secret), oldToken, exampleToken} {
			if secret != "" && strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error tells a secret", tc.want)
			}
		}
	}
	if _, err := NewWriter(config.Source{}); !errors.Is(err, provider.ErrConfig) {
		t.Errorf("writer without a token: %v", err)
	}
}

func BenchmarkVerify(b *testing.B) {
	a := mustAdapter(b, nil)
	w, err := NewWriter(source(nil))
	if err != nil {
		b.Fatal(err)
	}
	r := raw("/messaging", "", "", formType, bodyA)
	f, err := parsed(bodyA)
	if err != nil {
		b.Fatal(err)
	}
	r.Header = http.Header{signatureHeader: {w.verifier.sign(&r, f)}}
	b.SetBytes(int64(len(r.Body)))
	b.ReportAllocs()
	for b.Loop() {
		if err := a.Verify(&r); err != nil {
			b.Fatal(err)
		}
	}
}
