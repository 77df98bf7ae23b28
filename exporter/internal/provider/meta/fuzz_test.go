package meta

import (
	"errors"
	"slices"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

func FuzzAdapt(f *testing.F) {
	for _, name := range corpus(f) {
		f.Add(mustRead(f, name+".json"))
	}
	f.Add([]byte(`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"messages":[{"\u0069d":"1"}]}}]}]}`))
	f.Add([]byte(`{"object":"whatsapp_business_account","entry":[{"time":1e99,"changes":[{"field":"account_update","value":{"a":NaN}}]}]}`))
	a := mustAdapter(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		before := slices.Clone(body)
		var res provider.Result
		err := a.Adapt(request(body), &res)
		if err != nil && !errors.Is(err, provider.ErrMalformed) {
			t.Fatal(err)
		}
		if !slices.Equal(before, body) {
			t.Fatal("the body was changed")
		}
		for i := range res.Events {
			if err := check(&res.Events[i]); err != nil {
				t.Fatal(err)
			}
		}
		for name := range res.Ignored {
			if !slices.Contains(IgnoredNames, name) {
				t.Fatalf("%s is not in IgnoredNames", name)
			}
		}
		want := dump(&res)
		if err != nil {
			return
		}
		// Another request on the same memory, then the same one again.
		mustAdapt(t, a, message("wamid.X", "something else"))
		if got := dump(&res); got != want {
			t.Fatalf("changed afterwards:\n%s\nwas\n%s", got, want)
		}
		if got := dump(mustAdapt(t, a, body)); got != want {
			t.Fatalf("second delivery:\n%s\nwas\n%s", got, want)
		}
	})
}

func FuzzVerify(f *testing.F) {
	f.Add(signatureM1)
	f.Add(signatureM2)
	f.Add("sha256=")
	f.Add("sha1=" + signatureM2[7:])
	a := mustAdapter(f)
	body := mustRead(f, "vector_m1.json")
	f.Fuzz(func(t *testing.T, header string) {
		r := request(body)
		r.Header[signatureHeader] = []string{header}
		if err := a.Verify(r); (err == nil) != (header == signatureM1) {
			t.Fatalf("%q: %v", header, err)
		}
	})
}
