package config

import (
	"cmp"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/understand/topic"
)

const (
	maxSources  = 1000
	maxInboxes  = 10_000
	maxChannels = 20
)

func (d *decoder) sources(c *Config) reader {
	return func(n *yaml.Node, at string) {
		names := make(unique)
		var places []string
		var nodes []*yaml.Node
		d.list(n, at, maxSources, func(_ int, n *yaml.Node, at string) {
			if s, node := d.source(c, n, at); node != nil && d.once(names, "source", s.Name, node, join(at, "name")) {
				c.Sources = append(c.Sources, s)
				places, nodes = append(places, join(at, "feeds")), append(nodes, node)
			}
		})
		for i, s := range c.Sources {
			d.feeds(c, s, nodes[i], places[i])
		}
	}
}

// feeds checks that what a source feeds is a source that counts for itself.
func (d *decoder) feeds(c *Config, s Source, n *yaml.Node, at string) {
	if s.Feeds == "" {
		return
	}
	for _, other := range c.Sources {
		if other.Name != s.Feeds {
			continue
		}
		if other.Feeds != "" || other.Name == s.Name {
			d.problem(n, at, "%s does not count for itself: name a source without feeds", s.Feeds)
		}
		return
	}
	d.problem(n, at, "there is no source %s: name one of this file", s.Feeds)
}

// source reads one source and gives it with the node of its name; nil where it
// cannot be used.
func (d *decoder) source(c *Config, n *yaml.Node, at string) (Source, *yaml.Node) {
	provider := d.providerOf(n)
	facts, known := d.facts.Providers[provider]
	s := DefaultSource("", provider, d.facts)
	s.Provider = ""
	var (
		secret, secretFile Secret
		token, tokenFile   Secret
		malformed          string
		inherit            []int
	)
	fields := []field{
		{"name", d.name(&s.Name, "stands in the URL /webhooks/<name>")},
		{"provider", d.oneOf(&s.Provider, d.providerNames()...)},
		{"secret", d.secretValue(&secret)},
		{"secret_file", d.secretFile(&secretFile)},
		{"verify_token", d.secretValue(&token)},
		{"verify_token_file", d.secretFile(&tokenFile)},
		{"bot", d.boolean(&s.Bot)},
		{"language", d.oneOf(&s.Language, topic.Languages()...)},
		{"inboxes", d.inboxes(c, &s, &inherit)},
		{"channels", d.channels(&s.Channels)},
		{"resolves", d.boolean(&s.Resolves)},
		{"service_window", d.duration(&s.ServiceWindow, minWindow, maxWindow)},
		{"close_after", d.duration(&s.CloseAfter, minWindow, maxWindow)},
		{"echo_actor", d.oneOf(&s.EchoActor, "human", "bot", "system", "unknown")},
		{"malformed_status", d.oneOf(&malformed, "400", "200")},
		{"answers", d.answers(&s.Answers)},
		{"proxy", d.proxy(&s.Proxy)},
		{"segment_field", d.label(&s.SegmentField)},
		{"conversation_url", d.conversationURL(&s.ConversationURL)},
		{"feeds", d.name(&s.Feeds, "is the name of another source")},
	}
	seen := d.mapping(n, at, append(fields, d.keyFields(facts.Keys, &s.Keys)...)...)
	if !d.required(n, at, seen, "name", "provider") && seen == nil {
		return s, nil
	}
	d.oldAnswer(&s.Answers, malformed, at, seen)
	// One of the two at most is there; fits refuses both.
	s.Secret, s.VerifyToken = secret+secretFile, token+tokenFile
	if known {
		d.fits(s.Provider, facts, n, at, seen)
		d.fitKeys(s.Provider, facts.Keys, n, at, seen)
	}
	for _, i := range inherit {
		s.Inboxes[i].Bot = s.Bot
	}
	for i := range s.Inboxes {
		s.Inboxes[i].Language = cmp.Or(s.Inboxes[i].Language, s.Language)
	}
	if _, ok := seen["resolves"]; !ok {
		s.Resolves = facts.Resolves
	}
	if _, ok := seen["close_after"]; !ok {
		s.CloseAfter = closeAfter(s.Resolves, c.Conversations.CloseAfter)
	}
	if s.Name == "" {
		return s, nil
	}
	return s, seen["name"]
}

// fits checks the keys of a source against what its provider can do and needs.
func (d *decoder) fits(provider string, facts ProviderFacts, n *yaml.Node, at string, seen map[string]*yaml.Node) {
	for _, s := range []struct {
		key           string
		needed, taken bool
	}{{"secret", facts.NeedsSecret, true}, {"verify_token", facts.NeedsVerifyToken, facts.NeedsVerifyToken}} {
		value, file := seen[s.key], seen[s.key+"_file"]
		switch {
		case value != nil && file != nil:
			d.problem(file, join(at, s.key+"_file"), "%s is given too: keep one of the two", s.key)
		case value == nil && file == nil && s.needed:
			d.problem(n, at, "provider %s needs %s or %s_file: add one", provider, s.key, s.key)
		case !s.taken && value != nil:
			d.problem(value, join(at, s.key), "provider %s has no %s: remove it", provider, s.key)
		case !s.taken && file != nil:
			d.problem(file, join(at, s.key+"_file"), "provider %s has no %s: remove it", provider, s.key)
		}
	}
	if f := seen["segment_field"]; f != nil && !facts.ContactFields {
		d.problem(f, join(at, "segment_field"), "provider %s sends no fields of contacts: remove it, and list the customers in segments.file", provider)
	}
	if p := seen["proxy"]; p != nil && !facts.Proxy {
		d.problem(p, join(at, "proxy"), "provider %s has no send proxy: remove it", provider)
	}
}

// inboxes reads the allow-list of s. The indices of inboxes that do not say who
// they belong to at first, a bot or people, go to inherit.
func (d *decoder) inboxes(c *Config, s *Source, inherit *[]int) reader {
	return func(n *yaml.Node, at string) {
		ids := make(unique)
		d.list(n, at, maxInboxes, func(_ int, n *yaml.Node, at string) {
			var (
				in   Inbox
				seen map[string]*yaml.Node
			)
			where := at
			if d.keys == nil && n.Kind == yaml.ScalarNode {
				d.openLabel(&in.ID)(n, at)
			} else {
				seen = d.mapping(n, at,
					field{"id", d.openLabel(&in.ID)},
					field{"team", d.team(c, &in.Team)},
					field{"bot", d.boolean(&in.Bot)},
					field{"language", d.oneOf(&in.Language, topic.Languages()...)},
				)
				if !d.required(n, at, seen, "id") {
					return
				}
				n, where = seen["id"], join(at, "id")
			}
			if in.ID == "" || !d.once(ids, "inbox", in.ID, n, where) {
				return
			}
			if _, ok := seen["bot"]; !ok {
				*inherit = append(*inherit, len(s.Inboxes))
			}
			s.Inboxes = append(s.Inboxes, in)
		})
	}
}

// providerNames lists the providers there are.
func (d *decoder) providerNames() []string { return slices.Sorted(maps.Keys(d.facts.Providers)) }

func (d *decoder) channels(dst *[]string) reader {
	return func(n *yaml.Node, at string) {
		var channels []string
		names := make(unique)
		if !d.list(n, at, maxChannels, func(_ int, n *yaml.Node, at string) {
			var name string
			d.name(&name, "is compared with the vendor's, in lower case")(n, at)
			if name != "" && d.once(names, "channel", name, n, at) {
				channels = append(channels, name)
			}
		}) {
			return
		}
		if len(resolve(n).Content) == 0 {
			d.problem(n, at, "is empty, so that nothing would count: name a channel or remove the key")
			return
		}
		*dst = channels
	}
}

func (d *decoder) proxy(p *Proxy) reader {
	return func(n *yaml.Node, at string) {
		var token, tokenFile Secret
		seen := d.mapping(n, at,
			field{"enabled", d.boolean(&p.Enabled)},
			field{"graph_url", d.baseURL(&p.GraphURL)},
			field{"token", d.secretValue(&token)},
			field{"token_file", d.secretFile(&tokenFile)},
		)
		switch {
		case seen["token"] != nil && seen["token_file"] != nil:
			d.problem(seen["token_file"], join(at, "token_file"), "token is given too: keep one of the two")
		case p.Enabled && seen["token"] == nil && seen["token_file"] == nil:
			d.problem(n, at, "anybody could send through it: add token or token_file, which senders present in X-Helpdesk-Token")
		}
		p.Token = token + tokenFile
	}
}

// baseURL reads the URL that requests are forwarded to. Access tokens travel
// there, so that plain HTTP is for this machine only.
func (d *decoder) baseURL(dst *string) reader {
	return func(n *yaml.Node, at string) {
		s, ok := d.text(n, at)
		if !ok {
			return
		}
		u, err := url.Parse(s)
		switch {
		case err != nil || u.Host == "" || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
			d.problem(n, at, "is no URL: write for example %s", defaultGraphURL)
		case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
			d.problem(n, at, "has more than scheme, host and path: remove the rest")
		case u.Scheme == "http" && !loopback(u.Hostname()):
			d.problem(n, at, "access tokens would travel in the clear: write https")
		default:
			*dst = strings.TrimRight(s, "/")
		}
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
