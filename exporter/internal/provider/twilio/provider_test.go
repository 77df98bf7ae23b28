package twilio

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/providertest"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

const (
	exampleToken = "0123456789abcdef0123456789abcdef" // of the published vectors
	ownToken     = "89abcdef0123456789abcdef01234567"
	publicURL    = "https://metrics.example.test/hooks/twilio"
)

// source is a configuration in which everything can be told; values replaces
// keys.
func source(values config.Values) config.Source {
	keys := config.Values{
		keyPublicURL: {Kind: config.KeyURL, Text: publicURL},
		keyResolveOn: {Kind: config.KeyWord, Text: onWrapup},
		keyAPICloser: {Kind: config.KeyWord, Text: "bot"},
		keyAuthors:   {Kind: config.KeyMap, Map: map[string]string{"crm": "human", "campaigns": "system", "studio:menu": "bot"}},
	}
	for name, v := range values {
		keys[name] = v
	}
	return config.Source{Secret: ownToken, Keys: keys}
}

func text(s string) config.Value { return config.Value{Kind: config.KeyWord, Text: s} }

var suite = providertest.Suite{
	Name: "twilio", Spec: Spec, Source: source(nil),
	IgnoredNames: IgnoredNames,
	// These need another configuration or a very long text: see adapt_test.go.
	Untested:        []string{ignoredConversations, ignoredClosed, countedCut},
	Vectors:         vectors,
	SignatureHeader: signatureHeader,
	VectorAdapter: func() (provider.Adapter, error) {
		cfg := source(nil)
		cfg.Secret = exampleToken
		return newAdapter(cfg, func(string) bool { return false })
	},
	Day: providertest.Day{Translate: inTwiliosWords, Adds: surveysAreMessages},
}

func TestProvider(t *testing.T)     { suite.Run(t) }
func FuzzAdapter(f *testing.F)      { suite.Fuzz(f) }
func BenchmarkAdapter(b *testing.B) { suite.Bench(b, "conversation_customer") }

// form makes the request of a vector.
func form(path, query, signature string, pairs ...string) provider.Request {
	var f wire.Form
	for i := 0; i < len(pairs); i += 2 {
		f = append(f, wire.Pair{Name: pairs[i], Value: pairs[i+1]})
	}
	return raw(path, query, signature, "application/x-www-form-urlencoded", string(f.Encode()))
}

func raw(path, query, signature, contentType, body string) provider.Request {
	h := http.Header{"Content-Type": {contentType}}
	if signature != "" {
		h[signatureHeader] = []string{signature}
	}
	q, _ := url.ParseQuery(query)
	return provider.Request{Method: http.MethodPost, Path: path, RawQuery: query, Query: q, Header: h, Body: []byte(body)}
}

const (
	bodyA = "AccountSid=ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&ApiVersion=2010-04-01&Body=Ol%C3%A1%2C+%C3%A9+urgente+%26+simples+%2B+f%C3%A1cil%3F&ButtonPayload=&From=whatsapp%3A%2B5511900000001&MessageSid=SM00000000000000000000000000000001&MessageType=text&NumMedia=0&NumSegments=1&ProfileName=Ana&SmsMessageSid=SM00000000000000000000000000000001&SmsSid=SM00000000000000000000000000000001&SmsStatus=received&To=whatsapp%3A%2B5511400000000&WaId=5511900000001"
	bodyC = `{"specversion":"1.0","id":"EZ00000000000000000000000000000001"}`

	signatureA     = "2pnSIvB2vpktNXLxcwBunoR7Fu8="
	signatureAPort = "ecs/FQxCVuGrv7vDuj1bO/xbPa8="
	signatureB     = "TFWqSJlkBsnHv5SG2Hy2nMhWBOU="
	signatureBOne  = "NF1L+EhxUH53yu1qszov8LUAJJs="
	signatureC     = "gc4SzHXaf7o9PkLt6xeWxZX3r+g="
	signatureD     = "Hl2HHKnktaiaApeMVMYGgPCNLdo="

	queryA = "tenant=acme"
	queryC = "tenant=acme&bodySHA256=73e16fdd0eeff8ef07b6e41a78aedbda20e76cbbbbb1addd24cc88d2d5c671fc"
)

var (
	pairsB = []string{"AccountSid", "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "EventType", "onConversationAdded",
		"ConversationSid", "CH00000000000000000000000000000001", "State", "active", "MessagingBinding.Address", "+15550000002",
		"MessagingBinding.Address", "+15550000001", "MessagingBinding.Address", "+15550000002"}
	pairsD = []string{"MessageSid", "SM00000000000000000000000000000002", "MessageStatus", "read"}

	formType = "application/x-www-form-urlencoded; charset=UTF-8"
)

var vectors = []providertest.Vector{
	{Name: "A form", OK: true, Request: raw("", queryA, signatureA, formType, bodyA)},
	{Name: "A signed with the port", OK: true, Request: raw("", queryA, signatureAPort, formType, bodyA)},
	{Name: "B repeated names", OK: true, Request: form("/conversations", "", signatureB, pairsB...)},
	{Name: "C JSON", OK: true, Request: raw("/json", queryC, signatureC, "application/json", bodyC)},
	{Name: "C without a content type", OK: true, Request: raw("/json", queryC, signatureC, "", bodyC)},
	{Name: "D few parameters", OK: true, Request: form("/status", "", signatureD, pairsD...)},

	{Name: "B first value only", Request: form("/conversations", "", signatureBOne, pairsB...)},
	{Name: "A another query", Request: raw("", "tenant=other", signatureA, formType, bodyA)},
	{Name: "A without query", Request: raw("", "", signatureA, formType, bodyA)},
	{Name: "A another order of the query", Request: raw("", "x=1&tenant=acme", signatureA, formType, bodyA)},
	{Name: "A another path", Request: raw("/x", queryA, signatureA, formType, bodyA)},
	{Name: "A the empty value left out", Request: raw("", queryA, signatureA, formType, bodyA[:200])},
	{Name: "A a value moved into the name", Request: raw("", queryA, signatureA, formType, "X"+bodyA)},
	{Name: "A's body hash claimed", Request: raw("", queryA+"&bodySHA256=", signatureA, formType, bodyA)},
	{Name: "C another body", Request: raw("/json", queryC, signatureC, "application/json", bodyC+" ")},
	{Name: "C a hash in upper case", Request: raw("/json", "tenant=acme&bodySHA256=73E16FDD0EEFF8EF07B6E41A78AEDBDA20E76CBBBBB1ADDD24CC88D2D5C671FC", signatureC, "application/json", bodyC)},
	{Name: "C without the hash", Request: raw("/json", "tenant=acme", signatureC, "application/json", bodyC)},
	{Name: "C another hash first", Request: raw("/json", "bodySHA256=00&"+queryC, signatureC, "application/json", bodyC)},
	{Name: "D no form", Request: raw("/status", "", signatureD, formType, "%zz")},
	{Name: "D a line break in the signature", Request: form("/status", "", signatureD[:27]+"\n", pairsD...)},
	{Name: "D no base64", Request: form("/status", "", "****************************", pairsD...)},
	{Name: "D SHA-256 in base64", Request: form("/status", "", signatureD+signatureD, pairsD...)},
}

// inTwiliosWords changes a canonical event into what Twilio says: it names the
// team in a reservation only, knows no double opt-in, has codes of its own, and
// shows of a place that there is a message.
func inTwiliosWords(e *event.Event) {
	if e.Kind != event.ConversationAssigned {
		e.Agent.Team = ""
	}
	e.Error = failureCode(e.Error)
	if e.Consent == event.ConsentConfirmed {
		e.Consent = event.ConsentOptedIn
	}
	switch {
	case e.Kind == event.SurveyAnswered:
		e.Message.Type = "button"
	case e.Message.Type == "location":
		e.Message.Type = "other"
	}
}

// surveysAreMessages: Twilio reports the message that asks.
func surveysAreMessages(e event.Event) []event.Event {
	if e.Kind != event.SurveySent {
		return nil
	}
	e.Kind, e.ID = event.MessageSent, e.ID+":message"
	return []event.Event{e}
}
