package wire

import (
	"errors"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

func TestParseForm(t *testing.T) {
	for _, tc := range []struct {
		body string
		want Form
	}{
		{"", Form{}},
		{"a=1", Form{{"a", "1"}}},
		{"b=2&a=1&b=3", Form{{"b", "2"}, {"a", "1"}, {"b", "3"}}},
		{"a=&b", Form{{"a", ""}, {"b", ""}}},
		{"=1&=", Form{{"", "1"}, {"", ""}}},
		{"&&a=1&", Form{{"a", "1"}}},
		{"a=1=2", Form{{"a", "1=2"}}},
		{"Body=Ol%C3%A1+mundo%21&To=whatsapp%3A%2B5511900000001", Form{{"Body", "Olá mundo!"}, {"To", "whatsapp:+5511900000001"}}},
		{"a%3Db=c%26d", Form{{"a=b", "c&d"}}},
		{"a= 1 ", Form{{"a", " 1 "}}},
		{"a=\xff%00", Form{{"a", "\xff\x00"}}},
	} {
		got, err := ParseForm([]byte(tc.body))
		if err != nil || !slices.Equal(got, tc.want) {
			t.Errorf("%q: %q, %v; want %q", tc.body, got, err, tc.want)
		}
	}
}

func TestParseFormRefuses(t *testing.T) {
	for _, tc := range []struct{ body, text string }{
		{"a=1&secret=%zz", "parameter 2 of the form"},
		{"secret%=1", "parameter 1 of the form"},
		{"a=1&&b=%4", "parameter 3 of the form"},
		{strings.Repeat("secret&", MaxPairs) + "a", "more than 2000 parameters"},
	} {
		got, err := ParseForm([]byte(tc.body))
		if got != nil || !errors.Is(err, provider.ErrMalformed) || !strings.Contains(err.Error(), tc.text) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%.20q: %v, want %q", tc.body, err, tc.text)
		}
	}
	if got, err := ParseForm([]byte(strings.Repeat("a&", MaxPairs-1) + "a")); err != nil || len(got) != MaxPairs {
		t.Errorf("%d parameters, %v", len(got), err)
	}
}

func TestFormGet(t *testing.T) {
	f := Form{{"a", ""}, {"b", "1"}, {"b", "2"}}
	if f.Get("b") != "1" || f.Get("a") != "" || f.Get("c") != "" || f.Get("B") != "" {
		t.Errorf("Get: %q %q %q %q", f.Get("b"), f.Get("a"), f.Get("c"), f.Get("B"))
	}
	if !f.Has("a") || !f.Has("b") || f.Has("c") {
		t.Error("Has")
	}
	if got := string(Form{{"b c", "1&2"}, {"a", ""}, {"b c", "é"}}.Encode()); got != "b+c=1%262&a=&b+c=%C3%A9" {
		t.Errorf("Encode: %s", got)
	}
}

// FuzzParseForm: what is read is what the standard library reads, in its order
// per name, and reads the same when it is written again.
func FuzzParseForm(f *testing.F) {
	for _, seed := range []string{
		"", "a=1&a=2", "Body=Ol%C3%A1+mundo&From=whatsapp%3A%2B5511900000001&NumMedia=0&ProfileName=", "&&=&a%3D=%26&%zz", "a;b=c",
		"Attributes=%7B%22team%22%3A%22sales%22%7D&EventType=onMessageAdded",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		was := string(body)
		form, err := ParseForm(body)
		if string(body) != was {
			t.Fatal("the body was changed")
		}
		if err != nil {
			if !errors.Is(err, provider.ErrMalformed) {
				t.Fatal(err)
			}
			return
		}
		if again, err := ParseForm(form.Encode()); err != nil || !slices.Equal(again, form) {
			t.Errorf("written and read again: %q, %v; want %q", again, err, form)
		}
		if strings.Contains(was, ";") {
			return // url.ParseQuery refuses it, as separators were proposed once
		}
		got := url.Values{}
		for _, p := range form {
			got.Add(p.Name, p.Value)
		}
		if want, err := url.ParseQuery(was); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q, the standard library reads %q, %v", got, want, err)
		}
	})
}
