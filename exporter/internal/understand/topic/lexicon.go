package topic

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
)

//go:embed data/*.txt
var data embed.FS

// Languages that there are built-in rules for.
var languages = [...]string{"pt", "es", "en"}

// concepts is a set of concepts: what words mean, whatever the language.
type concepts [2]uint64

const maxConcepts = 128

func (c *concepts) add(i int)             { c[i>>6] |= 1 << (i & 63) }
func (c concepts) has(i int) bool         { return c[i>>6]>>(i&63)&1 == 1 }
func (c concepts) or(d concepts) concepts { return concepts{c[0] | d[0], c[1] | d[1]} }
func (c concepts) holds(d concepts) bool  { return c[0]&d[0] == d[0] && c[1]&d[1] == d[1] }
func (c concepts) meets(d concepts) bool  { return c[0]&d[0]|c[1]&d[1] != 0 }
func (c concepts) empty() bool            { return c[0]|c[1] == 0 }

// entry is what a word or phrase means.
type entry struct {
	// means these; denies these (cannot denies able).
	means, denies concepts
	// negates what follows.
	negates bool
	// filler says nothing of its own.
	filler bool
}

// lexicon is the words of one language, with those of the others that it does
// not have itself: customers mix, and language detection errs.
type lexicon struct {
	// words maps words, stems and phrases to 1 + an index of entries, first
	// words of phrases to the length of the longest.
	words   table
	aliases table
	entries []entry
	// same is the hash that each alias stands for.
	same []uint64
	// near finds words in spite of a slip.
	near near
}

// builtin is what the embedded files hold.
type builtin struct {
	names    map[string]int
	lexicons [len(languages)]lexicon
	rules    ruleset
	// What no word means: a message of few words, a long number, a question
	// mark.
	short, number, asks int
	// What makes a greeting.
	greets concepts
}

var loadBuiltin = sync.OnceValue(func() *builtin {
	b, err := readBuiltin()
	if err != nil {
		panic("topic: " + err.Error()) // a test reads the same files
	}
	return b
})

// definition is a line's word with what it is said to mean.
type definition struct {
	words []string // of a phrase
	stem  bool
	entry entry
}

func readBuiltin() (*builtin, error) {
	b := &builtin{names: make(map[string]int)}
	b.short, b.number, b.asks = b.concept("short"), b.concept("num"), b.concept("ask")
	var defs [len(languages)]map[string]*definition
	var aliases [len(languages)]map[string]string
	for i, l := range languages {
		file, err := data.ReadFile("data/" + l + ".txt")
		if err != nil {
			return nil, err
		}
		if defs[i], aliases[i], err = b.readWords(string(file)); err != nil {
			return nil, fmt.Errorf("%s.txt: %w", l, err)
		}
	}
	for i := range languages {
		lex := &b.lexicons[i]
		for from, to := range aliases[i] {
			lex.same = append(lex.same, hashWord(to))
			lex.aliases.put(hashWord(from), uint32(len(lex.same)))
		}
		all := make(map[string]*definition)
		for j := range languages {
			for key, d := range defs[j] {
				_, own := defs[i][key]
				if j == i {
					all[key] = d
				} else if d.stem {
					continue // means too much in another language
				} else if other := all[key]; !own && other == nil {
					all[key] = d
				} else if !own {
					merged := *other
					merged.entry = other.entry.and(d.entry)
					all[key] = &merged
				}
			}
		}
		for _, key := range slices.Sorted(maps.Keys(all)) {
			_, own := defs[i][key]
			lex.add(all[key], own, aliases[i])
		}
	}
	file, err := data.ReadFile("data/rules.txt")
	if err != nil {
		return nil, err
	}
	if b.rules, err = b.readRules(string(file)); err != nil {
		return nil, fmt.Errorf("rules.txt: %w", err)
	}
	for _, name := range []string{"hi", "hi2", "thanks", "bye"} {
		b.greets.add(b.concept(name))
	}
	return b, nil
}

// and joins what two entries mean.
func (e entry) and(o entry) entry {
	return entry{e.means.or(o.means), e.denies.or(o.denies), e.negates || o.negates, e.filler || o.filler}
}

// readWords reads the words of a language, by word or phrase.
func (b *builtin) readWords(file string) (map[string]*definition, map[string]string, error) {
	defs, aliases := make(map[string]*definition), make(map[string]string)
	for i, line := range strings.Split(file, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		name, list, ok := strings.Cut(line, ":")
		if !ok {
			return nil, nil, fmt.Errorf("line %d: no colon", i+1)
		}
		var e entry
		switch name {
		case "alias":
			for pair := range strings.FieldsSeq(list) {
				from, to, ok := strings.Cut(pair, "=")
				if !ok {
					return nil, nil, fmt.Errorf("line %d: alias %q has no =", i+1, pair)
				}
				aliases[text.Fold(from)] = text.Fold(to)
			}
			continue
		case "neg":
			e.negates, e.filler = true, true
			e.means.add(b.concept("no"))
		case "-neg_able":
			e.negates, e.filler = true, true
			e.means.add(b.concept("no"))
			e.denies.add(b.concept("able"))
		case "-", "filler":
			e.filler = true
		default:
			if denied, ok := strings.CutPrefix(name, "-"); ok {
				e.denies.add(b.concept(denied))
			} else {
				e.means.add(b.concept(name))
			}
		}
		if len(b.names) > maxConcepts {
			return nil, nil, fmt.Errorf("line %d: more than %d concepts", i+1, maxConcepts)
		}
		for item := range strings.FieldsSeq(list) {
			for _, words := range spell(item) {
				if err := define(defs, words, e); err != nil {
					return nil, nil, fmt.Errorf("line %d: %q: %w", i+1, item, err)
				}
			}
		}
	}
	return defs, aliases, nil
}

// concept gives the number of a name, a new one where it is new.
func (b *builtin) concept(name string) int {
	i, ok := b.names[name]
	if !ok {
		i = len(b.names)
		b.names[name] = i
	}
	return i
}

func define(defs map[string]*definition, words []string, e entry) error {
	d := &definition{words: words}
	key := strings.Join(words, " ")
	last := words[len(words)-1]
	if stem, ok := strings.CutSuffix(last, "*"); ok {
		if len(words) > 1 || len(stem) < minStem {
			return fmt.Errorf("a stem is one word of %d letters or more", minStem)
		}
		d.stem, d.words = true, []string{stem}
	}
	for i, w := range d.words {
		if strings.ContainsAny(w, "*/") || len(w) > maxWord || w == "" {
			return fmt.Errorf("%q is no word", w)
		}
		// The sign of an emoji folds to nothing at a text's end.
		if f := text.Fold(w); f != "" {
			d.words[i] = f
		}
	}
	if len(words) > maxPhrase {
		return fmt.Errorf("more than %d words", maxPhrase)
	}
	if old := defs[key]; old != nil {
		old.entry = old.entry.and(e)
		return nil
	}
	d.entry = e
	defs[key] = d
	return nil
}

const (
	minStem   = 3
	maxPhrase = 6
)

// spell writes out the choices of an item: (ja_comprei/pedi gives two phrases).
func spell(item string) [][]string {
	all := [][]string{nil}
	for part := range strings.SplitSeq(item, "_") {
		var next [][]string
		for choice := range strings.SplitSeq(part, "/") {
			for _, words := range all {
				next = append(next, append(append([]string(nil), words...), choice))
			}
		}
		all = next
	}
	return all
}

// add takes in a definition, the language's own or another's.
func (l *lexicon) add(d *definition, own bool, aliases map[string]string) {
	l.entries = append(l.entries, d.entry)
	value := uint32(len(l.entries))
	if d.stem {
		l.words.put(hashWord(d.words[0])^stemSalt, value)
		if own {
			l.near.add(d.words[0], true, value)
		}
		return
	}
	// Texts have their aliases replaced, so phrases have them replaced too.
	hashes := make([]uint64, len(d.words))
	for i, w := range d.words {
		if to, ok := aliases[w]; ok && len(d.words) > 1 {
			w = to
		}
		hashes[i] = hashWord(w)
	}
	if len(hashes) == 1 {
		l.words.put(hashes[0], value)
		if own {
			l.near.add(d.words[0], false, value)
		}
		return
	}
	start := hashes[0] ^ startSalt
	l.words.put(start, max(l.words.get(start), uint32(len(hashes))))
	h := hashes[0]
	for _, w := range hashes[1:] {
		h = addWord(h, w)
	}
	l.words.put(h, value)
}
