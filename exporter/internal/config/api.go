package config

import (
	"go.yaml.in/yaml/v3"
)

// API says who may read what over HTTP.
type API struct {
	// Tokens that are accepted; without any the API is closed.
	Tokens []APIToken
}

// APIToken is a bearer token.
type APIToken struct {
	// Name stands in logs in the token's place.
	Name  string
	Token Secret
	// Scopes are what it may do.
	Scopes []string
}

// Scopes of the API's tokens.
const (
	// ScopeReadMasked reads figures and transcripts in which numbers and addresses
	// are masked.
	ScopeReadMasked = "read:masked"
	// ScopeReadFull reads transcripts as they were written, names and phones too;
	// each such read goes to the access log. Whoever may do so may read masked too.
	ScopeReadFull = "read:full"
	// ScopeErase erases what a contact wrote.
	ScopeErase = "erase"
)

// Scopes lists them.
func Scopes() []string { return []string{ScopeReadMasked, ScopeReadFull, ScopeErase} }

const (
	maxTokens = 100
	// minToken is the least in bytes of what anybody on the network may guess at.
	minToken = 16
)

func (d *decoder) api(a *API) reader {
	return func(n *yaml.Node, at string) {
		d.mapping(n, at, field{"tokens", d.apiTokens(&a.Tokens)})
	}
}

func (d *decoder) apiTokens(dst *[]APIToken) reader {
	return func(n *yaml.Node, at string) {
		var all []APIToken
		names, tokens := make(unique), make(map[Secret]bool)
		d.list(n, at, maxTokens, func(_ int, n *yaml.Node, at string) {
			t := APIToken{Scopes: []string{ScopeReadMasked}}
			var token, file Secret
			seen := d.mapping(n, at,
				field{"name", d.name(&t.Name, "stands in the log")},
				field{"token", d.secretValue(&token)},
				field{"token_file", d.secretFile(&file)},
				field{"scopes", d.scopes(&t.Scopes)},
			)
			if !d.required(n, at, seen, "name") {
				return
			}
			switch value, twin := seen["token"], seen["token_file"]; {
			case value != nil && twin != nil:
				d.problem(twin, join(at, "token_file"), "token is given too: keep one of the two")
				return
			case value == nil && twin == nil:
				d.problem(n, at, "has no token: add token_file or token")
				return
			}
			t.Token = token + file
			switch {
			case t.Token == "" || t.Name == "":
				return
			case len(t.Token) < minToken:
				d.problem(n, at, "the token has %d bytes: take at least %d, as `openssl rand -hex 24` makes them", len(t.Token), minToken)
				return
			case tokens[t.Token]:
				d.problem(n, at, "the token is that of another one: every token is its own")
				return
			}
			if tokens[t.Token] = true; d.once(names, "token", t.Name, seen["name"], join(at, "name")) {
				all = append(all, t)
			}
		})
		*dst = all
	}
}

// scopes reads what a token may do.
func (d *decoder) scopes(dst *[]string) reader {
	return func(n *yaml.Node, at string) {
		var all []string
		known := make(unique)
		there := d.list(n, at, maxTokens, func(_ int, n *yaml.Node, at string) {
			var scope string
			d.oneOf(&scope, Scopes()...)(n, at)
			if scope != "" && d.once(known, "scope", scope, n, at) {
				all = append(all, scope)
			}
		})
		if there && len(all) > 0 {
			*dst = all
		}
	}
}
