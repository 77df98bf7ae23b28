// Package understand tells, of one customer's message, its language, how it
// sounds and what it asks for. It is where the three are put together: what
// language the message is in decides which words are looked up.
//
// Nothing of a message is kept, logged or returned.
package understand

import (
	"fmt"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/understand/language"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/understand/sentiment"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/understand/topic"
)

// Analyzer understands messages as a configuration says. It is never changed
// after New and may be used concurrently.
type Analyzer struct {
	topics             *topic.Classifier
	judges             bool
	negative, positive *text.Matcher
}

// New compiles the request types and the patterns of sentiment. Its errors name
// the key.
func New(types config.RequestTypes, mood config.Sentiment) (*Analyzer, error) {
	a := &Analyzer{judges: mood.Enabled}
	var err error
	if a.topics, err = topic.New(types.Topics()); err != nil {
		return nil, fmt.Errorf("request_types: %w", err)
	}
	for _, m := range []struct {
		name     string
		patterns []string
		to       **text.Matcher
	}{
		{"sentiment.negative_patterns", mood.NegativePatterns, &a.negative},
		{"sentiment.positive_patterns", mood.PositivePatterns, &a.positive},
	} {
		if *m.to, err = text.NewMatcher(m.patterns, false); err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return a, nil
}

// Result is what is found in a message.
type Result struct {
	// Language is pt, es, en or "" where nobody knows; Shown tells that the
	// message shows it clearly.
	Language string
	Shown    bool
	// Judged tells whether Sentiment was looked for.
	Judged    bool
	Sentiment sentiment.Result
	Topic     topic.Result
}

// clear is the confidence from which a message tells its language better than
// those before it.
const clear = 0.8

// Shown is the language that a text shows clearly, "" where it does not.
func Shown(raw string) string {
	if guess := language.Detect(raw); guess.Confidence >= clear {
		return guess.Language
	}
	return ""
}

// Analyze looks at a message: raw as it was written, folded as text.Fold gives it.
// known is the language in which its writer wrote before, usual that of the inbox;
// either may be "".
func (a *Analyzer) Analyze(raw, folded, known, usual string) Result {
	guess := language.Detect(raw)
	r := Result{Language: guess.Language, Shown: guess.Language != "" && guess.Confidence >= clear}
	if !r.Shown {
		switch {
		case known != "":
			r.Language = known
		case r.Language == "":
			r.Language = usual
		}
	}
	r.Topic = a.topics.Classify(folded, r.Language, topic.Asks(raw))
	if r.Judged = a.judges; r.Judged {
		r.Sentiment = a.judge(raw, folded, r.Language)
	}
	return r
}

// judge gives the sentiment; the configuration's words go first.
func (a *Analyzer) judge(raw, folded, language string) sentiment.Result {
	switch {
	case a.negative.Match(folded):
		return sentiment.Result{Label: sentiment.Negative, Score: -1}
	case a.positive.Match(folded):
		return sentiment.Result{Label: sentiment.Positive, Score: 1}
	}
	return sentiment.Score(raw, folded, language)
}
