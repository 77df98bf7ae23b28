package meta

import (
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// benchmarkBody is a usual webhook of 600 bytes.
func benchmarkBody(b *testing.B) []byte {
	body := message("wamid.HBgNNTUxMTkwMDAwMDAwMRUCABIYFjNFQjBDMTIzNDU2Nzg5MEFCQ0RFRgA=", `Ol\u00e1, meu pedido n\u00e3o chegou`)
	if len(body) < 560 || len(body) > 640 {
		b.Fatalf("body has %d bytes", len(body))
	}
	return body
}

func BenchmarkVerify(b *testing.B) {
	a := mustAdapter(b)
	r := signed(benchmarkBody(b), exampleSecret)
	b.SetBytes(int64(len(r.Body)))
	b.ReportAllocs()
	for b.Loop() {
		if err := a.Verify(r); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHMAC is the part of BenchmarkVerify that no code of ours can save.
func BenchmarkHMAC(b *testing.B) {
	s := newSigner(exampleSecret)
	body := benchmarkBody(b)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		s.sign(body)
	}
}

func benchmarkAdapt(b *testing.B, body []byte) {
	a := mustAdapter(b)
	r := request(body)
	var res provider.Result
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		clear(res.Events)
		res.Events = res.Events[:0]
		if err := a.Adapt(r, &res); err != nil || len(res.Events) == 0 {
			b.Fatal(err, len(res.Events))
		}
	}
}

func BenchmarkAdapt(b *testing.B)       { benchmarkAdapt(b, benchmarkBody(b)) }
func BenchmarkAdaptStatus(b *testing.B) { benchmarkAdapt(b, mustRead(b, "status_sent_agent.json")) }
