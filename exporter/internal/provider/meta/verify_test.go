package meta

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

const (
	signatureM1 = "sha256=c7447561dff2403b1fbe0074e7dc7311bc8f15ab4de37fb42576cf417f5d8082"
	signatureM2 = "sha256=7060260412cdf2b80c38c1c57bf64f11c5bccc507a6118dcf6fae2922a5bf778"
)

func TestVerifyVectors(t *testing.T) {
	a := mustAdapter(t)
	for _, v := range []struct {
		name, file, signature string
		size                  int
	}{
		{"M1", "vector_m1.json", signatureM1, 500},
		{"M2", "vector_m2.json", signatureM2, 182},
	} {
		body := mustRead(t, v.file)
		if len(body) != v.size {
			t.Fatalf("%s has %d bytes, want %d: the file was rewritten", v.name, len(body), v.size)
		}
		r := request(body)
		r.Header.Set("x-hub-signature-256", v.signature)
		for range 2 { // the second time with a used state
			if err := a.Verify(r); err != nil {
				t.Errorf("%s: %v", v.name, err)
			}
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	a := mustAdapter(t)
	body := mustRead(t, "vector_m2.json")
	digits := strings.TrimPrefix(signatureM2, signaturePrefix)
	header := func(values ...string) *provider.Request {
		r := request(body)
		r.Header[signatureHeader] = values
		return r
	}
	withBody := func(b []byte) *provider.Request {
		r := header(signatureM2)
		r.Body = b
		return r
	}
	var tree any
	if err := json.Unmarshal(body, &tree); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	sha1Only := request(body)
	mac := hmac.New(sha1.New, []byte(exampleSecret))
	mac.Write(body)
	sha1Only.Header.Set("X-Hub-Signature", "sha1="+hex.EncodeToString(mac.Sum(nil)))

	for name, r := range map[string]*provider.Request{
		"no header":           request(body),
		"empty header":        header(""),
		"wrong key":           signed(body, "another"),
		"verify token as key": signed(body, ownToken),
		"truncated":           header(signatureM2[:len(signatureM2)-1]),
		"prefix only":         header(signaturePrefix),
		"longer":              header(signatureM2 + "0"),
		"upper-case hex":      header(signaturePrefix + strings.ToUpper(digits)),
		"upper-case prefix":   header("SHA256=" + digits),
		"no prefix":           header(digits),
		"sha1 prefix":         header("sha1=" + digits),
		"space before":        header(" " + signatureM2[:len(signatureM2)-1]),
		"no hex":              header(signaturePrefix + strings.Repeat("g", 64)),
		"right one twice":     header(signatureM2, signatureM2),
		"wrong and right":     header(signaturePrefix+strings.Repeat("0", 64), signatureM2),
		"both in one":         header(signatureM2 + "," + signatureM2),
		"zero":                header(signaturePrefix + strings.Repeat("0", 64)),
		"SHA-1 header only":   sha1Only,
		"re-serialised body":  withBody(again),
		"newline added":       withBody(append(append([]byte{}, body...), '\n')),
		"last byte missing":   withBody(body[:len(body)-1]),
		"empty body":          withBody(nil),
		"other body":          withBody(mustRead(t, "vector_m1.json")),
	} {
		if err := a.Verify(r); !errors.Is(err, provider.ErrUnauthorized) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := a.Verify(header(signatureM2)); err != nil {
		t.Errorf("the right one after all those: %v", err)
	}
}

func TestVerifyConcurrently(t *testing.T) {
	a := mustAdapter(t)
	good := signed(mustRead(t, "batch.json"), exampleSecret)
	bad := signed(mustRead(t, "batch.json"), "another")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if err := a.Verify(good); err != nil {
					t.Error(err)
				}
				if err := a.Verify(bad); err == nil {
					t.Error("wrong key passed")
				}
			}
		})
	}
	wg.Wait()
}

func TestVerifyDoesNotAllocate(t *testing.T) {
	a := mustAdapter(t)
	r := signed(mustRead(t, "vector_m1.json"), exampleSecret)
	n := testing.AllocsPerRun(200, func() {
		if err := a.Verify(r); err != nil {
			t.Fatal(err)
		}
	})
	if n >= 1 && !raceEnabled {
		t.Errorf("%g allocations a call", n)
	}
}

func TestHandshake(t *testing.T) {
	a := mustAdapter(t)
	query := func(mode, token, challenge string) url.Values {
		return url.Values{"hub.mode": {mode}, "hub.verify_token": {token}, "hub.challenge": {challenge}}
	}
	if status, body := a.Handshake(query("subscribe", ownToken, "1158201444")); status != http.StatusOK || body != "1158201444" {
		t.Errorf("right token: %d %q", status, body)
	}
	for name, q := range map[string]url.Values{
		"nothing":         {},
		"wrong token":     query("subscribe", "guess", "1158201444"),
		"empty token":     query("subscribe", "", "1158201444"),
		"token's start":   query("subscribe", ownToken[:5], "1158201444"),
		"other mode":      query("unsubscribe", ownToken, "1158201444"),
		"no challenge":    query("subscribe", ownToken, ""),
		"markup":          query("subscribe", ownToken, "<script>"),
		"second is right": {"hub.mode": {"subscribe"}, "hub.verify_token": {"guess", ownToken}, "hub.challenge": {"1"}},
	} {
		status, body := a.Handshake(q)
		if status != http.StatusForbidden || strings.Contains(body, ownToken) || strings.Contains(body, "script") {
			t.Errorf("%s: %d %q", name, status, body)
		}
	}
}
