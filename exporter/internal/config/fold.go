package config

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/audit"
)

// FoldConfig is the part of a configuration that the fold goes by. It is
// written into the journal, so that a replay repeats exactly what the server
// did. Secrets are no part of it, nor patterns: they act at intake, and what
// they found stands in the records.
//
// Everything is in canonical order (sources, teams, types and calendars by name,
// agents and inboxes by id, holidays by date, targets by team and inbox), so that moving lines about in the file changes nothing.
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
	// AgentTimes is how agents are named and their time is judged.
	AgentTimes AgentTimes `json:"agent_times"`
	// AgentSalt keys the hashes of agents' ids where AgentTimes.Label is hash.
	// Fold leaves it empty: who knows the privacy key fills it in.
	AgentSalt string     `json:"agent_salt,omitempty"`
	Calendars []Calendar `json:"calendars,omitempty"`
	// TargetOverrides by team and inbox.
	TargetOverrides []TargetOverride `json:"target_overrides,omitempty"`
	// Surveys is how they are read.
	Surveys CSAT `json:"surveys"`
	// RatiosWindow is what ratio gauges look back on.
	RatiosWindow time.Duration `json:"ratios_window"`
	// ConversationLabels are the provider labels that are counted.
	ConversationLabels []string `json:"conversation_labels,omitempty"`
	// Segments are the customer segments that are a label, nil for none.
	Segments []string `json:"segments,omitempty"`
	// Audits are the rules for what humans write.
	Audits audit.Policy `json:"audits"`
	// TranscriptsRetention is how long conversations are found.
	TranscriptsRetention time.Duration `json:"transcripts_retention"`
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
		AgentTimes:      c.AgentTimes,
		Surveys:         CSAT{OpenFor: c.CSAT.OpenFor, SatisfiedMin: c.CSAT.SatisfiedMin},
		RatiosWindow:    c.Ratios.Window,
		Audits:          c.Audits.Policy(),

		TranscriptsRetention: c.Transcripts.Retention,
	}
	for _, o := range c.TargetOverrides {
		f.TargetOverrides = append(f.TargetOverrides, o.clone())
	}
	for _, s := range c.CSAT.Scales {
		f.Surveys.Scales = append(f.Surveys.Scales, Scale{Scale: s.Scale, Scores: maps.Clone(s.Scores)})
	}
	for _, cal := range c.Calendars {
		for i, blocks := range cal.Weekly {
			cal.Weekly[i] = slices.Clone(blocks)
		}
		cal.Holidays = slices.Clone(cal.Holidays)
		for i := range cal.Holidays {
			cal.Holidays[i].Blocks = slices.Clone(cal.Holidays[i].Blocks)
		}
		slices.SortFunc(cal.Holidays, func(a, b Holiday) int { return strings.Compare(a.Date, b.Date) })
		cal.Teams, cal.Inboxes = sorted(cal.Teams), sorted(cal.Inboxes)
		f.Calendars = append(f.Calendars, cal)
	}
	f.ConversationLabels = sorted(c.Conversations.Labels)
	if c.Segments.Label {
		f.Segments = slices.Clone(c.Segments.Names)
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
			fs.Inboxes = append(fs.Inboxes, FoldInbox{ID: i.ID, Team: i.Team, Bot: i.Bot})
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
	slices.SortFunc(f.Calendars, func(a, b Calendar) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(f.Surveys.Scales, func(a, b Scale) int { return a.Scale - b.Scale })
	slices.SortFunc(f.TargetOverrides, func(a, b TargetOverride) int {
		return cmp.Or(strings.Compare(a.Team, b.Team), strings.Compare(a.Inbox, b.Inbox))
	})
	slices.SortFunc(f.Agents, func(a, b Agent) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(f.RequestTypes, func(a, b RequestType) int { return strings.Compare(a.Name, b.Name) })
	return f
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

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
	f.Surveys.Scales = nil
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
