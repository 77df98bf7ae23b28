package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
)

// endpoint is one path: what it needs, what it takes, and what answers. The OpenAPI
// document is made from it.
type endpoint struct {
	method, path, scope string
	// also is another scope that will do.
	also       string
	summary    string
	parameters []parameter
	// body and result are samples of the types.
	body, result any
	answer       func(*API, *request) (any, error)
	// stream answers by itself, as server-sent events of result.
	stream func(*API, http.ResponseWriter, *request) error
}

// parameter is one of the query, or in braces of the path.
type parameter struct {
	name, about string
	// kind is string, integer, boolean or time.
	kind string
	list bool
	// words are all that it may be, nil for anything.
	words []string
}

// maxValues is how often a parameter may stand in a request.
const maxValues = 100

func (e *endpoint) parameter(name string) *parameter {
	for i := range e.parameters {
		if e.parameters[i].name == name {
			return &e.parameters[i]
		}
	}
	return nil
}

func (e *endpoint) parameterNames() string {
	if len(e.parameters) == 0 {
		return "none"
	}
	var names []string
	for _, p := range e.parameters {
		names = append(names, p.name)
	}
	return strings.Join(names, ", ")
}

var (
	timeRange = []parameter{
		{name: "from", kind: "time", about: "RFC 3339, or Unix time in seconds or milliseconds"},
		{name: "to", kind: "time", about: "the end, which is not part of it"},
	}
	places3 = []parameter{
		{name: "source", kind: "string", list: true, about: "only these"},
		{name: "inbox", kind: "string", list: true, about: "only these"},
		{name: "team", kind: "string", list: true, about: "only these; an empty one is that of no team"},
	}
	limitOnly = parameter{name: "limit", kind: "integer", about: "1 to 1000"}
	cursor    = parameter{name: "cursor", kind: "string", about: "what the page before gave as next"}
	full      = parameter{name: "full", kind: "boolean", words: []string{"true", "false"}, about: "texts, names and phones as they are; needs read:full and stands in the access log"}
	search    = parameter{name: "q", kind: "string", about: "only those in which these words stand, whatever their case and accents"}
	filters   = filterParameters()
)

// filterParameters are those of filterKeys, and each once more for what is to be left out.
func filterParameters() (all []parameter) {
	for _, f := range filterKeys {
		all = append(all, parameter{name: f.name, kind: "string", list: true, words: f.words, about: f.about})
	}
	for _, f := range filterKeys {
		all = append(all, parameter{name: "not." + f.name, kind: "string", list: true, words: f.words, about: "all but these"})
	}
	return all
}

func with(lists ...any) (all []parameter) {
	for _, l := range lists {
		switch l := l.(type) {
		case parameter:
			all = append(all, l)
		case []parameter:
			all = append(all, l...)
		}
	}
	return all
}

var byParameter = parameter{name: "by", kind: "string", words: []string{"active", "opened", "closed"}, about: "what has to lie between from and to: anything that happened (active, without), the opening, or the close"}

// endpoints is the table.
var endpoints []endpoint

func init() {
	masked, whole, erase := config.ScopeReadMasked, config.ScopeReadFull, config.ScopeErase
	id := parameter{name: "{id}", kind: "string", about: "of the conversation"}
	contact := parameter{name: "{contact}", kind: "string", about: "the keyed hash, 32 hexadecimal digits"}
	endpoints = []endpoint{
		{method: "GET", path: "info", scope: masked, summary: "What is asked, and with which token", result: api.Info{}, answer: (*API).info},
		{method: "GET", path: "conversations", scope: masked, summary: "Conversations", result: api.Conversations{}, answer: (*API).conversations, parameters: with(
			timeRange, byParameter, filters, search,
			parameter{name: "sort", kind: "string", words: []string{"opened", "first_response", "resolution", "csat"}, about: "opened without; what has no such figure comes last"},
			parameter{name: "order", kind: "string", words: []string{"desc", "asc"}, about: "desc without"},
			parameter{name: "sample", kind: "integer", about: "as many, by chance, the same for the same seed; 1 to 1000"},
			parameter{name: "seed", kind: "string", about: "of the sample"},
			limitOnly, cursor, full)},
		{method: "GET", path: "conversations/{id}", scope: masked, summary: "A conversation: what was said and done, and how each number came about", result: api.Detail{}, answer: (*API).conversation, parameters: with(id, full)},
		{method: "GET", path: "conversations/{id}/messages", scope: masked, summary: "What was said and done in a conversation", result: api.Transcript{}, answer: (*API).transcript, parameters: with(id, full)},
		{method: "GET", path: "messages", scope: masked, summary: "Messages of several conversations", result: api.MessageList{}, answer: (*API).messages, parameters: with(
			timeRange, filters, messageFilters(), search, parameter{name: "order", kind: "string", words: []string{"desc", "asc"}, about: "desc without"}, limitOnly, cursor, full)},
		{method: "GET", path: "messages/volume", scope: masked, summary: "How many messages there were, by role", result: api.Volume{}, answer: (*API).volume, parameters: with(
			timeRange, filters, messageFilters(), parameter{name: "step", kind: "integer", about: "width of a bucket in seconds; so that there are some 100 without"})},
		{method: "GET", path: "messages/stream", scope: masked, summary: "Messages as they come, as server-sent events: event message with a line, lost with a number of lines that went by unseen. Last-Event-ID goes on where another stream ended.",
			result: api.Line{}, stream: (*API).tail, parameters: with(filters, messageFilters(), full)},
		{method: "GET", path: "agents", scope: masked, summary: "Agents and their load", result: api.Agents{}, answer: (*API).agents,
			parameters: with(parameter{name: "team", kind: "string", list: true, about: "only these"})},
		{method: "GET", path: "escalations", scope: masked, summary: "What has to be helped now, those that have waited longest first", result: api.Escalations{}, answer: (*API).escalations,
			parameters: with(filters, limitOnly)},
		{method: "GET", path: "audits", scope: masked, summary: "Findings of audit rules, by conversation", result: api.Audits{}, answer: (*API).audits, parameters: with(
			timeRange, byParameter, filters, parameter{name: "severity", kind: "string", list: true, words: []string{"info", "warning", "critical"}, about: "only these"}, limitOnly, cursor)},
		{method: "GET", path: "discrepancies", scope: masked, summary: "Answers unlike the others that near-identical questions got, the newest first", result: api.Discrepancies{}, answer: (*API).discrepancies,
			parameters: with(limitOnly, parameter{name: "request_type", kind: "string", about: "only this one"})},
		{method: "GET", path: "heatmap", scope: masked, summary: "By hour and weekday", result: api.Heatmap{}, answer: (*API).heatmap,
			parameters: with(parameter{name: "zone", kind: "string", about: "whose clock: America/Sao_Paulo; UTC without"}, timeRange, places3)},
		{method: "GET", path: "annotations", scope: masked, summary: "Escalations and closings, to mark on a time axis", result: api.Annotations{}, answer: (*API).annotations, parameters: with(
			timeRange, filters, parameter{name: "kind", kind: "string", list: true, words: []string{"escalation", "closing"}, about: "both without"}, limitOnly)},
		{method: "GET", path: "labels/{name}", scope: masked, summary: "What a filter may be", result: api.Values{}, answer: (*API).labels,
			parameters: with(parameter{name: "{name}", kind: "string", about: "of a filter"})},
		{method: "POST", path: "contacts/lookup", scope: whole, also: erase, summary: "The keyed hash of a phone or id", body: api.Lookup{}, result: api.Contact{}, answer: (*API).lookup},
		{method: "GET", path: "contacts/{contact}/export", scope: whole, summary: "Everything that there is of a contact, for the contact", result: api.Export{}, answer: (*API).export, parameters: with(contact)},
		{method: "DELETE", path: "contacts/{contact}", scope: erase, summary: "Erase what a contact wrote: nobody can read it any more. Figures stay as they are.", result: api.Erasure{}, answer: (*API).erase, parameters: with(contact)},
	}
	for _, e := range endpoints {
		if slices.ContainsFunc(e.parameters, func(p parameter) bool { return p.name == "" }) {
			panic("api: a parameter of " + e.path + " has no name")
		}
	}
}
