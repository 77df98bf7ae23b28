package text

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
	"time"
)

func mustMatcher(t testing.TB, whole bool, patterns ...string) *Matcher {
	t.Helper()
	m, err := NewMatcher(patterns, whole)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMatcher(t *testing.T) {
	for _, tc := range []struct {
		pattern, message string
		whole, part      bool
	}{
		{"obrigad[oa]", "Obrigado!", true, true},
		{"obrigad[oa]", "obrigada, mas não chegou", false, true},
		{"obrigado", "desobrigado", false, true},
		{`\bobrigado\b`, "desobrigado", false, false},
		{"a|b", "b", true, true},
		{"a|b", "bc", false, true},
		{"não", "NAO", true, true},
		{"NÃO", "não", true, true},
		{"(?i)NÃO", "não", true, true},
		{"n[ãâ]o", "não", true, true},
		{"n[ãâ]o", "neo", false, false},
		{"n[^ã]o", "nao", true, true}, // negated classes are taken at their word
		{"❤️", "❤️", true, true},
		{"❤️+", "❤❤️", true, true},
		{"a\u0303+", "ãã", true, true},
		{"👍🏽", "👍🏿", true, true},
		{"👍+", "👍👍👍", true, true},
		{"valeuuu", "valeuuuuuu", true, true},
		{"k+", "KKKKK", true, true},
		{"^atendente$", "atendente", true, true},
		{"^atendente$", "o atendente", false, false},
		{"(?m)^ok$", "ok", true, true},
		{`\S+ \d{2}`, "Dia 10", true, true},
		{`\pL+`, "Straße", true, true},
		{"x*y?z", "z", true, true},
		{"(?:a)(?P<n>b)", "ab", true, true},
		{"ﬁm", "fim", true, true},
	} {
		folded := Fold(tc.message)
		if got := mustMatcher(t, true, tc.pattern).Match(folded); got != tc.whole {
			t.Errorf("pattern %q, whole message %q: %v", tc.pattern, folded, got)
		}
		if got := mustMatcher(t, false, tc.pattern).Match(folded); got != tc.part {
			t.Errorf("pattern %q, part of message %q: %v", tc.pattern, folded, got)
		}
	}
}

func TestMatcherOfMany(t *testing.T) {
	m := mustMatcher(t, true, "ok", "(?i)Valeu|vlw", "gracias")
	for text, want := range map[string]bool{"ok": true, "valeu": true, "vlw": true, "gracias": true, "ok vlw": false, "": false} {
		if m.Match(text) != want {
			t.Errorf("Match(%q) is not %v", text, want)
		}
	}
	var none *Matcher
	if none.Match("ok") || mustMatcher(t, false).Match("ok") {
		t.Error("a matcher without patterns matches")
	}
}

func TestMatcherRefuses(t *testing.T) {
	for _, tc := range []struct{ pattern, want string }{
		{"", "pattern 1: is empty: write a pattern or remove it"},
		{"  ", "pattern 1: is empty: write a pattern or remove it"},
		{"(obrigado", "pattern 1: is not RE2: missing closing ): \"(obrigado\""},
		{"a)|(b", "pattern 1: is not RE2: unexpected ): \"a)|(b\""},
		{"a(?=b)", "pattern 1: is not RE2: \"(?=\" is not supported (no lookaround, see https://github.com/google/re2/wiki/Syntax)"},
		{"(a)\\1", "pattern 1: is not RE2: invalid escape sequence: \"\\\\1\""},
		{"a{1001}", "pattern 1: is not RE2: invalid repeat count: \"{1001}\""},
		{"(ok)?", "pattern 1: matches a message without text: make at least one part of it required"},
		{"\ufe0f", "pattern 1: matches a message without text: make at least one part of it required"},
		{strings.Repeat("a", 1025), "pattern 1: is 1025 bytes long: at most 1024, write it as several patterns"},
		{"(abcdefghijkl){1000}", "pattern 1: is too large (14014 instructions, at most 10000): shorten counted repetitions"},
	} {
		_, err := NewMatcher([]string{tc.pattern}, true)
		if err == nil || err.Error() != tc.want {
			t.Errorf("NewMatcher(%q): %v, want %s", tc.pattern, err, tc.want)
		}
		var pe *PatternError
		if !errors.As(err, &pe) || pe.Index != 0 {
			t.Errorf("NewMatcher(%q): %v names no pattern", tc.pattern, err)
		}
	}

	_, err := NewMatcher([]string{"a", "(", "b", "[", "(abcdefg){1000}", "(bcdefgh){1000}", "c"}, false)
	got := strings.Split(err.Error(), "\n")
	if len(got) != 3 || !strings.HasPrefix(got[0], "pattern 2:") || !strings.HasPrefix(got[1], "pattern 4:") || !strings.HasPrefix(got[2], "pattern 6: the patterns up to this one are too large together") {
		t.Errorf("every bad pattern should be named: %q", got)
	}
	if _, err := NewMatcher(make([]string, 201), false); err == nil || !strings.Contains(err.Error(), "201 patterns are too many") {
		t.Errorf("201 patterns: %v", err)
	}
}

func TestMatchLongMessages(t *testing.T) {
	m := mustMatcher(t, false, `falar com (um|uma) (pessoa|atendente)`, `(a|aa)+b`, `(\w+ )+humano`)
	for _, unit := range []string{"a", "falar com um ", "palavra ", "ação "} {
		s := Fold(strings.Repeat(unit, (64<<10)/len(unit)))
		start := time.Now()
		if m.Match(s) {
			t.Errorf("%q… matches", unit)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%q…: took %v", unit, took)
		}
	}
}

// The patterns of a Matcher are folded, joined and stand behind a prefilter;
// nothing of that may change what a pattern matches by itself.
func FuzzMatcher(f *testing.F) {
	for _, s := range [][2]string{
		{"obrigad[oa]+", "obrigado"}, {"(?i)NÃO|[áé]{2,3}", "nao"}, {"(?s).*\\bhumano$", "um humano"}, {"❤️?👍🏽", "👍"},
		{`\Qa)b\E`, "a)b"}, {`[[:alpha:]]\pL\x{1F44D}`, "ab👍"}, {"(?m:^a$)|(?U:b+?)", "b"}, {"a{2,1000}", "aa"}, {"[^\\x00-\\x{10FFFF}]", "a"},
		{`falar com (uma? )?(pessoa|pessoal|atendente|(real )?person)`, "quero falar com uma pessoa"}, {"x(?:abc|abd|b(?:cd|)c?)+y{0,2}", "xbc"},
	} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, pattern, message string) {
		if len(message) > 1<<10 {
			return
		}
		message = Fold(message)
		for _, whole := range []bool{true, false} {
			m, err := NewMatcher([]string{"never said before", pattern}, whole)
			if err != nil {
				return
			}
			re, _, err := foldPattern(pattern)
			if err != nil {
				t.Fatalf("accepted pattern %q: %v", pattern, err)
			}
			alone := re.String()
			if whole {
				alone = `\A(?:` + alone + `)\z`
			}
			want := message != "" && regexp.MustCompile(alone).MatchString(message) || strings.Contains(message, "never said before")
			if got := m.Match(message); got != want && !strings.Contains(message, "never said before") {
				t.Errorf("pattern %q (whole %v) on %q: joined %v, alone %v", pattern, whole, message, got, want)
			}
		}
	})
}

func TestRequiredWords(t *testing.T) {
	for _, tc := range []struct {
		pattern string
		want    []string
	}{
		{"obrigado", []string{"obrigado"}},
		{"obrigad[oa]", []string{"obrigada", "obrigado"}},
		{"(?:um )?(?:pessoa|person)x*", []string{"person", "pessoa", "um person", "um pessoa"}},
		{`\bfalar (?:com|c) .*humano$`, []string{"humano"}},
		{"(?:ok[ ,]*)*(?:vlw|valeu)", []string{"valeu", "vlw"}},
		{"(?:👍|🙏){1,9}", []string{"👍", "🙏"}},
		{"(?:abc)+|x{2,3}yz", []string{"abc", "yz"}},
		{"a|bc", nil}, // too short to look for
		{".*", nil},
		{"(?:abc)?", nil},
		{`\w+`, nil},
		{`abc|\w+`, nil},
	} {
		re, err := syntax.Parse(tc.pattern, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Sorted(slices.Values(requiredWords(re))); !slices.Equal(got, tc.want) {
			t.Errorf("%q requires %q, want %q", tc.pattern, got, tc.want)
		}
	}
}
