package config

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Key is a key of sources[] that one provider takes beside the common ones.
// Its name must be none of theirs.
type Key struct {
	Name string
	Kind KeyKind
	// Required: a source of the provider cannot do without.
	Required bool
	// Words are the only values of a KeyWord, the only names of KeySecrets, the
	// only values of a KeyMap; empty allows any.
	Words []string
	// Default of a KeyWord, or in digits of a KeyNumber.
	Default string
	// Min and Max bound a KeyNumber.
	Min, Max int
	// Help says in a sentence or two what it is; it stands in the reference and,
	// where the key is missing, in the message.
	Help string
}

// KeyKind is what a Key's value looks like.
type KeyKind uint8

// Kinds of keys, with the method of Values that gives the value.
const (
	// KeySecret is a secret; the twin <name>_file is taken too. Values.Secret.
	KeySecret KeyKind = iota
	// KeySecrets is a list of secrets with names, a name possibly more than
	// once: - {name: …, secret: …} or secret_file. Values.Secrets.
	KeySecrets
	// KeyURL is an http or https address without query, fragment and user,
	// kept without a slash at its end. Values.Text.
	KeyURL
	// KeyText is one value, a label's. Values.Text.
	KeyText
	// KeyWord is one of Words. Values.Text.
	KeyWord
	// KeyList is a list of different values. Values.List.
	KeyList
	// KeyMap gives names a value each. Values.Map.
	KeyMap
	// KeyBool is true or false, false where it is left out. Values.Bool.
	KeyBool
	// KeyNumber is a whole number. Values.Number.
	KeyNumber
)

// Values are a provider's own keys of one source, by name. A key that is left
// out has its zero value, a KeyWord its default.
type Values map[string]Value

// Value is one of them; its Kind says which field holds it.
type Value struct {
	Kind    KeyKind
	Secret  Secret
	Secrets []NamedSecret
	Text    string
	List    []string
	Map     map[string]string
	Bool    bool
	Number  int
}

// NamedSecret is an item of KeySecrets.
type NamedSecret struct {
	Name   string
	Secret Secret
}

// String hides secrets, since Secret does, and shows what is there.
func (v Value) String() string {
	switch v.Kind {
	case KeySecret:
		return v.Secret.String()
	case KeySecrets:
		return fmt.Sprint(v.Secrets)
	case KeyList:
		return fmt.Sprint(v.List)
	case KeyMap:
		return fmt.Sprint(v.Map)
	case KeyBool:
		return fmt.Sprint(v.Bool)
	case KeyNumber:
		return fmt.Sprint(v.Number)
	}
	return v.Text
}

// Secret gives a KeySecret, "" where it is not configured.
func (v Values) Secret(name string) Secret { return v[name].Secret }

// Secrets gives KeySecrets in the order of the document.
func (v Values) Secrets(name string) []NamedSecret { return v[name].Secrets }

// Text gives a KeyURL, KeyText or KeyWord.
func (v Values) Text(name string) string { return v[name].Text }

// List gives a KeyList.
func (v Values) List(name string) []string { return v[name].List }

// Map gives a KeyMap.
func (v Values) Map(name string) map[string]string { return v[name].Map }

// Bool gives a KeyBool.
func (v Values) Bool(name string) bool { return v[name].Bool }

// Number gives a KeyNumber.
func (v Values) Number(name string) int { return v[name].Number }

// defaultValues are those of a source that says nothing; nil without any.
func defaultValues(keys []Key) Values {
	var v Values
	for _, k := range keys {
		if k.Default != "" {
			if v == nil {
				v = make(Values)
			}
			value := Value{Kind: k.Kind}
			if k.Kind == KeyNumber {
				value.Number, _ = strconv.Atoi(k.Default)
			} else {
				value.Text = k.Default
			}
			v[k.Name] = value
		}
	}
	return v
}

const (
	maxKeyItems = 1000
	// maxKeyText is the length of a name or value in bytes.
	maxKeyText = 256
)

// keyFields are the fields of a provider's own keys; what they read goes to
// *dst.
func (d *decoder) keyFields(keys []Key, dst *Values) []field {
	var fields []field
	set := func(k Key, v Value) {
		if *dst == nil {
			*dst = make(Values)
		}
		v.Kind = k.Kind
		(*dst)[k.Name] = v
	}
	for _, k := range keys {
		switch k.Kind {
		case KeySecret:
			keep := func(read func(*Secret) reader) reader {
				return func(n *yaml.Node, at string) {
					var s Secret
					if read(&s)(n, at); s != "" {
						set(k, Value{Secret: s})
					}
				}
			}
			fields = append(fields, field{k.Name, keep(d.secretValue)}, field{k.Name + "_file", keep(d.secretFile)})
		case KeySecrets:
			fields = append(fields, field{k.Name, d.namedSecrets(k, func(s []NamedSecret) { set(k, Value{Secrets: s}) })})
		case KeyURL:
			fields = append(fields, field{k.Name, d.publicURL(func(s string) { set(k, Value{Text: s}) })})
		case KeyText:
			fields = append(fields, field{k.Name, func(n *yaml.Node, at string) {
				var s string
				if d.label(&s)(n, at); s != "" {
					set(k, Value{Text: s})
				}
			}})
		case KeyWord:
			fields = append(fields, field{k.Name, func(n *yaml.Node, at string) {
				s := k.Default
				d.oneOf(&s, k.Words...)(n, at)
				set(k, Value{Text: s})
			}})
		case KeyList:
			fields = append(fields, field{k.Name, func(n *yaml.Node, at string) {
				var list []string
				names := make(unique)
				d.list(n, at, maxKeyItems, func(_ int, n *yaml.Node, at string) {
					if s, ok := d.keyText(n, at); ok && d.once(names, "value", s, n, at) {
						list = append(list, s)
					}
				})
				set(k, Value{List: list})
			}})
		case KeyMap:
			fields = append(fields, field{k.Name, d.words(k, func(m map[string]string) { set(k, Value{Map: m}) })})
		case KeyNumber:
			fields = append(fields, field{k.Name, func(n *yaml.Node, at string) {
				number, _ := strconv.Atoi(k.Default)
				d.integer(&number, k.Min, k.Max)(n, at)
				set(k, Value{Number: number})
			}})
		case KeyBool:
			fields = append(fields, field{k.Name, func(n *yaml.Node, at string) {
				var b bool
				d.boolean(&b)(n, at)
				set(k, Value{Bool: b})
			}})
		}
	}
	return fields
}

// keyText reads a name or value of the vendor's.
func (d *decoder) keyText(n *yaml.Node, at string) (string, bool) {
	s, ok := d.text(n, at)
	switch {
	case !ok:
		return "", false
	case strings.TrimSpace(s) == "":
		d.problem(n, at, "is empty: write a value")
		return "", false
	case len(s) > maxKeyText:
		d.problem(n, at, "is %d bytes long: at most %d", len(s), maxKeyText)
		return "", false
	}
	return s, true
}

// namedSecrets reads a KeySecrets. A name may come again: while a secret is
// being changed both are right.
func (d *decoder) namedSecrets(k Key, set func([]NamedSecret)) reader {
	return func(n *yaml.Node, at string) {
		var all []NamedSecret
		d.list(n, at, maxKeyItems, func(_ int, n *yaml.Node, at string) {
			var s NamedSecret
			var secret, file Secret
			name := func(n *yaml.Node, at string) { s.Name, _ = d.keyText(n, at) }
			if len(k.Words) > 0 {
				name = d.oneOf(&s.Name, k.Words...)
			}
			seen := d.mapping(n, at, field{"name", name}, field{"secret", d.secretValue(&secret)}, field{"secret_file", d.secretFile(&file)})
			if !d.required(n, at, seen, "name") {
				return
			}
			switch value, twin := seen["secret"], seen["secret_file"]; {
			case value != nil && twin != nil:
				d.problem(twin, join(at, "secret_file"), "secret is given too: keep one of the two")
			case value == nil && twin == nil:
				d.problem(n, at, "has no secret: add secret or secret_file")
			}
			if s.Secret = secret + file; s.Name != "" && s.Secret != "" {
				all = append(all, s)
			}
		})
		set(all)
	}
}

// words reads a KeyMap.
func (d *decoder) words(k Key, set func(map[string]string)) reader {
	return func(n *yaml.Node, at string) {
		example := "name: value"
		if len(k.Words) > 0 {
			example = "name: " + k.Words[0]
		}
		entries, ok := d.free(n, at, example)
		if !ok {
			return
		}
		if len(entries) > maxKeyItems {
			d.problem(n, at, "has %d keys: at most %d", len(entries), maxKeyItems)
			return
		}
		m := make(map[string]string, len(entries))
		for _, e := range entries {
			var value string
			where := join(at, fmt.Sprintf("%.40s", e.key.Value))
			if len(k.Words) > 0 {
				d.oneOf(&value, k.Words...)(e.value, where)
			} else {
				value, _ = d.keyText(e.value, where)
			}
			if _, ok := d.keyText(e.key, where); ok && value != "" {
				m[e.key.Value] = value
			}
		}
		set(m)
	}
}

// publicURL reads the address by which a vendor reaches the exporter. Vendors
// sign it as it was entered there, so it may be of any host and of http.
func (d *decoder) publicURL(set func(string)) reader {
	return func(n *yaml.Node, at string) {
		s, ok := d.text(n, at)
		if !ok {
			return
		}
		u, err := url.Parse(s)
		switch {
		case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
			d.problem(n, at, "is no URL: write for example https://helpdesk.example.com/webhooks/<source>")
		case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
			d.problem(n, at, "has more than scheme, host and path: remove the rest")
		default:
			set(strings.TrimRight(s, "/"))
		}
	}
}

// providerOf gives the provider that a source names, before the source is read:
// which keys it may have depends on it.
func (d *decoder) providerOf(n *yaml.Node) string {
	if d.keys != nil || n == nil {
		return ""
	}
	if n = resolve(n); n.Kind != yaml.MappingNode {
		return ""
	}
	// A decoder of its own: what is wrong is told when the source is read.
	probe := &decoder{visited: d.visited}
	for _, e := range probe.entries(n, "", 0) {
		if e.key.Value == "provider" {
			return resolve(e.value).Value
		}
	}
	return ""
}

// othersWith names the providers that have a key of this name.
func (d *decoder) othersWith(name string) []string {
	var with []string
	for _, provider := range d.providerNames() {
		for _, k := range d.facts.Providers[provider].Keys {
			if k.Name == name || k.Kind == KeySecret && k.Name+"_file" == name {
				with = append(with, provider)
			}
		}
	}
	return with
}

// fitKeys checks a provider's own keys as a whole.
func (d *decoder) fitKeys(provider string, keys []Key, n *yaml.Node, at string, seen map[string]*yaml.Node) {
	for _, k := range keys {
		value, file := seen[k.Name], (*yaml.Node)(nil)
		if k.Kind == KeySecret {
			file = seen[k.Name+"_file"]
		}
		switch {
		case value != nil && file != nil:
			d.problem(file, join(at, k.Name+"_file"), "%s is given too: keep one of the two", k.Name)
		case k.Required && value == nil && file == nil && k.Kind == KeySecret:
			d.problem(n, at, "provider %s needs %s or %s_file: add one. %s", provider, k.Name, k.Name, k.Help)
		case k.Required && value == nil && file == nil:
			d.problem(n, at, "provider %s needs %s: add it. %s", provider, k.Name, k.Help)
		}
	}
}
