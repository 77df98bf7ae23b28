package topic

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
)

// Limits of configured rules. They bound memory and the time that a message
// takes; patterns are bounded by those of text.Matcher besides, all types
// together: MaxPatterns, their length and the size of their programs.
const (
	// MaxKeywords of all types together.
	MaxKeywords = 2000
	// MaxKeyword is the longest keyword, in bytes; it has maxKeywordWords at
	// most.
	MaxKeyword      = 100
	maxKeywordWords = 8
	// patternWords is how many words a pattern counts as where several rules
	// match.
	patternWords = 2
)

// own finds the configuration's own rules.
type own struct {
	names []string
	// keywords maps phrases, hashed with their language, to 1 + an index of
	// found; first words of phrases to the length of the longest.
	keywords table
	found    []keyword
	// any tells whether any pattern matches, so that most messages are run
	// through one matcher only.
	any      *text.Matcher
	patterns []pattern
}

type keyword struct{ typ, words int }

type pattern struct {
	typ      int
	language string
	matcher  *text.Matcher
}

// langSalt keeps the keywords of languages apart.
func langSalt(h uint64, language string) uint64 {
	if language == "" {
		return h
	}
	return addWord(h, hashWord(language)^stemSalt)
}

// compile checks and compiles the rules of types.
func compile(types []Type) (*own, error) {
	o := &own{}
	var errs []error
	var all []string
	var at []RuleError
	count := 0
	for i, t := range types {
		o.names = append(o.names, t.Name)
		for j, k := range t.Keywords {
			count++
			if err := o.addKeyword(i, k); err != nil {
				errs = append(errs, &RuleError{Type: i, Index: j, Err: err})
			}
		}
		for j, p := range t.Patterns {
			where := RuleError{Type: i, Index: j, Pattern: true}
			if err := checkLanguage(p.Language); err != nil {
				where.Err = err
				errs = append(errs, &where)
			}
			all, at = append(all, p.Text), append(at, where)
		}
	}
	if count > MaxKeywords {
		errs = append(errs, fmt.Errorf("%d keywords are too many: at most %d in all types together", count, MaxKeywords))
	}
	if len(all) > text.MaxPatterns {
		errs = append(errs, fmt.Errorf("%d patterns are too many: at most %d in all types together, join some with |", len(all), text.MaxPatterns))
		return nil, errors.Join(errs...)
	}
	var err error
	if o.any, err = text.NewMatcher(all, false); err != nil {
		for _, err := range unjoin(err) {
			var pe *text.PatternError
			if !errors.As(err, &pe) {
				errs = append(errs, err)
				continue
			}
			where := at[pe.Index]
			where.Err = pe.Err
			errs = append(errs, &where)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return o, o.addPatterns(types)
}

// addPatterns compiles the patterns of each type and language into one.
func (o *own) addPatterns(types []Type) error {
	for i, t := range types {
		for _, language := range append([]string{""}, languages[:]...) {
			var list []string
			for _, p := range t.Patterns {
				if p.Language == language {
					list = append(list, p.Text)
				}
			}
			if len(list) == 0 {
				continue
			}
			m, err := text.NewMatcher(list, false)
			if err != nil {
				return err
			}
			o.patterns = append(o.patterns, pattern{i, language, m})
		}
	}
	return nil
}

func (o *own) addKeyword(typ int, k Rule) error {
	if err := checkLanguage(k.Language); err != nil {
		return err
	}
	if len(k.Text) > MaxKeyword {
		return fmt.Errorf("is %d bytes long: at most %d", len(k.Text), MaxKeyword)
	}
	tokens := tokenize(nil, text.Fold(k.Text))
	switch {
	case len(tokens) == 0 || !strings.ContainsFunc(k.Text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }):
		return errors.New("has no word: write words, and what has none as a pattern")
	case len(tokens) > maxKeywordWords:
		return fmt.Errorf("has %d words: at most %d", len(tokens), maxKeywordWords)
	}
	h := tokens[0].hash
	start := langSalt(h^startSalt, k.Language)
	for _, t := range tokens[1:] {
		h = addWord(h, t.hash)
	}
	h = langSalt(h, k.Language)
	if v := o.keywords.get(h); v != 0 {
		if first := o.found[v-1].typ; first != typ {
			return fmt.Errorf("is a keyword of %s already: keep one", o.names[first])
		}
		return nil
	}
	o.found = append(o.found, keyword{typ, len(tokens)})
	o.keywords.put(h, uint32(len(o.found)))
	o.keywords.put(start, max(o.keywords.get(start), uint32(len(tokens))))
	return nil
}

func checkLanguage(l string) error {
	if l == "" {
		return nil
	}
	for _, known := range languages {
		if l == known {
			return nil
		}
	}
	return fmt.Errorf("%.10q is no language: write %s", l, strings.Join(languages[:], ", "))
}

// match gives the name of the type that a rule names, "" for none: of several
// rules the one of most words, of those the first type's.
func (o *own) match(folded string, tokens []token, language string) string {
	best := keyword{typ: len(o.names)}
	consider := func(k keyword) {
		if k.words > best.words || k.words == best.words && k.typ < best.typ {
			best = k
		}
	}
	if len(o.found) > 0 {
		o.phrases(tokens, "", consider)
		for _, l := range languages {
			if l == language || !known(language) {
				o.phrases(tokens, l, consider)
			}
		}
	}
	if len(o.patterns) > 0 && o.any.Match(folded) {
		for _, p := range o.patterns {
			if (p.language == "" || p.language == language || !known(language)) && p.matcher.Match(folded) {
				consider(keyword{p.typ, patternWords})
			}
		}
	}
	if best.words == 0 {
		return ""
	}
	return o.names[best.typ]
}

// phrases calls found for each keyword of a language.
func (o *own) phrases(tokens []token, language string, found func(keyword)) {
	for i := range tokens {
		h := tokens[i].hash
		longest := int(o.keywords.get(langSalt(h^startSalt, language)))
		for n := 1; n <= longest && i+n <= len(tokens); n++ {
			if n > 1 {
				h = addWord(h, tokens[i+n-1].hash)
			}
			if v := o.keywords.get(langSalt(h, language)); v != 0 {
				found(o.found[v-1])
			}
		}
	}
}

func known(language string) bool { return language != "" && checkLanguage(language) == nil }

// unjoin gives the errors that err joins.
func unjoin(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}
