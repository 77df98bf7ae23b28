package topic

import (
	"strings"
	"testing"
)

// What the rules need has words in every language, and what has words is needed
// by a rule.
func TestConceptsAreComplete(t *testing.T) {
	words := make(map[string]map[string]bool) // concept -> languages
	for _, l := range languages {
		file, err := data.ReadFile("data/" + l + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(file)) {
			name, _, ok := strings.Cut(line, ":")
			if !ok || name[0] == '#' {
				continue
			}
			name = strings.TrimLeft(name, "-")
			if words[name] == nil {
				words[name] = make(map[string]bool)
			}
			words[name][l] = true
		}
	}
	file, err := data.ReadFile("data/rules.txt")
	if err != nil {
		t.Fatal(err)
	}
	used := make(map[string]bool)
	for line := range strings.Lines(string(file)) {
		_, terms, ok := strings.Cut(line, ":")
		if !ok || line[0] == '#' {
			continue
		}
		for term := range strings.FieldsSeq(terms) {
			for c := range strings.SplitSeq(term, "|") {
				used[strings.TrimLeft(c, "+-!")] = true
			}
		}
	}
	// Those that the program finds itself, and those that English alone needs.
	computed := map[string]bool{"short": true, "num": true, "ask": true, "no": true}
	for _, c := range []string{"down", "remain", "comes", "unwanted", "waiting"} {
		computed[c] = true
	}
	for c := range used {
		if len(words[c]) < len(languages) && !computed[c] {
			t.Errorf("rules use %s, which has words in %v only", c, words[c])
		}
	}
	special := map[string]bool{"alias": true, "neg": true, "neg_able": true, "": true, "filler": true, "hi": true, "thanks": true, "bye": true}
	for c := range words {
		if !used[c] && !special[c] {
			t.Errorf("%s has words, but no rule needs it", c)
		}
	}
	if n := len(loadBuiltin().names); n > maxConcepts {
		t.Errorf("%d concepts", n)
	}
}

func TestSlips(t *testing.T) {
	var n near
	n.add("reembols", true, 1)
	n.add("tracking", false, 2)
	n.add("carro", false, 3) // too short
	n.add("cancel", true, 4)
	for word, want := range map[string]uint32{
		"reenbolso":   1,
		"rembolso":    1,
		"reebmolso":   1,
		"reembollso":  1,
		"treembolso":  0, // the first letter is never wrong
		"traking":     2,
		"trackin":     2,
		"trackingg":   2,
		"trackings":   2,
		"trackingzz":  0,
		"carrro":      0,
		"canselar":    4,
		"cancellar":   4,
		"canzaria":    0,
		"":            0,
		"reembó":      0,
		"tratamentos": 0,
	} {
		if got := n.find(word); got != want {
			t.Errorf("%q is found as %d, want %d", word, got, want)
		}
	}
}

func TestBadFiles(t *testing.T) {
	for _, file := range []string{"hi", "hi: a*", "hi: two_word*", "hi: a//b", "alias: a", "hi: " + strings.Repeat("x_", 6) + "x"} {
		b := &builtin{names: make(map[string]int)}
		if _, _, err := b.readWords(file); err == nil {
			t.Errorf("%q is taken", file)
		}
	}
	b := &builtin{names: map[string]int{"a": 0}}
	for _, file := range []string{"sales 5", "sales: a", "sales x: a", "what 5: a", "sales 5: b", "sales 5: !a", "sales 5: "} {
		if _, err := b.readRules(file); err == nil {
			t.Errorf("%q is taken", file)
		}
	}
}
