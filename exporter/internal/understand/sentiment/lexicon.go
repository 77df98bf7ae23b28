package sentiment

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed data/*.txt
var data embed.FS

// languages that there is a lexicon of.
var languages = [...]string{"pt", "es", "en"}

// role is what an entry does.
type role uint8

const (
	hasValence role = iota
	isNeutral       // says nothing, whatever its words do
	negates
	strengthens
	weakens
	contrasts
	isIrony
	mocks // praise that is none beside a complaint
)

var roles = map[string]role{
	"!neutral": isNeutral, "!negation": negates, "!more": strengthens, "!less": weakens, "!but": contrasts, "!irony": isIrony, "!mock": mocks,
}

// entry is a word or phrase.
type entry struct {
	// rest are the words after the first; first says only whether it is a stem.
	rest    []pattern
	role    role
	valence float64
}

// pattern is a word, or with stem its beginning.
type pattern struct {
	text string
	stem bool
}

func (p pattern) matches(w []byte) bool {
	if p.stem {
		return bytes.HasPrefix(w, []byte(p.text))
	}
	return string(w) == p.text
}

// lexicon is a language's. Entries stand under their first word, or its stem, the
// longest first.
type lexicon struct {
	words, stems map[string][]entry
	// shortest and longest stem in bytes.
	shortest, longest int
}

// lexicons are read at first use; the files are of this very commit, so that
// whatever is wrong with them fails the tests.
var lexicons = sync.OnceValue(func() (all [len(languages)]*lexicon) {
	for i, name := range languages {
		b, err := data.ReadFile("data/" + name + ".txt")
		if err == nil {
			all[i], err = readLexicon(string(b))
		}
		if err != nil {
			panic(fmt.Sprintf("sentiment: lexicon %s: %v", name, err))
		}
	}
	return all
})

func readLexicon(file string) (*lexicon, error) {
	l := &lexicon{words: map[string][]entry{}, stems: map[string][]entry{}, shortest: math.MaxInt}
	line := 0
	for text := range strings.Lines(file) {
		line++
		if text = strings.TrimSpace(text); text == "" || text[0] == '#' {
			continue
		}
		head, list, ok := strings.Cut(text, " ")
		e := entry{}
		if e.role, ok = roles[head]; !ok {
			valence, err := strconv.ParseFloat(head, 64)
			if err != nil || valence < -4 || valence > 4 || valence == 0 {
				return nil, fmt.Errorf("line %d: %q is no valence and no role", line, head)
			}
			e.valence = valence
		}
		for _, phrase := range strings.Split(list, ",") {
			if err := l.add(strings.Fields(phrase), e); err != nil {
				return nil, fmt.Errorf("line %d: %w", line, err)
			}
		}
	}
	for _, of := range []map[string][]entry{l.words, l.stems} {
		for _, entries := range of {
			// Of two of one length the role goes before the valence.
			slices.SortStableFunc(entries, func(a, b entry) int {
				return cmp.Or(len(b.rest)-len(a.rest), int(b.role)-int(a.role))
			})
		}
	}
	return l, nil
}

func (l *lexicon) add(words []string, e entry) error {
	if len(words) == 0 {
		return fmt.Errorf("an empty entry")
	}
	var all []pattern
	for _, w := range words {
		text, stem := strings.CutSuffix(w, "*")
		if len(text) < 2 && stem || strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789/") != "" {
			return fmt.Errorf("%q cannot stand in a folded text", w)
		}
		all = append(all, pattern{text, stem})
	}
	first := all[0]
	e.rest = all[1:]
	if !first.stem {
		l.words[first.text] = append(l.words[first.text], e)
		return nil
	}
	l.stems[first.text] = append(l.stems[first.text], e)
	l.shortest, l.longest = min(l.shortest, len(first.text)), max(l.longest, len(first.text))
	return nil
}

// find gives the longest entry that begins at word i, and of how many words. A
// word goes before a stem, a longer stem before a shorter one.
func (l *lexicon) find(s *scratch, i int) (best *entry, words int) {
	w := s.of(s.words[i])
	look := func(list []entry) {
		for k := range list {
			e := &list[k]
			if n := 1 + len(e.rest); n > words && s.follow(i, e.rest) {
				best, words = e, n
				return // the list has the longest first
			}
		}
	}
	look(l.words[string(w)])
	for n := min(l.longest, len(w)); n >= l.shortest; n-- {
		look(l.stems[string(w[:n])])
	}
	return best, words
}

// follow tells whether patterns match the words after word i, in one sentence.
func (s *scratch) follow(i int, rest []pattern) bool {
	if i+len(rest) >= len(s.words) {
		return len(rest) == 0
	}
	for k, p := range rest {
		if s.words[i+k].ends >= sentenceEnds || !p.matches(s.of(s.words[i+k+1])) {
			return false
		}
	}
	return true
}
