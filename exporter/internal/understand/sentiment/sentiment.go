// Package sentiment judges how a customer's message sounds: negative, neutral or
// positive, in Portuguese, Spanish and English.
//
// Two halves are averaged: a lexicon with rules for negation, degree, contrast,
// irony, emoji and shouting, whose words are the trade's (lexicon.go), and a
// linear model over words and pieces of words, which knows tone (model.go).
// Nothing of a message is kept, logged or returned. Time is linear in the length
// of a message, of which the first MaxText bytes are looked at.
package sentiment

import (
	"math"
	"sync"
)

// Label is how a message sounds.
type Label uint8

// Labels.
const (
	Negative Label = iota
	Neutral
	Positive
)

var labels = [...]string{"negative", "neutral", "positive"}

func (l Label) String() string { return labels[l] }

// Result is a judgement. Score is -1 to 1, below 0 for negative; it orders
// messages and is no probability.
type Result struct {
	Label Label
	Score float64
}

// MaxText is how much of a message is read, in bytes.
const MaxText = 2 << 10

// The model's share of the score grows with the message: it was trained on whole
// sentences of films, and says little of "sim" and "pedido 123". It is larger where
// no word is known. What is neutral lies between below and above. By the messages in
// testdata's dev part.
const (
	below, above          = -0.15, 0.15
	shortWords            = 6
	shortShare, longShare = 0.2, 0.4
	longWords             = 20
	shortBlind, longBlind = 0.25, 0.45
	longBlindWords        = 14
)

// modelShare of a message of so many words; blind: none of them is known.
func modelShare(words int, blind bool) float64 {
	short, long, many := shortShare, longShare, longWords
	if blind {
		short, long, many = shortBlind, longBlind, longBlindWords
	}
	return short + float64(min(max(words, shortWords), many)-shortWords)/float64(many-shortWords)*(long-short)
}

// scratch is the reused memory of one judgement.
type scratch struct {
	text     []byte // words without apostrophes, one after the other
	words    []word
	found    []hit
	features []uint32
}

var scratches = sync.Pool{New: func() any {
	return &scratch{make([]byte, 0, MaxText), make([]word, 0, maxWords), make([]hit, 0, maxWords), make([]uint32, 0, maxFeatures)}
}}

// giveBack keeps nothing of a message.
func (s *scratch) giveBack() {
	clear(s.text[:cap(s.text)])
	scratches.Put(s)
}

// Score judges a message: raw as it was written, folded as text.Fold gives it, in
// a language ("pt", "es" or "en"; "" tries all). It may be called concurrently.
func Score(raw, folded, language string) Result {
	s := scratches.Get().(*scratch)
	defer s.giveBack()
	raw, folded = cut(raw), cut(folded)
	s.split(folded)
	lexical, certain := lexicalScore(s, raw, language)
	score := lexical
	if !certain && len(s.words) > 0 {
		share := modelShare(len(s.words), lexical == 0)
		score = (1-share)*lexical + share*s.modelScore()
	}
	score = math.Round(min(max(score, -1), 1)*1000) / 1000
	return Result{labelOf(score), score}
}

func labelOf(score float64) Label {
	switch {
	case score < below:
		return Negative
	case score > above:
		return Positive
	}
	return Neutral
}

func cut(s string) string {
	if len(s) <= MaxText {
		return s
	}
	return s[:MaxText]
}
