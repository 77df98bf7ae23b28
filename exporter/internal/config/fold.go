package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// FoldConfig is the part of a configuration that the fold goes by. It is
// written into the journal, so that a replay repeats exactly what the server
// did. Secrets are no part of it, nor patterns: they act at intake, and what
// they found stands in the records.
//
// Everything is in canonical order (sources, teams and types by name, agents and
// inboxes by id), so that moving lines about in the file changes nothing.
// Durations are nanoseconds in its JSON.
type FoldConfig struct {
	Sources           []FoldSource `json:"sources,omitempty"`
	Teams             []string     `json:"teams,omitempty"`
	Agents            []Agent      `json:"agents,omitempty"`
	Targets           `json:"targets"`
	FoldConversations `json:"conversations"`
	// RequestTypes holds OtherRequestType.
	RequestTypes []RequestType `json:"request_types"`
	// DecideWithin this time after the opening the request type is decided.
	DecideWithin time.Duration `json:"decide_within"`
	// EscalationsTop is how many escalated conversations are named per team.
	EscalationsTop int `json:"escalations_top"`
	// LabelsMaxValues caps each label.
	LabelsMaxValues int `json:"labels_max_values"`
}

// FoldSource is what the fold has to know of a source.
type FoldSource struct {
	Name     string `json:"name"`
	Provider string `json:"provider"`
	// Channel is the channels that count, joined with commas.
	Channel       string        `json:"channel"`
	Resolves      bool          `json:"resolves"`
	ServiceWindow time.Duration `json:"service_window"`
	CloseAfter    time.Duration `json:"close_after"`
	Bot           bool          `json:"bot"`
	// Inboxes is the allow-list; empty means every inbox counts.
	Inboxes []FoldInbox `json:"inboxes,omitempty"`
}

// FoldInbox is what the fold has to know of an inbox.
type FoldInbox struct {
	ID   string `json:"id"`
	Team string `json:"team,omitempty"`
	Bot  bool   `json:"bot"`
}

// FoldConversations are the times by which threads are cut.
type FoldConversations struct {
	CloseAfter       time.Duration `json:"close_after"`
	ReopenWindow     time.Duration `json:"reopen_window"`
	ThanksCloseAfter time.Duration `json:"thanks_close_after"`
	LatenessGrace    time.Duration `json:"lateness_grace"`
}

// Fold gives the part of c that the fold depends on. It shares nothing with c.
func Fold(c *Config) FoldConfig {
	f := FoldConfig{
		Agents:  slices.Clone(c.Agents),
		Targets: c.Targets,
		FoldConversations: FoldConversations{
			CloseAfter:       c.Conversations.CloseAfter,
			ReopenWindow:     c.Conversations.ReopenWindow,
			ThanksCloseAfter: c.Conversations.ThanksCloseAfter,
			LatenessGrace:    c.Conversations.LatenessGrace,
		},
		DecideWithin:    c.RequestTypes.DecideWithin,
		EscalationsTop:  c.Escalations.Top,
		LabelsMaxValues: c.Labels.MaxValues,
	}
	for _, s := range c.Sources {
		if s.Feeds != "" {
			continue // its events count as the other source's
		}
		fs := FoldSource{
			Name:          s.Name,
			Provider:      s.Provider,
			Channel:       strings.Join(slices.Sorted(slices.Values(s.Channels)), ","),
			Resolves:      s.Resolves,
			ServiceWindow: s.ServiceWindow,
			CloseAfter:    s.CloseAfter,
			Bot:           s.Bot,
		}
		for _, i := range s.Inboxes {
			fs.Inboxes = append(fs.Inboxes, FoldInbox(i))
		}
		slices.SortFunc(fs.Inboxes, func(a, b FoldInbox) int { return strings.Compare(a.ID, b.ID) })
		f.Sources = append(f.Sources, fs)
	}
	for _, t := range c.Teams {
		f.Teams = append(f.Teams, t.Name)
	}
	for _, t := range c.RequestTypes.Types {
		f.RequestTypes = append(f.RequestTypes, RequestType{Name: t.Name, Labels: slices.Sorted(slices.Values(t.Labels))})
	}
	slices.SortFunc(f.Sources, func(a, b FoldSource) int { return strings.Compare(a.Name, b.Name) })
	slices.Sort(f.Teams)
	slices.SortFunc(f.Agents, func(a, b Agent) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(f.RequestTypes, func(a, b RequestType) int { return strings.Compare(a.Name, b.Name) })
	return f
}

// EncodeFold gives f as JSON; equal values give equal bytes.
func EncodeFold(f FoldConfig) []byte {
	b, err := json.Marshal(f)
	if err != nil {
		// Only a share that is no number could fail, and those are refused
		// when the configuration is read.
		panic(fmt.Sprintf("config: fold configuration cannot be encoded: %v", err))
	}
	return b
}

// DecodeFold reads what EncodeFold wrote, this version's or another's: fields
// that it does not know are passed over, fields that are missing get the values
// that held before there was such a field.
func DecodeFold(b []byte) (FoldConfig, error) {
	// A decoder writes into slices that are there already, element by element;
	// so only the values beside them start from the defaults.
	f := Fold(Default(Facts{}))
	types := f.RequestTypes
	f.Sources, f.Teams, f.Agents, f.RequestTypes = nil, nil, nil, nil
	dec := json.NewDecoder(bytes.NewReader(b))
	if err := dec.Decode(&f); err != nil {
		return FoldConfig{}, fmt.Errorf("read fold configuration from the journal: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return FoldConfig{}, fmt.Errorf("read fold configuration from the journal: more than one document")
	}
	if f.RequestTypes == nil {
		f.RequestTypes = types
	}
	for i := range f.Sources {
		s := &f.Sources[i]
		if s.Channel == "" {
			s.Channel = defaultChannel
		}
		if s.ServiceWindow == 0 {
			s.ServiceWindow = defaultServiceWindow
		}
		if s.CloseAfter == 0 {
			s.CloseAfter = closeAfter(s.Resolves, f.CloseAfter)
		}
	}
	return f, nil
}
