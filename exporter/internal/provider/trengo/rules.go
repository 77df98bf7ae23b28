package trengo

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/convention"
)

// rules are what the configuration says about meanings. They are never changed.
type rules struct {
	// channels by id; others is what those are that are not listed.
	channels           map[string]string
	others             string
	users              map[string]event.Actor
	automation, closer event.Actor
	// systemTexts are in lower case.
	systemTexts []string
	surveyTexts []surveyText
	ticketOpens bool
	// labels and handoffTeams by name or id.
	labels       map[string]labelRule
	handoffTeams map[string]string
	teams        map[string]string
}

// labelRule is what a label means that is no mere label.
type labelRule struct {
	kind    event.Kind
	consent event.Consent
	reason  string
	answer  convention.Answer
}

// surveyText is how a message begins that asks for a score, in lower case.
type surveyText struct {
	begins string
	survey event.Survey
}

var surveys = map[string]event.Survey{"csat": event.SurveyCSAT, "nps": event.SurveyNPS}

// otherChannel is what a channel is that the configuration does not name, where
// it names one that is WhatsApp.
const otherChannel = "other"

var actors = map[string]event.Actor{
	"human": event.ActorHuman, "bot": event.ActorBot, "system": event.ActorSystem, "unknown": event.ActorUnknown,
}

func newRules(k config.Values) (rules, error) {
	r := rules{
		channels: map[string]string{}, users: map[string]event.Actor{},
		systemTexts: lowered(k.List(keySystemTexts)),
		ticketOpens: k.Bool(keyTicketOpens), handoffTeams: k.Map(keyHandoffTeams), teams: k.Map(keyTeams),
	}
	for id, name := range k.Map(keyChannels) {
		name = lower(name)
		if name == provider.WhatsApp {
			r.others = otherChannel
		}
		r.channels[strings.TrimSpace(id)] = name
	}
	for id, word := range k.Map(keyUsers) {
		actor, ok := actors[word]
		if !ok {
			return r, fmt.Errorf("%w: users must be bot, human, system or unknown", ErrConfig)
		}
		r.users[strings.TrimSpace(id)] = actor
	}
	var ok bool
	if r.automation, ok = actors[or(k.Text(keyAutomation), "bot")]; !ok {
		return r, fmt.Errorf("%w: automation must be bot, human, system or unknown", ErrConfig)
	}
	if r.closer, ok = actors[or(k.Text(keyCloser), "unknown")]; !ok || r.closer == event.ActorSystem {
		return r, fmt.Errorf("%w: closer must be unknown, human or bot", ErrConfig)
	}
	if err := r.surveyRules(k); err != nil {
		return r, err
	}
	if slices.Contains(r.systemTexts, "") || slices.ContainsFunc(r.surveyTexts, func(t surveyText) bool { return t.begins == "" }) {
		return r, fmt.Errorf("%w: system_texts and survey_texts must not hold an empty text: every message begins with it", ErrConfig)
	}
	var err error
	r.labels, err = labelRules(k)
	return r, err
}

// surveyRules reads what asks for a score, the longest text first.
func (r *rules) surveyRules(k config.Values) error {
	for text, word := range k.Map(keySurveyTexts) {
		survey, ok := surveys[word]
		if !ok {
			return fmt.Errorf("%w: survey_texts must give csat or nps", ErrConfig)
		}
		r.surveyTexts = append(r.surveyTexts, surveyText{lower(text), survey})
	}
	slices.SortFunc(r.surveyTexts, func(a, b surveyText) int {
		return cmp.Or(cmp.Compare(len(b.begins), len(a.begins)), cmp.Compare(a.begins, b.begins))
	})
	return nil
}

// survey tells whether a sent message asks for a score.
func (r *rules) survey(words string) (event.Survey, bool) {
	for _, t := range r.surveyTexts {
		if begins(words, t.begins) {
			return t.survey, true
		}
	}
	return 0, false
}

// labelRules puts the lists of labels together; a label has one meaning.
func labelRules(k config.Values) (map[string]labelRule, error) {
	rules, in := map[string]labelRule{}, map[string]string{}
	add := func(key, label string, rule labelRule) error {
		label = strings.TrimSpace(label)
		if was, ok := in[label]; ok {
			return fmt.Errorf("%w: label %q stands in %s and in %s; keep it in one", ErrConfig, label, was, key)
		}
		rules[label], in[label] = rule, key
		return nil
	}
	for _, list := range []struct {
		key  string
		rule labelRule
	}{
		{keyOptIn, labelRule{kind: event.ConsentChanged, consent: event.ConsentOptedIn}},
		{keyConfirmed, labelRule{kind: event.ConsentChanged, consent: event.ConsentConfirmed}},
		{keyOptOut, labelRule{kind: event.ConsentChanged, consent: event.ConsentOptedOut}},
		{keyPending, labelRule{kind: event.ConversationPending}},
	} {
		for _, label := range k.List(list.key) {
			if err := add(list.key, label, list.rule); err != nil {
				return nil, err
			}
		}
	}
	for label, reason := range k.Map(keyHandoff) {
		if err := add(keyHandoff, label, labelRule{kind: event.ConversationHandoff, reason: reason}); err != nil {
			return nil, err
		}
	}
	for label, word := range k.Map(keyCSAT) {
		if len(word) != 1 || word < "1" || word > "5" {
			return nil, fmt.Errorf("%w: csat_labels must give scores from 1 to 5", ErrConfig)
		}
		if err := add(keyCSAT, label, labelRule{kind: event.SurveyAnswered, answer: convention.Answer{Score: int(word[0] - '0')}}); err != nil {
			return nil, err
		}
	}
	return rules, nil
}

// channel names the channel of an id, "" where nothing is known of it.
func (r *rules) channel(id string) string {
	if id == "" {
		return ""
	}
	if name, ok := r.channels[id]; ok {
		return name
	}
	return r.others
}

// label gives what a label means, by its name or id.
func (r *rules) label(name, id string) (labelRule, bool) {
	if rule, ok := r.labels[name]; ok && name != "" {
		return rule, true
	}
	rule, ok := r.labels[id]
	return rule, ok && id != ""
}

func lower(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func lowered(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = lower(s)
	}
	return out
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
