package hubspot

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/providertest"
)

const (
	vectorSecret = "11111111-2222-3333-4444-555555555555"
	vectorStamp  = "1767261601234"
	vectorURL    = "https://exporter.example.com/hooks/hubspot"
	vectorV1     = "875e2a5cc7e002711b56f38d8b4ae1ce5327799487377d7ff8d3448af09b9986"
	vectorV3     = "g9L8DPeITg4r55OIrNXOxJMrds4/OZy+QKo9/uKgZf4="
	// Of the address with a query, decoded as HubSpot does, and not.
	vectorQuery   = "tenant=acme%3Aeu&cb=%2Fx"
	vectorV3Query = "r99QhO8QMAk7mtMpNEQueurdkEy6G6PsD4UmaFvuI4w="
	vectorV3Wrong = "41aiWTldGHE+XSv1uGbny26jIOgQ/FqokrTS7q5TRSA="
)

const vectorBody = `[{"eventId":3100000001,"subscriptionId":2200001,"portalId":145000001,"appId":990001,"occurredAt":1767261600000,"subscriptionType":"conversation.newMessage","attemptNumber":0,"objectId":7000000101,"messageId":"0f1e2d3c4b5a69788796a5b4c3d2e1f0","messageType":"MESSAGE","changeFlag":"NEW_MESSAGE"}]`

func source() config.Source {
	return config.Source{
		Secret: "0a1b2c3d-own-client-secret", SegmentField: "support_tier",
		Keys: config.Values{
			keyPublicURL:       {Kind: config.KeyURL, Text: vectorURL},
			keyAccessToken:     {Kind: config.KeySecret, Secret: "pat-eu1-own-token"},
			keyIntegrations:    {Kind: config.KeyMap, Map: map[string]string{"990088": "human", "990099": "system"}},
			keyConsentProperty: {Kind: config.KeyText, Text: "whatsapp_consent"},
			keyConsentValues:   {Kind: config.KeyMap, Map: map[string]string{"double": "confirmed"}},
		},
	}
}

var suite = providertest.Suite{
	Name: "hubspot", Spec: Spec, Source: source(), IgnoredNames: IgnoredNames, API: http.HandlerFunc(files),
	SignatureHeader: headerV3, VectorAdapter: vectorAdapter, Vectors: vectors(),
	Day: providertest.Day{Translate: inHubSpotsWords},
}

func TestProvider(t *testing.T)     { suite.Run(t) }
func FuzzAdapter(f *testing.F)      { suite.Fuzz(f) }
func BenchmarkAdapter(b *testing.B) { suite.Bench(b, "new_message_in") }

func vectorSource(signature string) config.Source {
	s := source()
	s.Secret = vectorSecret
	s.Keys[keySignature] = config.Value{Kind: config.KeyWord, Text: signature}
	return s
}

func vectorAdapter() (provider.Adapter, error) { return newAdapter(vectorSource("v3")) }

func vectorRequest(change func(*provider.Request)) provider.Request {
	ms := time.UnixMilli(1767261601234)
	r := provider.Request{Method: http.MethodPost, Header: http.Header{}, Body: []byte(vectorBody), Received: ms.Add(time.Second)}
	r.Header.Set(headerTime, vectorStamp)
	r.Header.Set(headerV3, vectorV3)
	r.Header.Set(headerV1, vectorV1)
	if change != nil {
		change(&r)
	}
	return r
}

func vectors() []providertest.Vector {
	set := func(name, value string) func(*provider.Request) {
		return func(r *provider.Request) { r.Header.Set(name, value) }
	}
	received := func(after time.Duration) func(*provider.Request) {
		return func(r *provider.Request) { r.Received = time.UnixMilli(1767261601234).Add(after) }
	}
	query := func(raw, signature string) func(*provider.Request) {
		return func(r *provider.Request) {
			r.RawQuery = raw
			r.Query, _ = url.ParseQuery(raw)
			r.Header.Set(headerV3, signature)
		}
	}
	var out []providertest.Vector
	for _, v := range []struct {
		name   string
		ok     bool
		change func(*provider.Request)
	}{
		{"v3", true, nil},
		{"v3 with a query that is decoded before signing", true, query(vectorQuery, vectorV3Query)},
		{"lower case escapes", true, query("tenant=acme%3aeu&cb=%2fx", vectorV3Query)},
		{"the same without decoding", false, query(vectorQuery, vectorV3Wrong)},
		{"query in another order", false, query("cb=%2Fx&tenant=acme%3Aeu", vectorV3Query)},
		{"query left out", false, query("", vectorV3Query)},
		{"five minutes old", true, received(5 * time.Minute)},
		{"a millisecond older", false, received(5*time.Minute + time.Millisecond)},
		{"five minutes ahead", true, received(-5 * time.Minute)},
		{"farther ahead", false, received(-5*time.Minute - time.Millisecond)},
		{"another timestamp", false, set(headerTime, "1767261601235")},
		{"timestamp in seconds", false, set(headerTime, "1767261601")},
		{"timestamp with a sign", false, set(headerTime, "+1767261601234")},
		{"timestamp twice", false, func(r *provider.Request) { r.Header.Add(headerTime, vectorStamp) }},
		{"no timestamp", false, func(r *provider.Request) { r.Header.Del(headerTime) }},
		{"a space for the plus", false, set(headerV3, strings.Replace(vectorV3, "+", " ", 1))},
		{"no padding", false, set(headerV3, strings.TrimRight(vectorV3, "="))},
		{"hex for base64", false, set(headerV3, vectorV1)},
		{"v1 alone", false, func(r *provider.Request) { r.Header.Del(headerV3) }},
		{"wrong v3 and right v1", false, set(headerV3, vectorV3Wrong)},
		{"another method", false, func(r *provider.Request) { r.Method = http.MethodPut }},
		{"another path", false, func(r *provider.Request) { r.Path = "/x" }},
	} {
		out = append(out, providertest.Vector{Name: v.name, OK: v.ok, Request: vectorRequest(v.change)})
	}
	return out
}

// TestV1 is taken only where the source says so, and never beside a v3 header
// that is wrong.
func TestV1(t *testing.T) {
	a, err := newAdapter(vectorSource("v1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		ok     bool
		change func(*provider.Request)
	}{
		{"v1 alone", true, func(r *provider.Request) { r.Header.Del(headerV3) }},
		{"both", true, nil},
		{"wrong v3", false, func(r *provider.Request) { r.Header.Set(headerV3, vectorV3Wrong) }},
		{"wrong v1", false, func(r *provider.Request) {
			r.Header.Del(headerV3)
			r.Header.Set(headerV1, strings.Repeat("0", 64))
		}},
		{"v1 in capitals", false, func(r *provider.Request) {
			r.Header.Del(headerV3)
			r.Header.Set(headerV1, strings.ToUpper(vectorV1))
		}},
		{"neither", false, func(r *provider.Request) {
			r.Header.Del(headerV3)
			r.Header.Del(headerV1)
		}},
		{"another body", false, func(r *provider.Request) {
			r.Header.Del(headerV3)
			r.Body = append(r.Body, ' ')
		}},
	} {
		r := vectorRequest(c.change)
		if err := a.Verify(&r); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestSignedURI decodes what HubSpot's table has, and nothing else.
func TestSignedURI(t *testing.T) {
	for in, want := range map[string]string{
		"https://a.example/x":                               "https://a.example/x",
		"a%3Ab%2Fc%3Fd%40e%21f%24g%27h%28i%29j%2Ak%2Cl%3Bm": "a:b/c?d@e!f$g'h(i)j*k,l;m",
		"a%20b%25c%26d%2Be%3Df%23g":                         "a%20b%25c%26d%2Be%3Df%23g",
		"%2525%3a%2":                                        "%2525:%2",
		"%":                                                 "%",
	} {
		if got := signedURI(in); got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
}

func TestConfig(t *testing.T) {
	for name, change := range map[string]func(*config.Source){
		"published secret": func(s *config.Source) { s.Secret = vectorSecret },
		"no secret":        func(s *config.Source) { s.Secret = "" },
		"no address":       func(s *config.Source) { delete(s.Keys, keyPublicURL) },
		"values without a property": func(s *config.Source) {
			delete(s.Keys, keyConsentProperty)
		},
	} {
		s := source()
		change(&s)
		if _, err := New(s); err == nil || !strings.Contains(err.Error(), "hubspot") {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := source()
	delete(s.Keys, keyAccessToken)
	if _, err := NewFetcher(s); err == nil {
		t.Error("a fetcher without a token")
	}
}

// files is the API of the corpus: testdata/api/<path>.json, with the slashes of
// the path as underscores.
func files(rw http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer pat-eu1-own-token" {
		rw.WriteHeader(http.StatusUnauthorized)
		return
	}
	path := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, pathConversations), "/crm/v3/objects")
	b, err := os.ReadFile(filepath.Join("testdata/api", strings.ReplaceAll(strings.Trim(path, "/"), "/", "_")+".json"))
	if err != nil {
		rw.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = rw.Write(b)
}

// inHubSpotsWords: agents have numbers, and the API knows no templates.
func inHubSpotsWords(e *event.Event) {
	if e.Agent.ID != "" {
		e.Agent.ID = AgentNumber(e.Agent.ID)
	}
	if e.Message.Type == "template" {
		e.Message.Type = "text"
	}
}
