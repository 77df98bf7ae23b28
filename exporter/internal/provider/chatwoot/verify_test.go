package chatwoot

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/providertest"
)

const (
	vectorBody = `{"id":7001,"event":"message_created","message_type":"incoming","private":false,"created_at":"2026-01-01T00:00:00.000Z","account":{"id":1,"name":"Acme"}}`
	vectorTime = 1767225600
	vectorSum  = "443d6700e86638b61ec838585dceedd1ec5f22732095bac0cc7ae3c9101b0d54"
	bodySum    = "144a58b8a2a235a5c5a49168105764a44c6dd1cd0933b763b017fe4ddd5f9612"
)

// sent is a request with both headers, received after an age.
func sent(stamp, signature, body string, age time.Duration) provider.Request {
	return provider.Request{
		Header: http.Header{signatureHeader: {signature}, stampHeader: {stamp}, deliveryHeader: {"1f0c2f0e-8f1b-4f0e-9a55-3c1d6d2b7a10"}},
		Body:   []byte(body), Received: time.Unix(vectorTime, 0).Add(age),
	}
}

// signedAt is rightly signed at the vector's time plus ahead.
func signedAt(secret string, ahead time.Duration) provider.Request {
	stamp := strconv.FormatInt(time.Unix(vectorTime, 0).Add(ahead).Unix(), 10)
	return sent(stamp, sign(newSigner(secret), stamp, []byte(vectorBody)), vectorBody, 0)
}

func with(r provider.Request, change func(h http.Header)) provider.Request {
	change(r.Header)
	return r
}

var vectors = func() []providertest.Vector {
	const stamp = "1767225600"
	sheet := func(age time.Duration) provider.Request { return sent(stamp, "sha256="+vectorSum, vectorBody, age) }
	escaped := strings.Replace(vectorBody, "Acme", `A\u0026B`, 1)
	return []providertest.Vector{
		{Name: "sheet", Request: sheet(0), OK: true},
		{Name: "5 min old", Request: sheet(5 * time.Minute), OK: true},
		{Name: "5 min ahead", Request: sheet(-5 * time.Minute), OK: true},
		{Name: "replayed", Request: sheet(5*time.Minute + time.Second)},
		{Name: "a day later", Request: sheet(24 * time.Hour)},
		{Name: "from the future", Request: sheet(-5*time.Minute - time.Second)},
		{Name: "replayed under another time", Request: sent("1767229200", "sha256="+vectorSum, vectorBody, time.Hour)},
		{Name: "the body alone", Request: sent(stamp, "sha256="+bodySum, vectorBody, 0)},
		{Name: "escapes of Rails", Request: sent(stamp, sign(newSigner(exampleSecret), stamp, []byte(escaped)), escaped, 0), OK: true},
		{Name: "escapes resolved", Request: sent(stamp, sign(newSigner(exampleSecret), stamp, []byte(escaped)), strings.Replace(escaped, `\u0026`, "&", 1), 0)},
		{Name: "unknown secret", Request: signedAt("another", 0)},
		{Name: "secret in lower case", Request: signedAt("cw-webhook-secret-example", 0)},
		{Name: "empty secret", Request: signedAt("", 0)},
		{Name: "without the name of the hash", Request: sent(stamp, vectorSum, vectorBody, 0)},
		{Name: "another hash", Request: sent(stamp, "sha1="+vectorSum, vectorBody, 0)},
		{Name: "digits in upper case", Request: sent(stamp, "sha256="+strings.ToUpper(vectorSum), vectorBody, 0)},
		{Name: "two in one header", Request: sent(stamp, "sha256="+vectorSum+",sha256="+vectorSum, vectorBody, 0)},
		{Name: "no time", Request: with(sheet(0), func(h http.Header) { h.Del(stampHeader) })},
		{Name: "empty time", Request: with(sheet(0), func(h http.Header) { h.Set(stampHeader, "") })},
		{Name: "time twice", Request: with(sheet(0), func(h http.Header) { h.Add(stampHeader, stamp) })},
		{Name: "time with a sign", Request: with(sheet(0), func(h http.Header) { h.Set(stampHeader, "+176722560") })},
		{Name: "time with a space", Request: with(sheet(0), func(h http.Header) { h.Set(stampHeader, " "+stamp) })},
		{Name: "time in milliseconds", Request: with(sheet(0), func(h http.Header) { h.Set(stampHeader, stamp+"000") })},
		{Name: "time with a fraction", Request: with(sheet(0), func(h http.Header) { h.Set(stampHeader, "17672256.0") })},
		{Name: "no header at all", Request: provider.Request{Body: []byte(vectorBody)}},
		{Name: "a secret in the address, unsigned", Request: provider.Request{Path: "/" + exampleSecret, Body: []byte(vectorBody)}},
		{Name: "something in the address, signed", Request: func() provider.Request { r := sheet(0); r.Path = "/x"; return r }(), OK: true},
		{Name: "times before all", Request: with(sent("0000000000", "", vectorBody, 0), func(h http.Header) {
			h.Set(signatureHeader, sign(newSigner(exampleSecret), "0000000000", []byte(vectorBody)))
		})},
	}
}()

// TestVectorLength: the sheet's body was copied byte for byte.
func TestVectorLength(t *testing.T) {
	if len(vectorBody) != 152 {
		t.Errorf("%d bytes", len(vectorBody))
	}
}

func TestVerifyProofs(t *testing.T) {
	plain := func(path, query string) provider.Request {
		r := provider.Request{Path: path, RawQuery: query, Body: []byte(vectorBody), Received: time.Unix(vectorTime, 0)}
		return r
	}
	to := func(r provider.Request, path string) provider.Request { r.Path = path; return r }
	right := "/" + addressSecret
	signed := signedAt(ownSecret, 0)
	old := signedAt(ownSecret, -time.Hour)
	for _, tc := range []struct {
		name                   string
		r                      provider.Request
		bySecret, byAddr, both bool
	}{
		{"nothing", plain("", ""), false, false, false},
		{"address", plain(right, ""), false, true, false},
		{"address with a slash", plain(right+"/", ""), false, false, false},
		{"address in upper case", plain(strings.ToUpper(right), ""), false, false, false},
		{"beginning of the address", plain(right[:20], ""), false, false, false},
		{"another address", plain("/another-address-0123", ""), false, false, false},
		{"signed", signed, true, false, false},
		{"signed, wrong address", to(signed, "/another-address-0123"), true, false, false},
		{"signed and address", to(signed, right), true, true, true},
		{"signed by another, right address", to(signedAt("another", 0), right), false, true, false},
		{"replayed, right address", to(old, right), false, true, false},
		{"the signing secret in the address", plain("/"+ownSecret, ""), false, false, false},
	} {
		for _, way := range []struct {
			name string
			cfg  config.Source
			ok   bool
		}{
			{"secret", config.Source{Secret: ownSecret}, tc.bySecret},
			{"address", config.Source{Keys: config.Values{keyAddress: secret(addressSecret)}}, tc.byAddr},
			{"both", config.Source{Secret: ownSecret, Keys: config.Values{keyAddress: secret(addressSecret)}}, tc.both},
		} {
			a, err := New(way.cfg)
			if err != nil {
				t.Fatal(err)
			}
			r := tc.r
			err = a.Verify(&r)
			if (err == nil) != way.ok || err != nil && !errors.Is(err, provider.ErrUnauthorized) {
				t.Errorf("%s, configured by %s: %v", tc.name, way.name, err)
			}
			if err != nil && (strings.Contains(err.Error(), ownSecret) || strings.Contains(err.Error(), addressSecret)) {
				t.Errorf("%s: the error tells a secret", tc.name)
			}
		}
	}
	// An Adapter that nobody made accepts nothing.
	r := plain(right, "")
	if err := new(Adapter).Verify(&r); !errors.Is(err, provider.ErrUnauthorized) {
		t.Errorf("without any secret: %v", err)
	}
}

func TestNew(t *testing.T) {
	key := func(k string, v config.Value) config.Source {
		return config.Source{Secret: ownSecret, Keys: config.Values{k: v}}
	}
	for name, cfg := range map[string]config.Source{
		"secret": {Secret: ownSecret}, "address": {Keys: config.Values{keyAddress: secret(addressSecret)}},
		"both": key(keyAddress, secret(addressSecret)), "everything": source,
	} {
		if a, err := New(cfg); err != nil || a == nil {
			t.Errorf("%s: %v", name, err)
		}
		if w, err := NewWriter(cfg); err != nil || w == nil {
			t.Errorf("%s: writer: %v", name, err)
		}
	}
	for _, tc := range []struct {
		want string
		cfg  config.Source
	}{
		{"there is no secret", config.Source{}},
		{"secret is a published example", config.Source{Secret: exampleSecret}},
		{"secret is a published example", config.Source{Secret: " CHANGEME "}},
		{"address_secret is a published example", key(keyAddress, secret("0123456789ABCDEF"))},
		{"address_secret has fewer than 16 characters", key(keyAddress, secret("fifteen-letters"))},
		{"automation must be", key(keyAutomation, word("robot"))},
		{"no_sender must be", key(keyNoSender, word("robot"))},
		{"echo_actor must be", config.Source{Secret: ownSecret, EchoActor: "customer"}},
		{"set consent_attribute too", key(keyConsentValues, dictionary(map[string]string{"oui": "opted_in"}))},
		{"consent_values must be", config.Source{Secret: ownSecret,
			Keys: config.Values{keyConsent: word("f"), keyConsentValues: dictionary(map[string]string{"oui": "perhaps"})}}},
	} {
		_, err := New(tc.cfg)
		if !errors.Is(err, provider.ErrConfig) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("want %q, got %v", tc.want, err)
			continue
		}
		for _, s := range []string{exampleSecret, ownSecret, "fifteen-letters", "CHANGEME"} {
			if strings.Contains(err.Error(), s) {
				t.Errorf("%v tells a secret", err)
			}
		}
	}
	if _, err := NewWriter(config.Source{}); !errors.Is(err, provider.ErrConfig) {
		t.Errorf("writer without a secret: %v", err)
	}
}
