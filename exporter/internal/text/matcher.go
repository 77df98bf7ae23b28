package text

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// Limits of a Matcher. They bound memory and the time of a match, which is
// linear in the text and in the size of the program.
const (
	// MaxPatterns a Matcher.
	MaxPatterns = 200
	// MaxPattern is the longest pattern, in bytes.
	MaxPattern = 1 << 10
	// maxProgram is the largest program, in instructions: of one pattern, and
	// in all. Counted repetitions ({1000}) are what makes programs large.
	maxProgram = 10_000
)

// PatternError says which pattern cannot be used and why.
type PatternError struct {
	// Index of the pattern among those given.
	Index int
	Err   error
}

func (e *PatternError) Error() string {
	return fmt.Sprintf("pattern %d: %v", e.Index+1, e.Err)
}

func (e *PatternError) Unwrap() error { return e.Err }

// Matcher tells whether a folded message matches any of its patterns. It may be
// used concurrently; a nil Matcher and one without patterns match nothing.
type Matcher struct {
	// Patterns whose matches always hold one of filter's words are in guarded,
	// the others in free. Either may be nil.
	filter        *prefilter
	guarded, free *regexp.Regexp
}

// NewMatcher compiles patterns into one. With whole, a pattern has to match the
// whole message, else any part of it.
//
// Patterns are RE2 and see folded messages. Their letters are folded as well, so
// that "não", "❤️" and "OK" may be written as they are spoken.
//
// The error joins one *PatternError for each pattern that cannot be used.
func NewMatcher(patterns []string, whole bool) (*Matcher, error) {
	if len(patterns) == 0 {
		return &Matcher{}, nil
	}
	if len(patterns) > MaxPatterns {
		return nil, fmt.Errorf("%d patterns are too many: at most %d, join some with |", len(patterns), MaxPatterns)
	}
	var (
		errs          []error
		size          int
		words         []string
		guarded, free []string
	)
	for i, p := range patterns {
		re, n, err := foldPattern(p)
		if size += n; err == nil && size > maxProgram {
			err = fmt.Errorf("the patterns up to this one are too large together (%d instructions, at most %d): shorten counted repetitions", size, maxProgram)
			size -= n
		}
		if err != nil {
			errs = append(errs, &PatternError{Index: i, Err: err})
			continue
		}
		if w := requiredWords(re); w != nil {
			words = append(words, w...)
			guarded = append(guarded, re.String())
		} else {
			free = append(free, re.String())
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	m := &Matcher{}
	if len(guarded) > 0 {
		if m.filter = newPrefilter(words); m.filter == nil {
			free, guarded = append(free, guarded...), nil
		}
	}
	var err error
	if m.guarded, err = join(guarded, whole); err != nil {
		return nil, err
	}
	if m.free, err = join(free, whole); err != nil {
		return nil, err
	}
	return m, nil
}

// join compiles patterns into one; nil for none.
func join(patterns []string, whole bool) (*regexp.Regexp, error) {
	if len(patterns) == 0 {
		return nil, nil
	}
	all := "(?:" + strings.Join(patterns, ")|(?:") + ")"
	if whole {
		all = `\A(?:` + all + `)\z`
	}
	re, err := regexp.Compile(all)
	if err != nil {
		return nil, fmt.Errorf("patterns cannot be joined: %w", err)
	}
	return re, nil
}

// Match tells whether a message, folded by Fold, matches.
func (m *Matcher) Match(folded string) bool {
	if m == nil || folded == "" {
		return false
	}
	if m.guarded != nil && m.filter.possible(folded) && m.guarded.MatchString(folded) {
		return true
	}
	return m.free != nil && m.free.MatchString(folded)
}

// foldPattern checks a pattern and gives it with its letters folded, and the
// size of its program in instructions.
func foldPattern(p string) (folded *syntax.Regexp, size int, err error) {
	switch {
	case len(p) > MaxPattern:
		return nil, 0, fmt.Errorf("is %d bytes long: at most %d, write it as several patterns", len(p), MaxPattern)
	case strings.TrimSpace(p) == "":
		return nil, 0, errors.New("is empty: write a pattern or remove it")
	}
	// What folding removes goes before parsing, so that in "❤️+" the plus is the
	// heart's and not the variation selector's.
	p = strings.Map(func(r rune) rune {
		if removed(r) {
			return -1
		}
		return r
	}, p)
	re, err := syntax.Parse(p, syntax.Perl)
	if err != nil {
		return nil, 0, describe(err)
	}
	if size = programSize(re); size > maxProgram {
		return nil, 0, fmt.Errorf("is too large (%d instructions, at most %d): shorten counted repetitions", size, maxProgram)
	}
	foldTree(re)
	c, err := regexp.Compile(re.String())
	if err != nil {
		return nil, 0, describe(err)
	}
	if c.MatchString("") {
		return nil, 0, errors.New("matches a message without text: make at least one part of it required")
	}
	return re, size, nil
}

// describe puts a parse error into our words.
func describe(err error) error {
	var se *syntax.Error
	if !errors.As(err, &se) {
		return err
	}
	if se.Code == syntax.ErrInvalidPerlOp && strings.HasPrefix(se.Expr, "(?") {
		return fmt.Errorf("is not RE2: %q is not supported (no lookaround, see https://github.com/google/re2/wiki/Syntax)", se.Expr)
	}
	if se.Expr == "" {
		return fmt.Errorf("is not RE2: %s", se.Code)
	}
	return fmt.Errorf("is not RE2: %s: %q", se.Code, se.Expr)
}
