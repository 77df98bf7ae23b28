package trengo

import (
	"net/http"
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/providertest"
)

const (
	vectorStamp = "1767225600"
	vectorBody  = "message_id=700000123&ticket_id=81234567&contact_id=5550042&message=Hi+team%2C+is+order+%2342+on+its+way%3F" +
		"&contact_name=Noa+Vermeer&contact_email=&contact_identifier=%2B31600000042&channel_id=9911"
	vectorHash = "c27719537e50523fe428a84734b0a639cbc3131d5797889b383a5525267113bf"
	// Of the body alone, as receivers check an invented X-Trengo-Signature.
	vectorBare = "28b1d4977e3547f3e7108c8b7ca16b70a574f797ef53a6bbe69e5388e84c921a"
)

var vectorTime = time.Unix(1767225600, 0).UTC()

// signed is the vector's request, changed.
func signed(change func(*provider.Request)) provider.Request {
	r := provider.Request{
		Method: http.MethodPost, Path: "/INBOUND", Header: http.Header{signatureHeader: {vectorStamp + ";" + vectorHash}},
		Body: []byte(vectorBody), Received: vectorTime.Add(2 * time.Second),
	}
	if change != nil {
		change(&r)
	}
	return r
}

func header(value string) provider.Request {
	return signed(func(r *provider.Request) { r.Header[signatureHeader] = []string{value} })
}

func body(b string) provider.Request { return signed(func(r *provider.Request) { r.Body = []byte(b) }) }

func received(after time.Duration) provider.Request {
	return signed(func(r *provider.Request) { r.Received = vectorTime.Add(after) })
}

func address(path, query string) provider.Request {
	return signed(func(r *provider.Request) { r.Path, r.RawQuery = path, query })
}

// by is the vector signed with another secret, at another time.
func by(secret, stamp, path string) provider.Request {
	return signed(func(r *provider.Request) {
		r.Path = path
		r.Header[signatureHeader] = []string{sign(newSigner(secret), stamp, r.Body)}
	})
}

var vectors = []providertest.Vector{
	{Name: "sheet", Request: signed(nil), OK: true},
	{Name: "type in the query", Request: address("", "event=INBOUND"), OK: true},
	{Name: "type in lower case", Request: address("/inbound/", ""), OK: true},
	{Name: "no type in the address", Request: address("", ""), OK: true},
	{Name: "a type that there is not", Request: address("/TICKET_SNOOZED", ""), OK: true},
	{Name: "the older of two secrets", Request: by(olderSecret, vectorStamp, "/INBOUND"), OK: true},
	{Name: "another type's secret at its own address", Request: by(sentSecret, vectorStamp, "/OUTBOUND"), OK: true},
	{Name: "sent to another type's address", Request: address("/OUTBOUND", "")},
	{Name: "sent to another type's query", Request: address("", "event=OUTBOUND")},
	{Name: "path outranks query", Request: address("/OUTBOUND", "event=INBOUND")},
	{Name: "another type's secret", Request: by(sentSecret, vectorStamp, "/INBOUND")},
	{Name: "a type without a secret", Request: address("/NOTE", "")},
	{Name: "unknown secret", Request: by("another", vectorStamp, "/INBOUND")},
	{Name: "secret in upper case", Request: by(strings.ToUpper(exampleSecret), vectorStamp, "/INBOUND")},
	{Name: "empty secret", Request: by("", vectorStamp, "/INBOUND")},
	{Name: "hash of the body alone", Request: header(vectorStamp + ";" + vectorBare)},
	{Name: "hash of the body alone in the invented header", Request: signed(func(r *provider.Request) {
		r.Header = http.Header{"X-Trengo-Signature": {vectorBare}}
	})},
	{Name: "right value in the invented header", Request: signed(func(r *provider.Request) {
		r.Header = http.Header{"X-Trengo-Signature": {vectorStamp + ";" + vectorHash}}
	})},
	{Name: "another timestamp", Request: header("1767225601;" + vectorHash)},
	{Name: "no timestamp", Request: header(";" + vectorHash)},
	{Name: "hash alone", Request: header(vectorHash)},
	{Name: "timestamp alone", Request: header(vectorStamp)},
	{Name: "no hash", Request: header(vectorStamp + ";")},
	{Name: "three parts", Request: header(vectorStamp + ";" + vectorHash + ";" + vectorHash)},
	{Name: "comma for the semicolon", Request: header(vectorStamp + "," + vectorHash)},
	{Name: "space behind the semicolon", Request: header(vectorStamp + "; " + vectorHash)},
	{Name: "timestamp with a sign", Request: by(exampleSecret, "+176722560", "/INBOUND")},
	{Name: "timestamp with a zero before", Request: by(exampleSecret, "01767225600", "/INBOUND")},
	{Name: "timestamp in milliseconds", Request: by(exampleSecret, "1767225600000", "/INBOUND")},
	{Name: "timestamp before there was Trengo", Request: by(exampleSecret, "0000000001", "/INBOUND")},
	{Name: "hash in upper case", Request: header(vectorStamp + ";" + strings.ToUpper(vectorHash))},
	{Name: "half a hash", Request: header(vectorStamp + ";" + vectorHash[:32])},
	{Name: "spaces as %20", Request: body(strings.ReplaceAll(vectorBody, "+", "%20"))},
	{Name: "escapes in lower case", Request: body(strings.ReplaceAll(vectorBody, "%2C", "%2c"))},
	{Name: "empty field left out", Request: body(strings.ReplaceAll(vectorBody, "&contact_email=", ""))},
	{Name: "parameters in another order", Request: body("ticket_id=81234567&" + strings.Replace(vectorBody, "ticket_id=81234567&", "", 1))},
	{Name: "parameter twice", Request: body(vectorBody + "&channel_id=9911")},
	{Name: "decoded", Request: body(strings.ReplaceAll(vectorBody, "%2B", "+"))},
	{Name: "a day old", Request: received(24 * time.Hour), OK: true},
	{Name: "a second older", Request: received(24*time.Hour + time.Second)},
	{Name: "five minutes ahead", Request: received(-5 * time.Minute), OK: true},
	{Name: "farther ahead", Request: received(-5*time.Minute - time.Second)},
	{Name: "old, and of another body", Request: signed(func(r *provider.Request) {
		r.Body, r.Received = []byte("ticket_id=1"), vectorTime.Add(48*time.Hour)
	})},
	{Name: "no header at all", Request: provider.Request{Path: "/INBOUND", Body: []byte(vectorBody), Received: vectorTime}},
}
