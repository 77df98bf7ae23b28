package audit

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
)

// Settings are what the configuration says.
type Settings struct {
	// Severities of the built-in rules, Off for those that are switched off.
	Severities [BuiltinRules]Severity
	// MaxLength [600] of a reply, in characters.
	MaxLength int
	// MaxInRow [3] is which message of a human in a row is one too many.
	MaxInRow int
	// Domains are the hosts, with those below them, that links may lead to; none
	// makes every link welcome.
	Domains []string
	// BuiltinWords [true]: the lists below are added to the built-in ones; else
	// they are all there is.
	BuiltinWords bool
	// Forbidden, Greetings and Closings are words and phrases; Allowed are taken
	// out of the built-in forbidden list.
	Forbidden, Allowed, Greetings, Closings []string
	Custom                                  []CustomRule
	Scripts                                 []Script
}

// CustomRule is a rule of the configuration's own: what human messages must not
// hold.
type CustomRule struct {
	Name     string
	Severity Severity
	// Words are words and phrases, found as whole words; a word that ends in *
	// stands for all that begin with it. Patterns are RE2, found anywhere in the
	// folded message.
	Words, Patterns []string
}

// Script is what has to be said in the conversations of a request type.
type Script struct {
	RequestType string
	Steps       []Step
}

// Step is said once one of the words or patterns stands in a human message.
type Step struct {
	Name            string
	Words, Patterns []string
}

// Limits of settings. They bound memory and the time that a message takes.
const (
	// MaxWords of all lists together.
	MaxWords = 5000
	// MaxWord is the longest word or phrase, in bytes; it has maxPhraseWords at
	// most.
	MaxWord        = 200
	maxPhraseWords = 12
	// MaxDomains that links may lead to.
	MaxDomains = 500
	// MaxReply is the highest MaxLength.
	MaxReply = 100_000
	// MaxRow is the highest MaxInRow.
	MaxRow = 100
	// minStem is the least that has to stand before a *, in bytes.
	minStem = 3
)

// Default gives what is in force where nothing is configured. Rules that would
// find what many helpdesks do on purpose are off: giving one's own IBAN or CNPJ
// to be paid is usual, and nobody has to call customers by their names.
func Default() Settings {
	s := Settings{MaxLength: 600, MaxInRow: 3, BuiltinWords: true}
	for r, severity := range map[Rule]Severity{
		ForbiddenWords: Critical, Shouting: Warning, CardNumber: Critical, Password: Critical, CPF: Info, ForeignLink: Warning, LongReply: Info,
		OtherLanguage: Warning, NoGreeting: Info, ManyInARow: Info, UnansweredAtClose: Warning, NoClosing: Info, ScriptStep: Warning,
	} {
		s.Severities[r] = severity
	}
	return s
}

// SettingError says which part of Settings cannot be used and why. Path names it
// as the configuration does, without what stands before: custom[2].words[0].
type SettingError struct {
	Path string
	Err  error
}

func (e *SettingError) Error() string { return e.Path + ": " + e.Err.Error() }

func (e *SettingError) Unwrap() error { return e.Err }

// Check gives what New would find wrong: a join of *SettingError.
func Check(s Settings) error {
	_, err := New(s)
	return err
}

// builder compiles settings and collects what is wrong with them.
type builder struct {
	a     *Auditor
	errs  []error
	words int
	// all are the patterns of custom rules and steps together, from where.
	all  []string
	from []string
}

func (b *builder) wrong(path, format string, args ...any) {
	b.errs = append(b.errs, &SettingError{path, fmt.Errorf(format, args...)})
}

// list adds words and phrases.
func (b *builder) list(path string, words []string, does action) {
	for i, w := range words {
		if b.words++; b.words == MaxWords+1 {
			b.wrong(fmt.Sprintf("%s[%d]", path, i), "there are more than %d words and phrases in all lists of audits together: shorten them", MaxWords)
		}
		if b.words > MaxWords {
			return
		}
		if err := b.a.phrases.add(w, does); err != nil {
			b.wrong(fmt.Sprintf("%s[%d]", path, i), "%w", err)
		}
	}
}

// builtin adds a list of this package.
func (b *builder) builtin(list string, does action, but map[string]bool) {
	for w := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == '\n' }) {
		if w = strings.TrimSpace(w); w == "" || but[plain(w)] {
			continue
		}
		if err := b.a.phrases.add(w, does); err != nil {
			panic("audit: built-in " + w + ": " + err.Error())
		}
	}
}

// allowed gives the phrases that are taken out of the forbidden list.
func (b *builder) allowed(words []string) map[string]bool {
	if len(words) == 0 {
		return nil
	}
	known := make(map[string]bool)
	for w := range strings.FieldsFuncSeq(forbidden, func(r rune) bool { return r == ',' || r == '\n' }) {
		known[plain(w)] = true
	}
	but := make(map[string]bool)
	for i, w := range words {
		if but[plain(w)] = true; !known[plain(w)] {
			b.wrong(fmt.Sprintf("allowed_words[%d]", i), "%.60q is not on the built-in list: remove it", w)
		}
	}
	return but
}

// plain gives the words of a phrase with a space between each two.
func plain(phrase string) string {
	folded := text.Fold(phrase)
	var words []string
	for _, t := range tokenize(nil, folded) {
		words = append(words, folded[t.from:t.to])
	}
	return strings.Join(words, " ")
}

// matcher compiles the patterns of a rule; nil without any.
func (b *builder) matcher(path string, patterns []string) *text.Matcher {
	if len(patterns) == 0 {
		return nil
	}
	m, err := text.NewMatcher(patterns, false)
	if err != nil {
		b.patternErrors(err, func(i int) string { return fmt.Sprintf("%s[%d]", path, i) }, path)
		return nil
	}
	for i, p := range patterns {
		b.all = append(b.all, p)
		b.from = append(b.from, fmt.Sprintf("%s[%d]", path, i))
	}
	return m
}

func (b *builder) patternErrors(err error, where func(int) string, whole string) {
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	for _, err := range list {
		var pe *text.PatternError
		if errors.As(err, &pe) {
			b.wrong(where(pe.Index), "%w", pe.Err)
		} else {
			b.wrong(whole, "%w", err)
		}
	}
}

// New compiles settings. The error joins one *SettingError for each part that
// cannot be used.
func New(s Settings) (*Auditor, error) {
	a := &Auditor{maxLength: s.MaxLength, severities: s.Severities}
	b := &builder{a: a}
	if s.MaxLength < 1 || s.MaxLength > MaxReply {
		b.wrong("max_length", "%d is out of bounds: write a number from 1 to %d", s.MaxLength, MaxReply)
	}
	if s.MaxInRow < 2 || s.MaxInRow > MaxRow {
		b.wrong("max_in_row", "%d is out of bounds: write a number from 2 to %d", s.MaxInRow, MaxRow)
	}
	b.domains(s.Domains)
	if s.BuiltinWords {
		b.builtin(forbidden, action{sets: hasForbiddenWords}, b.allowed(s.Allowed))
		b.builtin(greetings, action{sets: Greets, first: true}, nil)
		b.builtin(closings, action{sets: Closes}, nil)
	}
	for list, does := range marks {
		b.builtin(list, does, nil)
	}
	b.list("forbidden_words", s.Forbidden, action{sets: hasForbiddenWords})
	b.list("greetings", s.Greetings, action{sets: Greets, first: true})
	b.list("closings", s.Closings, action{sets: Closes})
	b.custom(s.Custom)
	b.scripts(s.Scripts)
	b.patterns()
	if err := errors.Join(b.errs...); err != nil {
		return nil, err
	}
	a.sum = s.Policy().sum()
	return a, nil
}

func (b *builder) domains(domains []string) {
	if len(domains) > MaxDomains {
		b.wrong("domains", "has %d items: at most %d", len(domains), MaxDomains)
		return
	}
	for i, d := range domains {
		host := strings.ToLower(strings.TrimSuffix(d, "."))
		if host == "" || strings.ContainsAny(host, "/:@*? \t") || !strings.Contains(host, ".") || strings.HasPrefix(host, ".") || !utf8.ValidString(host) {
			b.wrong(fmt.Sprintf("domains[%d]", i), "%.60q is no host: write for example example.com, which stands for shop.example.com too", d)
			continue
		}
		b.a.domains = append(b.a.domains, host)
	}
}

func (b *builder) custom(rules []CustomRule) {
	if len(rules) > MaxCustom {
		b.wrong("custom", "has %d items: at most %d", len(rules), MaxCustom)
		return
	}
	for i, r := range rules {
		at := fmt.Sprintf("custom[%d]", i)
		if _, taken := RuleByName(r.Name); taken {
			b.wrong(at+".name", "there is a built-in rule %s: choose another name", r.Name)
		}
		if slices.ContainsFunc(rules[:i], func(o CustomRule) bool { return o.Name == r.Name }) {
			b.wrong(at+".name", "there is a rule %s already: keep one", r.Name)
		}
		if len(r.Words)+len(r.Patterns) == 0 {
			b.wrong(at, "finds nothing: add words or patterns")
		}
		if r.Severity == Off {
			continue
		}
		sets := Traits(1) << (customShift + i)
		b.list(at+".words", r.Words, action{sets: sets})
		if m := b.matcher(at+".patterns", r.Patterns); m != nil {
			b.a.matchers = append(b.a.matchers, matcher{m, sets})
		}
	}
}

func (b *builder) scripts(scripts []Script) {
	n := 0
	for i, sc := range scripts {
		at := fmt.Sprintf("scripts[%d]", i)
		if slices.ContainsFunc(scripts[:i], func(o Script) bool { return o.RequestType == sc.RequestType }) {
			b.wrong(at+".request_type", "there is a script for %s already: join the two", sc.RequestType)
		}
		if len(sc.Steps) == 0 {
			b.wrong(at, "has no steps: add some")
		}
		for j, step := range sc.Steps {
			at := fmt.Sprintf("%s.steps[%d]", at, j)
			if slices.ContainsFunc(sc.Steps[:j], func(o Step) bool { return o.Name == step.Name }) {
				b.wrong(at+".name", "there is a step %s already: keep one", step.Name)
			}
			if len(step.Words)+len(step.Patterns) == 0 {
				b.wrong(at, "is never said: add words or patterns")
			}
			if n == MaxSteps {
				b.wrong(at, "there are more than %d steps in all scripts together: remove some", MaxSteps)
			}
			if n < MaxSteps {
				sets := Traits(1) << (stepShift + n)
				b.list(at+".words", step.Words, action{sets: sets})
				if m := b.matcher(at+".patterns", step.Patterns); m != nil {
					b.a.matchers = append(b.a.matchers, matcher{m, sets})
				}
			}
			n++
		}
	}
}

// patterns makes one matcher of all patterns, which bounds them and tells most
// messages apart at once.
func (b *builder) patterns() {
	if len(b.all) == 0 {
		return
	}
	m, err := text.NewMatcher(b.all, false)
	if err != nil {
		b.patternErrors(err, func(i int) string { return b.from[i] }, "custom")
		return
	}
	b.a.any = m
}
