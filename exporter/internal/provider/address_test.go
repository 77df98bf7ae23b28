package provider

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

func TestAddressSecret(t *testing.T) {
	const word, next = "k7/0+ü%word", "the-next-word"
	a := NewAddressSecret(word, "", next)
	for _, c := range []struct {
		name, path, query string
		want              error
	}{
		{"in the path", AddressPath(word), "", nil},
		{"the other one", AddressPath(next), "", nil},
		{"in the query", "", "token=" + url.QueryEscape(word), nil},
		{"beside other parameters", "", "a=b&token=" + next + "&c=d", nil},
		{"an empty path and the query", "/", "token=" + next, nil},
		{"none", "", "", errNoAddressSecret},
		{"an empty path", "/", "", errNoAddressSecret},
		{"an empty token", "", "token=", errWrongAddressSecret},
		{"another name", "", "Token=" + next, errNoAddressSecret},
		{"both", AddressPath(next), "token=" + next, errTwoAddressSecrets},
		{"the query's twice", "", "token=" + next + "&token=" + next, errTwoAddressSecrets},
		{"wrong", "/wrong", "", errWrongAddressSecret},
		{"truncated", AddressPath(next[:5]), "", errWrongAddressSecret},
		{"longer", AddressPath(next + "x"), "", errWrongAddressSecret},
		{"another case", AddressPath(strings.ToUpper(next)), "", errWrongAddressSecret},
		{"something behind", AddressPath(next) + "/", "", errWrongAddressSecret},
		{"two in the path", AddressPath(next) + AddressPath(next), "", errWrongAddressSecret},
		{"a space", AddressPath(" " + next), "", errWrongAddressSecret},
		{"a broken escape", "/%zz", "", errWrongAddressSecret},
		{"a zero byte", AddressPath(next + "\x00"), "", errWrongAddressSecret},
	} {
		query, err := url.ParseQuery(c.query)
		if err != nil {
			t.Fatal(err)
		}
		got := a.Verify(&Request{Path: c.path, RawQuery: c.query, Query: query})
		if !errors.Is(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if got != nil && (!errors.Is(got, ErrUnauthorized) || strings.Contains(got.Error(), next) || strings.Contains(got.Error(), word)) {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// Without a word nothing passes, an empty one least of all.
func TestNoAddressSecret(t *testing.T) {
	for _, a := range []*AddressSecret{NewAddressSecret(), NewAddressSecret("", "")} {
		if a.Configured() {
			t.Error("it is configured")
		}
		for _, r := range []Request{{}, {Path: "/"}, {Path: "/x"}, {Query: url.Values{"token": {""}}}} {
			if err := a.Verify(&r); !errors.Is(err, ErrUnauthorized) {
				t.Errorf("%+v: %v", r, err)
			}
		}
	}
	if !NewAddressSecret("", "x").Configured() {
		t.Error("it is not configured")
	}
}

func FuzzAddressSecret(f *testing.F) {
	for _, s := range []string{"plain-word", "k7/0+ü%word", "..", "a b", "?x=y#z", "%2F", "\x00\xff"} {
		f.Add(s, s)
		f.Add(s, s+"x")
	}
	f.Fuzz(func(t *testing.T, secret, given string) {
		if secret == "" || given == "" {
			return
		}
		a := NewAddressSecret(secret)
		for _, r := range []Request{{Path: AddressPath(given)}, {Query: url.Values{"token": {given}}}} {
			if err := a.Verify(&r); (err == nil) != (secret == given) || err != nil && !errors.Is(err, ErrUnauthorized) {
				t.Errorf("%q for %q: %v", given, secret, err)
			}
		}
	})
}
