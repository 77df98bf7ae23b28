package zendesk

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// rules are what the configuration says about meanings. They are never changed.
type rules struct {
	// conversations: messages are read from Sunshine Conversations.
	conversations, notesOnly, opens bool
	users, integrations             map[string]event.Actor
	triggers                        event.Actor
	whatsApp                        map[string]bool
	groups, handoffTags             map[string]string
	presence                        string
	// By words in lower case.
	states       map[string]event.Presence
	ratings      map[string]int
	statuses     map[string]string
	consentTags  map[string]event.Consent
	segmentField string
}

var actors = map[string]event.Actor{
	"human": event.ActorHuman, "bot": event.ActorBot, "system": event.ActorSystem, "unknown": event.ActorUnknown,
}

var presences = map[string]event.Presence{
	"available": event.PresenceAvailable, "away": event.PresenceAway, "offline": event.PresenceOffline,
}

func newRules(cfg config.Source) (rules, error) {
	k := cfg.Keys
	r := rules{
		conversations: k.Text(keyMessages) == fromConversations || k.Text(keyMessages) == "" && len(secretsOf(cfg)) == 0,
		notesOnly:     k.Bool(keyNotesOnly),
		opens:         k.Bool(keyOpens),
		whatsApp:      map[string]bool{provider.WhatsApp: true},
		groups:        k.Map(keyGroups), handoffTags: lowered(k.Map(keyHandoff)),
		presence: cmp.Or(k.Text(keyPresence), presenceUnified),
		// Who is in "transfers only" takes no new conversations.
		states: map[string]event.Presence{
			"online": event.PresenceAvailable, "away": event.PresenceAway, "transfers only": event.PresenceAway,
			"offline": event.PresenceOffline, "invisible": event.PresenceAway,
		},
		ratings:      map[string]int{"good": scaleCSAT, "goodwithcomment": scaleCSAT, "bad": 1, "badwithcomment": 1},
		statuses:     map[string]string{},
		consentTags:  map[string]event.Consent{},
		segmentField: cfg.SegmentField,
	}
	for _, name := range k.List(keyChannels) {
		r.whatsApp[strings.ToLower(name)] = true
	}
	var err error
	if r.users, err = authorsOf(keyUsers, k); err != nil {
		return r, err
	}
	if r.integrations, err = authorsOf(keyIntegrations, k); err != nil {
		return r, err
	}
	for kind, actor := range map[string]event.Actor{agentWorkspace: event.ActorHuman, answerBot: event.ActorBot} {
		if _, ok := r.integrations[kind]; !ok {
			r.integrations[kind] = actor
		}
	}
	var ok bool
	if r.triggers, ok = actors[cmp.Or(k.Text(keyTriggers), "bot")]; !ok {
		return r, fmt.Errorf("%w: triggers must be bot, human, system or unknown", ErrConfig)
	}
	if err = r.words(k); err != nil {
		return r, err
	}
	for _, list := range []struct {
		key  string
		what event.Consent
	}{{keyOptIn, event.ConsentOptedIn}, {keyConfirmed, event.ConsentConfirmed}, {keyOptOut, event.ConsentOptedOut}} {
		for _, tag := range k.List(list.key) {
			tag = strings.ToLower(tag)
			if other, ok := r.consentTags[tag]; ok && other != list.what {
				return r, fmt.Errorf("%w: a tag of %s means another consent too; list it once", ErrConfig, list.key)
			}
			r.consentTags[tag] = list.what
		}
	}
	return r, nil
}

// words reads what states, ratings and statuses are called.
func (r *rules) words(k config.Values) error {
	for name, word := range lowered(k.Map(keyStates)) {
		state, ok := presences[word]
		if !ok {
			return fmt.Errorf("%w: states must be available, away or offline", ErrConfig)
		}
		r.states[name] = state
	}
	for n := 1; n <= scaleCSAT; n++ {
		r.ratings[strconv.Itoa(n)] = n
	}
	for word, score := range lowered(k.Map(keyRatings)) {
		n, err := strconv.Atoi(score)
		if err != nil || n < 1 || n > scaleCSAT {
			return fmt.Errorf("%w: ratings must be 1 to %d", ErrConfig, scaleCSAT)
		}
		r.ratings[word] = n
	}
	for word, status := range lowered(k.Map(keyStatuses)) {
		if !statuses[strings.ToUpper(status)] {
			return fmt.Errorf("%w: statuses must be new, open, pending, hold, solved or closed", ErrConfig)
		}
		r.statuses[word] = strings.ToUpper(status)
	}
	return nil
}

func authorsOf(key string, k config.Values) (map[string]event.Actor, error) {
	out := map[string]event.Actor{}
	for id, word := range k.Map(key) {
		actor, ok := actors[word]
		if !ok {
			return nil, fmt.Errorf("%w: %s must be bot, human, system or unknown", ErrConfig, key)
		}
		out[id] = actor
	}
	return out, nil
}

// lowered gives a map with its names in lower case.
func lowered(m map[string]string) map[string]string {
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[strings.ToLower(strings.TrimSpace(k))] = v
	}
	return out
}

// isBot tells whether a user is one.
func (r *rules) isBot(user string) bool { return r.users[user] == event.ActorBot }
