// Package topic tells what a customer's message asks for: the request type, by
// the configuration's own keywords and patterns, else by built-in rules in
// Portuguese, Spanish and English.
//
// It never keeps, logs or returns any part of a message. A message is looked at
// word by word, so that time is linear in its length, and only its first MaxText
// bytes are.
package topic

import (
	"fmt"
	"slices"
	"sync"
	"unicode/utf8"
)

// Type is a request type that messages can be of.
type Type struct {
	Name string
	// Keywords are words and phrases, Patterns RE2; either goes before all
	// built-in rules.
	Keywords, Patterns []Rule
	// OwnOnly: the built-in rules of a type of this name are left out.
	OwnOnly bool
}

// Rule is a keyword or a pattern.
type Rule struct {
	// Language is pt, es or en, or "" for all messages.
	Language string
	Text     string
}

// Result is what a message asks for.
type Result struct {
	// Type is the Name of one of the types, "" where none fits.
	Type string
	// Score says how sure that is, 0 to 1; 0 where none fits. It orders
	// results and is no probability.
	Score float64
	// Opening tells that the message only greets or thanks: a later one may
	// say what it is about.
	Opening bool
	// Configured tells that a keyword or pattern of the configuration decided.
	Configured bool
}

// Classifier finds types. It is never changed after New and may be used
// concurrently.
type Classifier struct {
	builtin *builtin
	own     *own
	// names of the built-in types that are listed, "" for those that are not.
	names [len(builtinTypes)]string
}

// New compiles the rules of types. The error joins a *RuleError for each rule
// that cannot be used, and others for what is too much in all.
func New(types []Type) (*Classifier, error) {
	c := &Classifier{builtin: loadBuiltin()}
	var err error
	if c.own, err = compile(types); err != nil {
		return nil, err
	}
	for i, name := range builtinTypes {
		for _, t := range types {
			if t.Name == name && !t.OwnOnly {
				c.names[i] = name
			}
		}
	}
	return c, nil
}

// Check gives what New would find wrong with types.
func Check(types []Type) error {
	_, err := compile(types)
	return err
}

// Languages gives those that there are built-in rules for, and that rules can be
// for.
func Languages() []string { return slices.Clone(languages[:]) }

const (
	// floor is the least weight that decides.
	floor = 4
	// behind is how much less than an unlisted type a listed one may weigh
	// and still be taken in its place.
	behind = 1.5
	// apart is what joining two sentences costs.
	apart = 1.4
	// maxSentences are told apart; those after them are one.
	maxSentences = 12
	// scope is how many words a negation reaches.
	scope = 4
	// fewWords make a message short.
	fewWords = 3
)

// scratch is what one call needs.
type scratch struct {
	tokens []token
	pos    [maxSentences]concepts
	neg    [maxSentences]concepts
}

var scratches = sync.Pool{New: func() any { return &scratch{tokens: make([]token, 0, maxTokens)} }}

// Asks tells whether a message ends in a question mark, which folding takes away.
func Asks(message string) bool {
	for i := len(message) - 1; i >= max(0, len(message)-16); i-- {
		switch message[i] {
		case '?':
			return true
		case ' ', '\n', '\t', '!', '.', ')':
		default:
			return false
		}
	}
	return false
}

// Classify gives the type of a message that text.Fold has folded and that, as it
// was, Asks or does not. language is pt, es or en; with any other the best of the
// three is taken.
func (c *Classifier) Classify(folded, language string, asks bool) Result {
	if len(folded) > MaxText {
		end := MaxText
		for end > 0 && !utf8.RuneStart(folded[end]) {
			end--
		}
		folded = folded[:end]
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.tokens = tokenize(s.tokens, folded)
	if len(s.tokens) == 0 {
		return Result{}
	}
	if asks {
		s.tokens[len(s.tokens)-1].ends = questionEnds
	}
	if name := c.own.match(folded, s.tokens, language); name != "" {
		return Result{Type: name, Score: 1, Configured: true}
	}
	var best Result
	for i, l := range languages {
		if l == language {
			return c.judge(folded, s, i)
		}
	}
	for i := range languages {
		if r := c.judge(folded, s, i); r.Score > best.Score {
			best = r
		}
	}
	return best
}

// RuleError says which keyword or pattern cannot be used and why.
type RuleError struct {
	// Type and Index are those of the rule among the types, and among the
	// type's keywords or patterns.
	Type, Index int
	Pattern     bool
	Err         error
}

func (e *RuleError) Error() string {
	what := "keyword"
	if e.Pattern {
		what = "pattern"
	}
	return fmt.Sprintf("type %d: %s %d: %v", e.Type+1, what, e.Index+1, e.Err)
}

func (e *RuleError) Unwrap() error { return e.Err }
