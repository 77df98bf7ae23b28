package models

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Version is that of queries as they are stored now.
const Version = 1

// Types of queries. The last three are made by the frontend and by Grafana itself,
// which opens exemplars so.
const (
	TypeConversations = "conversations"
	TypeTranscript    = "transcript"
	TypeMessages      = "messages"
	TypeEscalations   = "escalations"
	TypeAudits        = "audits"
	TypeDiscrepancies = "discrepancies"
	TypeHeatmap       = "heatmap"
	TypeAnnotations   = "annotations"
	TypeVolume        = "volume"
	TypeContext       = "context"
	TypeExemplar      = "traceql"
)

// Types lists them.
var Types = []string{
	TypeConversations, TypeTranscript, TypeMessages, TypeEscalations, TypeAudits, TypeDiscrepancies, TypeHeatmap, TypeAnnotations,
	TypeVolume, TypeContext, TypeExemplar,
}

// Query is what is asked for, in its current form.
type Query struct {
	Version      int      `json:"version"`
	Type         string   `json:"queryType"`
	Conversation string   `json:"conversation,omitempty"`
	Filters      []Filter `json:"filters,omitempty"`
	Search       string   `json:"search,omitempty"`
	Sort         string   `json:"sort,omitempty"`
	Order        string   `json:"order,omitempty"`
	Limit        int      `json:"limit,omitempty"`
	Sample       int      `json:"sample,omitempty"`
	Seed         int64    `json:"seed,omitempty"`
	Zone         string   `json:"zone,omitempty"`
	// Annotations are what is shown: escalations, closings.
	Annotations []string `json:"annotations,omitempty"`
	Live        bool     `json:"live,omitempty"`
	// Row and Direction of a context: before (BACKWARD) or after a row.
	Row       string `json:"row,omitempty"`
	Direction string `json:"direction,omitempty"`
}

// Filter is one of them; several values are alternatives.
type Filter struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"`
	Values   []string `json:"values"`
}

// Keys of filters, and those that only messages have.
var (
	Keys = []string{
		"state", "source", "inbox", "team", "agent", "request_type", "trigger", "sentiment", "csat", "closed_by", "escalated", "audit_rule", "contact",
	}
	MessageKeys = []string{"direction", "actor"}
)

// MaxLimit is how many rows an answer has at most.
const MaxLimit = 1000

// ParseQuery reads a query of any version, queryType beside it where Grafana has it
// apart.
func ParseQuery(raw json.RawMessage, queryType string) (*Query, error) {
	var q Query
	var old struct {
		Version *int   `json:"version"`
		Query   string `json:"query"`
		// Version 0 was flat.
		ConversationID string          `json:"conversationId"`
		Team           json.RawMessage `json:"team"`
		Agent          json.RawMessage `json:"agent"`
		Text           string          `json:"text"`
	}
	if err := json.Unmarshal(raw, &old); err != nil {
		return nil, fmt.Errorf("the query is no query of this data source: %w", err)
	}
	team, isTeam := text(old.Team)
	agent, isAgent := text(old.Agent)
	// Grafana may lay the default query under a stored one, its version with it.
	if flat := old.ConversationID != "" || isTeam || isAgent || old.Text != ""; flat {
		var kept struct {
			Type string `json:"queryType"`
		}
		_ = json.Unmarshal(raw, &kept) // has been read above
		q = Query{Version: Version, Type: kept.Type, Conversation: old.ConversationID, Search: old.Text}
		for _, f := range []struct{ key, value string }{{"team", team}, {"agent", agent}} {
			if f.value != "" {
				q.Filters = append(q.Filters, Filter{f.key, "=", []string{f.value}})
			}
		}
	} else if err := json.Unmarshal(raw, &q); err != nil {
		return nil, fmt.Errorf("the query cannot be read: %w", err)
	}
	if q.Type == "" {
		q.Type = queryType
	}
	if q.Version > Version {
		return nil, fmt.Errorf("the query is of version %d, this plugin knows up to %d: update the plugin", q.Version, Version)
	}
	q.Version = Version
	switch {
	case q.Type == TypeExemplar:
		q.Type, q.Conversation = TypeTranscript, strings.TrimSpace(old.Query)
	case q.Type == "":
		q.Type = TypeConversations
	}
	if !slices.Contains(Types, q.Type) {
		return nil, fmt.Errorf("there is no query type %q: choose one of %s", q.Type, strings.Join(Types[:8], ", "))
	}
	return &q, q.check()
}

func text(raw json.RawMessage) (s string, ok bool) {
	return s, len(raw) > 0 && json.Unmarshal(raw, &s) == nil
}

func (q *Query) check() error {
	messages := q.Type == TypeMessages || q.Type == TypeVolume
	for _, f := range q.Filters {
		switch {
		case !slices.Contains(Keys, f.Key) && !(messages && slices.Contains(MessageKeys, f.Key)):
			return fmt.Errorf("there is no filter %q for %s: there are %s", f.Key, q.Type, strings.Join(Keys, ", "))
		case f.Operator != "=" && f.Operator != "!=" && f.Operator != "=|" && f.Operator != "!=|":
			return fmt.Errorf("the filter %s has the operator %q: it is = or !=", f.Key, f.Operator)
		}
	}
	switch {
	case q.Limit < 0 || q.Limit > MaxLimit:
		return fmt.Errorf("the limit is %d: it is 1 to %d", q.Limit, MaxLimit)
	case q.Sample < 0 || q.Sample > MaxLimit:
		return fmt.Errorf("the sample is %d: it is 1 to %d", q.Sample, MaxLimit)
	case (q.Type == TypeTranscript || q.Type == TypeContext) && q.Conversation == "":
		return fmt.Errorf("a %s needs the id of a conversation", q.Type)
	}
	return nil
}

// Parameters are the filters as the exporter's API has them.
func (q *Query) Parameters() url.Values {
	v := url.Values{}
	for _, f := range q.Filters {
		name, values := f.Key, f.Values
		switch f.Key {
		case "direction":
			name, values = "role", nil
			for _, value := range f.Values {
				values = append(values, directions[value]...)
			}
		case "actor":
			name, values = "role", nil
			for _, value := range f.Values {
				if value == "human" {
					value = "agent"
				}
				values = append(values, value)
			}
		}
		if len(values) == 0 {
			continue
		}
		if strings.HasPrefix(f.Operator, "!") {
			name = "not." + name
		}
		v[name] = append(v[name], values...)
	}
	if q.Conversation != "" {
		v.Set("conversation", q.Conversation)
	}
	if q.Search != "" {
		v.Set("q", q.Search)
	}
	if q.Limit > 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	return v
}

var directions = map[string][]string{"in": {"customer"}, "out": {"agent", "bot", "system", "unknown"}}
