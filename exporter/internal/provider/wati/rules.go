package wati

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// rules are what the configuration says about meanings. They are never changed.
type rules struct {
	// botNames and botEmails are in lower case.
	botNames, botEmails map[string]bool
	// localIDs, the longest beginnings first.
	localIDs []ownID
	// templates is who writes them, unless templatesBySender.
	templates            event.Actor
	templatesBySender    bool
	operator, noOperator event.Actor
	// assignees are e-mail addresses in lower case, or ownBot, by assignedId.
	assignees       map[string]string
	handbacks       bool
	surveyTemplates map[string]event.Survey
	surveyTexts     []surveyText
}

// ownID is a beginning of localMessageId and who it says wrote.
type ownID struct {
	begins string
	actor  event.Actor
}

// surveyText is how a message begins that asks for a score, in lower case.
type surveyText struct {
	begins string
	survey event.Survey
}

// ownBot is the name of Wati's own bot.
const ownBot = "bot"

var actors = map[string]event.Actor{
	"human": event.ActorHuman, "bot": event.ActorBot, "system": event.ActorSystem, "unknown": event.ActorUnknown,
}

var surveyKinds = map[string]event.Survey{"csat": event.SurveyCSAT, "nps": event.SurveyNPS}

func newRules(cfg config.Source) (rules, error) {
	k := cfg.Keys
	r := rules{
		botNames: lowered(k.List(keyBotNames)), botEmails: lowered(k.List(keyBotEmails)),
		assignees: make(map[string]string), handbacks: k.Bool(keyHandbacks), surveyTemplates: make(map[string]event.Survey),
	}
	r.botNames[ownBot] = true
	r.templatesBySender = k.Text(keyTemplates) == bySender
	for _, w := range []struct {
		key, otherwise string
		to             *event.Actor
	}{
		{keyTemplates, "system", &r.templates}, {keyOperator, "human", &r.operator}, {keyNoOperator, "unknown", &r.noOperator},
	} {
		if w.key == keyTemplates && r.templatesBySender {
			continue
		}
		actor, ok := actors[cmp.Or(k.Text(w.key), w.otherwise)]
		if !ok {
			return r, fmt.Errorf("%w: %s must be bot, human, system or unknown", ErrConfig, w.key)
		}
		*w.to = actor
	}
	for _, begins := range slices.Sorted(maps.Keys(k.Map(keyLocalIDs))) {
		actor, ok := actors[k.Map(keyLocalIDs)[begins]]
		if !ok {
			return r, fmt.Errorf("%w: local_id_prefixes must give bot, human, system or unknown", ErrConfig)
		}
		r.localIDs = append(r.localIDs, ownID{begins, actor})
	}
	slices.SortStableFunc(r.localIDs, func(a, b ownID) int { return cmp.Compare(len(b.begins), len(a.begins)) })
	for id, email := range k.Map(keyAssignees) {
		email = lower(email)
		if !strings.Contains(email, "@") && email != ownBot {
			return r, fmt.Errorf("%w: assignees gives e-mail addresses, or bot, by assignedId; %q is neither", ErrConfig, email)
		}
		r.assignees[strings.TrimSpace(id)] = email
	}
	return r, r.surveys(k)
}

// surveys reads what asks for a score.
func (r *rules) surveys(k config.Values) error {
	for name, word := range k.Map(keySurveyTemplates) {
		survey, ok := surveyKinds[word]
		if !ok {
			return fmt.Errorf("%w: survey_templates must give csat or nps", ErrConfig)
		}
		r.surveyTemplates[name] = survey
	}
	for _, begins := range slices.Sorted(maps.Keys(k.Map(keySurveyTexts))) {
		survey, ok := surveyKinds[k.Map(keySurveyTexts)[begins]]
		if !ok {
			return fmt.Errorf("%w: survey_texts must give csat or nps", ErrConfig)
		}
		r.surveyTexts = append(r.surveyTexts, surveyText{lower(begins), survey})
	}
	slices.SortStableFunc(r.surveyTexts, func(a, b surveyText) int { return cmp.Compare(len(b.begins), len(a.begins)) })
	return nil
}

func lower(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func lowered(list []string) map[string]bool {
	m := make(map[string]bool, len(list)+1)
	for _, v := range list {
		m[lower(v)] = true
	}
	return m
}

// survey tells whether a sent message asks for a score.
func (r *rules) survey(msg *event.Message) (event.Survey, bool) {
	if s, ok := r.surveyTemplates[msg.Template.Name]; ok && msg.Template.Name != "" {
		return s, true
	}
	if len(r.surveyTexts) == 0 {
		return 0, false
	}
	text := strings.TrimSpace(msg.Text)
	for _, s := range r.surveyTexts {
		// Lower case may have another length; folding is compared rune by rune.
		if begins(text, s.begins) {
			return s.survey, true
		}
	}
	return 0, false
}

// begins tells whether text begins with what is in lower case already.
func begins(text, with string) bool {
	for _, want := range with {
		got, size := firstLower(text)
		if size == 0 || got != want {
			return false
		}
		text = text[size:]
	}
	return true
}
