package respondio

import (
	"net/http"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/providertest"
)

const (
	vectorBody = `{"event_id":"5d0c2f0e-8f1b-4f0e-9a55-3c1d6d2b7a10","event_type":"message.received","contact":{"id":90210},` +
		`"message":{"message":{"type":"text","text":"¿Llegó ya? https://shop.example/p/7"}}}`
	vectorSlashes = `{"event_id":"5d0c2f0e-8f1b-4f0e-9a55-3c1d6d2b7a10","event_type":"message.received","contact":{"id":90210},` +
		`"message":{"message":{"type":"text","text":"¿Llegó ya? https:\/\/shop.example\/p\/7"}}}`
	vectorASCII = `{"event_id":"5d0c2f0e-8f1b-4f0e-9a55-3c1d6d2b7a10","event_type":"message.received","contact":{"id":90210},` +
		`"message":{"message":{"type":"text","text":"\u00bfLleg\u00f3 ya? https://shop.example/p/7"}}}`
	vectorSignature = "NfQSpyOutalYx0hgdnviYySgE0AKq5Fq8k7ke2Md5Hg="
)

func signed(body, signature string) provider.Request {
	return provider.Request{Header: http.Header{signatureHeader: {signature}}, Body: []byte(body)}
}

var vectors = []providertest.Vector{
	{Name: "sheet", Request: signed(vectorBody, vectorSignature), OK: true},
	{Name: "slashes escaped afterwards", Request: signed(vectorSlashes, vectorSignature)},
	{Name: "not ASCII escaped afterwards", Request: signed(vectorASCII, vectorSignature)},
	{Name: "signature of the body with escaped slashes", Request: signed(vectorBody, "alAGlDEtE/jedrw88ujd4K5nNH6Z/tZbtiJYIE4ETg8=")},
	{Name: "signature of the body in ASCII", Request: signed(vectorBody, "l+IZuEWRjKEFzhRSz2k5uAyhuW2XwjqLmYD+d3FpzV0=")},
	{Name: "a signing key of another event type", Request: signed(vectorBody, sign(newSigner(sentKey), []byte(vectorBody))), OK: true},
	{Name: "the older of two keys of one name", Request: signed(vectorBody, sign(newSigner("an-older-key-of-sent"), []byte(vectorBody))), OK: true},
	{Name: "unknown key", Request: signed(vectorBody, sign(newSigner("another"), []byte(vectorBody)))},
	{Name: "key in upper case", Request: signed(vectorBody, sign(newSigner("RIO-SIGNING-KEY-7F3A"), []byte(vectorBody)))},
	{Name: "empty key", Request: signed(vectorBody, sign(newSigner(""), []byte(vectorBody)))},
	{Name: "hex", Request: signed(vectorBody, "35f412a7239eb5a958c7486076 7be26324a013400aab916af24ee47b631de478")},
	{Name: "with the name of the hash", Request: signed(vectorBody, "sha256="+vectorSignature)},
	{Name: "without padding", Request: signed(vectorBody, vectorSignature[:43])},
	{Name: "alphabet of addresses", Request: signed(vectorSlashes, "alAGlDEtE_jedrw88ujd4K5nNH6Z_tZbtiJYIE4ETg8=")},
	{Name: "other last bits", Request: signed(vectorBody, vectorSignature[:42]+"h=")},
	{Name: "with a line break", Request: signed(vectorBody, vectorSignature[:20]+"\n"+vectorSignature[20:])},
	{Name: "line breaks for characters", Request: signed(vectorBody, vectorSignature[:40]+"\n\n\n\n")},
	{Name: "another header", Request: provider.Request{Header: http.Header{"X-Hub-Signature-256": {vectorSignature}}, Body: []byte(vectorBody)}},
	{Name: "no header at all", Request: provider.Request{Body: []byte(vectorBody)}},
}
