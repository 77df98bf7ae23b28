package config

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/calendar"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
)

func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.yml", "testdata/bad/*.yml", "../../../examples/*.yml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal("no seeds", pattern, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	for _, doc := range []string{
		"calendars: [{name: a, zone: UTC, hours: {fri-mon: [\"22:00-24:00\", \"00:00-02:00\"]}, holidays: [2026-02-29]}]",
		"calendars: [{name: a, zone: ../UTC, hours: {daily: [08:00-18:00, 08:00]}}]",
		"calendars: [{name: a, zone: UTC, hours: &h {<<: [*h, {mon: []}]}, holidays: [{date: 2026-12-25, hours: *h}, *h]}]",
		"agents: &a {label: hash, list: [{id: x, capacity: 1e3}, *a]}",
		"csat: {scales: [{scale: 2, scores: {1: 1, 01: 2, +2: 5}}, {scale: !!int '5', scores: ~}]}",
		"targets: {utilization_min: 1, overrides: [{team: a, inbox: a, csat: -0.0}, ~, {inbox: *a}]}",
		"conversations: {labels: [a, a, other, ~, {}]}\nconsent: {opt_in_patterns: ['(', '']}\nratios: {window: 32d}",
	} {
		f.Add([]byte(doc))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Contains(data, []byte("_file")) && bytes.Contains(data, []byte("/")) {
			// Not any file of the machine.
			return
		}
		c, err := Parse(data, dir, facts)
		if err != nil {
			var problems Errors
			if c != nil || !errors.As(err, &problems) || len(problems) == 0 || len(problems) > maxProblems+1 {
				t.Fatalf("%v, %#v", c, err)
			}
			for _, p := range problems {
				if p.Line < 1 || p.Column < 1 || p.Message == "" || strings.Contains(p.Message, "%!") {
					t.Errorf("incomplete: %#v", p)
				}
			}
			return
		}
		check(t, c)
		encoded := EncodeFold(Fold(c))
		decoded, err := DecodeFold(encoded)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(decoded, Fold(c)) {
			t.Errorf("decoding gives another configuration: %s", encoded)
		}
	})
}

// FuzzDecodeFold: what a journal holds, whoever wrote it, is read or refused, and
// reading what was read gives the same.
func FuzzDecodeFold(f *testing.F) {
	f.Add([]byte(beforeCalendars))
	for _, file := range []string{"full", "minimal", "calendars"} {
		c, err := Load("testdata/good/"+file+".yml", facts)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(EncodeFold(Fold(c)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := DecodeFold(data)
		if err != nil {
			return
		}
		encoded := EncodeFold(got)
		again, err := DecodeFold(encoded)
		if err != nil {
			t.Fatalf("%v: %s", err, encoded)
		}
		if b := EncodeFold(again); !bytes.Equal(b, encoded) {
			t.Errorf("%s\nbecomes %s", encoded, b)
		}
	})
}

// check holds for every configuration that is accepted.
func check(t *testing.T, c *Config) {
	t.Helper()
	for _, s := range c.Sources {
		if !namePattern.MatchString(s.Name) || s.ServiceWindow < minWindow || s.CloseAfter < minWindow ||
			len(s.Channels) == 0 || s.Proxy.GraphURL == "" || s.Answers.Malformed != 400 && s.Answers.Malformed != 200 ||
			s.Answers.Unauthorized != 401 && s.Answers.Unauthorized != 200 {
			t.Errorf("source: %+v", s)
		}
		if f, ok := facts.Providers[s.Provider]; !ok || f.NeedsSecret && len(s.Secret) < minSecret {
			t.Errorf("source: %+v", s)
		}
		for _, i := range s.Inboxes {
			if i.ID == "" || i.ID == "other" {
				t.Errorf("inbox: %+v", i)
			}
		}
	}
	if c.Targets.UtilizationMin > c.Targets.UtilizationMax || c.Targets.FirstResponse < minTarget || c.Targets.Resolution < minTarget {
		t.Errorf("targets: %+v", c.Targets)
	}
	for _, cal := range c.Calendars {
		spec := calendar.Spec{Zone: cal.Zone, Holidays: map[string][]calendar.Block{}}
		for day, blocks := range cal.Weekly {
			last := 0
			for _, b := range blocks {
				if b.From < last {
					t.Errorf("calendar %s: blocks of day %d are not in order: %v", cal.Name, day, blocks)
				}
				last = b.To
				spec.Weekly[day] = append(spec.Weekly[day], calendar.Block(b))
			}
		}
		for _, h := range cal.Holidays {
			if _, twice := spec.Holidays[h.Date]; twice {
				t.Errorf("calendar %s: %s twice", cal.Name, h.Date)
			}
			spec.Holidays[h.Date] = nil
			for _, b := range h.Blocks {
				spec.Holidays[h.Date] = append(spec.Holidays[h.Date], calendar.Block(b))
			}
		}
		// The fold refuses what does not compile, which would be too late.
		if _, err := calendar.Compile(spec); err != nil || !namePattern.MatchString(cal.Name) {
			t.Errorf("calendar %s: %v", cal.Name, err)
		}
	}
	for _, o := range c.TargetOverrides {
		if o.Team == "" && o.Inbox == "" || o == (TargetOverride{Team: o.Team, Inbox: o.Inbox}) {
			t.Errorf("override: %+v", o)
		}
		for _, v := range []*time.Duration{o.FirstResponse, o.Resolution, o.NegativeResponse} {
			if v != nil && (*v < minTarget || *v > maxTarget) {
				t.Errorf("override: %v", *v)
			}
		}
		for _, v := range []*float64{o.CSAT, o.FCR, o.UtilizationMin, o.UtilizationMax, o.Containment} {
			if v != nil && !(*v >= 0 && *v <= 1) {
				t.Errorf("override: %v", *v)
			}
		}
	}
	if s := c.CSAT; s.OpenFor < minWindow || s.SatisfiedMin < 1 || s.SatisfiedMin > bestScore {
		t.Errorf("csat: %+v", s)
	}
	for _, s := range c.CSAT.Scales {
		for score := 1; score <= s.Scale; score++ {
			if to := s.Scores[score]; to < 1 || to > bestScore {
				t.Errorf("scale %d: %d is %d", s.Scale, score, to)
			}
		}
		if s.Scale < 2 || s.Scale == bestScore {
			t.Errorf("scale: %d", s.Scale)
		}
	}
	switch a := c.AgentTimes; {
	case a.Label != AgentLabelID && a.Label != AgentLabelHash && a.Label != AgentLabelOff,
		a.BusyAfterMessage < 0, a.SessionTimeout < minWindow, a.UtilizationWindow < minWindow:
		t.Errorf("agents: %+v", a)
	}
	if c.Ratios.Window < minWindow || c.Ratios.Window > maxRatios || len(c.Conversations.Labels) > maxCounted {
		t.Errorf("ratios %v, %d labels", c.Ratios.Window, len(c.Conversations.Labels))
	}
	for _, patterns := range [][]string{c.Consent.OptInPatterns, c.Consent.OptOutPatterns} {
		if _, err := text.NewMatcher(patterns, true); err != nil {
			t.Error(err)
		}
	}
	others := 0
	for _, r := range c.RequestTypes.Types {
		if r.Name == OtherRequestType {
			others++
		}
	}
	if others != 1 {
		t.Errorf("request types: %+v", c.RequestTypes.Types)
	}
	if c.Labels.MaxValues < 1 || c.Escalations.Top < 0 || c.Conversations.LatenessGrace < 0 {
		t.Errorf("bounds: %+v", c)
	}
}
