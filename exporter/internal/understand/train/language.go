package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/understand/language"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/understand/language/data"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/understand/linear"
)

// languageOptions were chosen on the development texts of package language and
// on a quarter of the project's own phrases kept apart for that: twice the
// buckets give 1.5 points more of those, and pruning makes the packed model a seventh smaller.
var languageOptions = linear.Options{
	Classes: 4, Bits: 15, Norm: linear.Sum, Epochs: 8, Rate: 0.1, L2: 1e-6, NoBias: true, Prune: 0.1, Seed: 1,
}

const (
	// ownWeight is what a phrase of the project counts against a film line: the
	// phrases are few, and like what will be read.
	ownWeight = 8
	// sharedWeight is what a word of several languages counts in each of them.
	sharedWeight = 24
	// bareWeight is that of a line with its accents taken off, pieceWeight that
	// of a few words cut out of a line: chats are unaccented and short.
	bareWeight  = 0.5
	pieceWeight = 0.5
)

// languageFiles of the data and the lines of them that may be used. The English
// side of the parallel files is partly Danish: only xed-en is English, and only
// lines with Danish letters are surely something else.
var languageFiles = []struct {
	name string
	use  map[string]int // by the language column
}{
	{"sentiment/xed-pt.tsv", map[string]int{"pt": language.Portuguese}},
	{"sentiment/xed-es.tsv", map[string]int{"es": language.Spanish}},
	{"sentiment/xed-en.tsv", map[string]int{"en": language.English}},
	{"sentiment/xed-silver-pt.tsv", map[string]int{"pt": language.Portuguese}},
	{"sentiment/xed-silver-es.tsv", map[string]int{"es": language.Spanish}},
	{"sentiment/parallel-en-pt.tsv", map[string]int{"pt": language.Portuguese, "en": language.None}},
	{"sentiment/parallel-en-es.tsv", map[string]int{"es": language.Spanish, "en": language.None}},
}

func trainLanguage(from source) ([]byte, error) {
	var set languageSet
	for _, f := range languageFiles {
		rows, err := from.rows(f.name)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			class, ok := f.use[r.lang]
			if !ok || class == language.None && !strings.ContainsAny(r.text, "æøåÆØÅ") {
				continue
			}
			set.add(r.text, class, 1)
		}
	}
	classes := map[string]int{"none": language.None}
	for i, name := range language.Names()[:language.None] {
		classes[name] = i
	}
	for _, name := range []string{"pt", "es", "en", "none", "shared"} {
		b, err := data.Texts.ReadFile(name + ".txt")
		if err != nil {
			return nil, fmt.Errorf("own phrases: %w", err)
		}
		for line := range strings.Lines(string(b)) {
			line = strings.TrimSpace(line)
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			if name != "shared" {
				set.add(line, classes[name], ownWeight)
				continue
			}
			of, word, _ := strings.Cut(line, "\t")
			for lang := range strings.FieldsSeq(of) {
				class, ok := classes[lang]
				if !ok || word == "" {
					return nil, fmt.Errorf("own phrases: %s.txt: %q: want languages, a tab, a word", name, line)
				}
				set.example(word, class, sharedWeight)
			}
		}
	}
	m, err := linear.Train(slices.Values(set.examples), languageOptions)
	if err != nil {
		return nil, err
	}
	return m.Append(nil), nil
}

// languageSet gathers examples; a text counts once, whatever the file.
type languageSet struct {
	seen     map[string]bool
	examples []linear.Example
}

func (s *languageSet) add(text string, class int, weight float64) {
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	if text == "" || s.seen[text] {
		return
	}
	s.seen[text] = true
	s.example(text, class, weight)
	if bare := unaccented.Replace(text); bare != text {
		s.example(bare, class, weight*bareWeight)
	}
	if last := text[len(text)-1]; weight == ownWeight && strings.IndexByte("aeiou", last) >= 0 {
		s.example(text+string(last), class, weight*bareWeight) // "boa tardee"
	}
	words := strings.Fields(text)
	for _, n := range [...]int{1, 2, 3} {
		if len(words) > n+1 {
			// Which words depends on the text alone, not on its neighbours.
			at := len(text) % (len(words) - n)
			s.example(unaccented.Replace(strings.Join(words[at:at+n], " ")), class, weight*pieceWeight)
		}
	}
}

func (s *languageSet) example(text string, class int, weight float64) {
	if f := language.Features(text, make([]uint32, 0, 4096)); len(f) > 0 {
		s.examples = append(s.examples, linear.Example{Features: slices.Clone(f), Class: class, Weight: weight})
	}
}

// unaccented takes accents off and leaves out what phones make tedious.
var unaccented = strings.NewReplacer(
	"á", "a", "à", "a", "â", "a", "ã", "a", "ä", "a", "é", "e", "è", "e", "ê", "e", "ë", "e", "í", "i", "ì", "i", "î", "i", "ï", "i",
	"ó", "o", "ò", "o", "ô", "o", "õ", "o", "ö", "o", "ú", "u", "ù", "u", "û", "u", "ü", "u", "ç", "c", "ñ", "n",
	"Á", "A", "À", "A", "Â", "A", "Ã", "A", "É", "E", "Ê", "E", "Í", "I", "Ó", "O", "Ô", "O", "Õ", "O", "Ú", "U", "Ç", "C", "Ñ", "N",
	"¿", "", "¡", "", "'", "",
)
