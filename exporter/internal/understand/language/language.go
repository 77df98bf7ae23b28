// Package language tells Portuguese, Spanish and English apart in chat
// messages, most of which are a few words long, unaccented and abbreviated. It
// works on the raw text, looks at its first kilobyte at most, never allocates
// and never blocks. It says nothing where a text says nothing: whoever knows
// the conversation's or the inbox's language falls back to that.
//
// The model is made by `go run ./exporter/internal/understand/train language`.
package language

import (
	_ "embed"
	"sync"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/understand/linear"
)

// Guess is what a text shows of its language.
type Guess struct {
	// Language is "pt", "es", "en", or "" where the text shows none of them:
	// emoji, digits, addresses, names, "ok", other scripts and languages.
	Language string
	// Confidence is the probability of Language as the model sees it, from 0.5
	// to 1; 0 if Language is "". Words that are written alike in two languages
	// ("banco", "urgente") stay under 0.9: a language known from earlier
	// messages says more than they do.
	Confidence float64
}

// The classes of the model. None is trained with names, brands and other
// languages, so that not every Latin letter has to be one of the three.
const (
	Portuguese = iota
	Spanish
	English
	None
	classes
)

var names = [classes]string{Portuguese: "pt", Spanish: "es", English: "en"}

// Names are the languages in the order of the classes; that of None is "".
func Names() []string { return append([]string(nil), names[:]...) }

// least is the probability under which a guess is not worth saying: another
// language is then as likely.
const least = 0.5

//go:embed model.bin
var encoded []byte

// model is decoded at first use, so that the training command, which imports
// this package for Features, runs whatever model.bin holds.
var model = sync.OnceValue(func() *linear.Model { return must(linear.Decode(encoded)) })

func must(m *linear.Model, err error) *linear.Model {
	if err != nil {
		panic(err) // the embedded file is of this very commit: tests would have failed
	}
	if m.Classes() != classes {
		panic("language: model of another number of classes")
	}
	return m
}

// Detect guesses the language of one message. Its cost is bounded whatever s
// is; it is safe for concurrent use.
func Detect(s string) Guess {
	var buffer [maxFeatures]uint32
	features := Features(s, buffer[:0])
	if len(features) == 0 {
		return Guess{}
	}
	var scores [classes]float32
	linear.Softmax(model().Scores(features, scores[:]))
	best := 0
	for i, p := range scores {
		if p > scores[best] {
			best = i
		}
	}
	if best == None || scores[best] < least {
		return Guess{}
	}
	return Guess{Language: names[best], Confidence: float64(scores[best])}
}
