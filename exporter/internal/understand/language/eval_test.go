package language

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/understand/language/data"
)

type labelled struct{ lang, text string }

func mustRead(t testing.TB, path, lang string) []labelled {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []labelled
	for line := range strings.Lines(string(b)) {
		label, text, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok {
			t.Fatalf("%s: %q has no tab", path, line)
		}
		if lang != "" {
			label = lang
		}
		out = append(out, labelled{label, text})
	}
	return out
}

// tally counts guesses: by language, right, other and none.
type tally map[string]*[3]int

func (c tally) add(want, got string) bool {
	if c[want] == nil {
		c[want] = new([3]int)
	}
	switch got {
	case want:
		c[want][0]++
	case "":
		c[want][2]++
	default:
		c[want][1]++
	}
	return got == want
}

func (c tally) accuracy() (float64, int) {
	var right, all int
	for _, n := range c {
		right += n[0]
		all += n[0] + n[1] + n[2]
	}
	return float64(right) / float64(max(all, 1)), all
}

func (c tally) String() string {
	var b strings.Builder
	for _, lang := range []string{"pt", "es", "en"} {
		if n := c[lang]; n != nil {
			fmt.Fprintf(&b, "  %s: %3d of %3d, %d taken for another, %d undecided", lang, n[0], n[0]+n[1]+n[2], n[1], n[2])
		}
	}
	return b.String()
}

// Accuracy on texts that were never trained on. An undecided text counts as
// wrong. The mistakes of the development texts are listed with -v, those of the
// test texts are not, so that nobody mends them one by one.
func TestEval(t *testing.T) {
	for _, file := range []string{"dev", "test"} {
		c := tally{}
		for _, l := range mustRead(t, filepath.Join("testdata", file+".tsv"), "") {
			if g := Detect(l.text); !c.add(l.lang, g.Language) && file == "dev" {
				t.Logf("%s taken for %q (%.2f): %s", l.lang, g.Language, g.Confidence, l.text)
			}
		}
		share, all := c.accuracy()
		t.Logf("%-5s %.4f of %d%v", file, share, all, c)
		if share < 0.97 || all < 400 {
			t.Errorf("%s: accuracy %.4f of %d texts, want 0.97 of 400 or more", file, share, all)
		}
	}
}

// plain is a text without what may differ between two ways to write it.
func plain(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r <= '@' || r == '¿' || r == '¡' }), " ")
}

// mustTrained gives the project's own training phrases, plain, with their file.
func mustTrained(t testing.TB) map[string]string {
	t.Helper()
	trained := map[string]string{}
	for _, name := range []string{"pt.txt", "es.txt", "en.txt", "none.txt", "shared.txt"} {
		b, err := data.Texts.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			if _, word, ok := strings.Cut(line, "\t"); ok {
				line = word
			}
			trained[plain(line)] = name
		}
	}
	return trained
}

// The texts of the request types are labelled with a language by their file.
func TestEvalTopics(t *testing.T) {
	bands := []struct {
		most int // bytes
		name string
	}{{10, "to 10"}, {20, "11-20"}, {40, "21-40"}, {80, "41-80"}, {1 << 20, "over 80"}}
	trained := mustTrained(t)
	for _, file := range []string{"dev", "test"} {
		// A text that stands in two languages' files ("ok", "123") shows none,
		// and one that was trained on by chance ("bom dia") proves nothing.
		files := map[string]int{}
		for _, lang := range []string{"pt", "es", "en"} {
			for _, l := range mustRead(t, filepath.Join("..", "topic", "testdata", lang+"-"+file+".tsv"), lang) {
				files[plain(l.text)]++
			}
		}
		total := tally{}
		by := make([]tally, len(bands))
		for _, lang := range []string{"pt", "es", "en"} {
			for _, l := range mustRead(t, filepath.Join("..", "topic", "testdata", lang+"-"+file+".tsv"), lang) {
				if p := plain(l.text); files[p] > 1 || p == "" || trained[p] != "" {
					continue
				}
				g := Detect(l.text)
				for i, b := range bands {
					if len(l.text) <= b.most {
						if by[i] == nil {
							by[i] = tally{}
						}
						by[i].add(lang, g.Language)
						break
					}
				}
				if !total.add(lang, g.Language) && file == "dev" {
					t.Logf("%s taken for %q (%.2f): %s", l.lang, g.Language, g.Confidence, l.text)
				}
			}
		}
		for i, b := range bands {
			share, all := by[i].accuracy()
			t.Logf("%-5s %-8s %.4f of %d%v", file, b.name, share, all, by[i])
		}
		share, all := total.accuracy()
		t.Logf("%-5s %-8s %.4f of %d%v", file, "all", share, all, total)
		if share < 0.97 {
			t.Errorf("%s: accuracy %.4f, want 0.97", file, share)
		}
	}
}

// What is none of the three should be left undecided: noise always, names and
// other languages as far as that costs the three nothing.
func TestEvalNone(t *testing.T) {
	least := map[string]float64{"noise": 1, "name": 0.7, "fr": 0.7, "it": 0.7, "de": 0.7}
	seen, right := map[string]int{}, map[string]int{}
	for _, l := range mustRead(t, filepath.Join("testdata", "none.tsv"), "") {
		seen[l.lang]++
		if g := Detect(l.text); g.Language == "" {
			right[l.lang]++
		} else {
			t.Logf("%s taken for %s (%.2f): %s", l.lang, g.Language, g.Confidence, l.text)
		}
	}
	for kind, want := range least {
		share := float64(right[kind]) / float64(max(seen[kind], 1))
		t.Logf("%-5s %.4f of %d undecided", kind, share, seen[kind])
		if share < want {
			t.Errorf("%s: %.4f undecided, want %.2f", kind, share, want)
		}
	}
}

// A word that two languages share must not settle one of them.
func TestSharedWordsAreNotCertain(t *testing.T) {
	b, err := data.Texts.ReadFile("shared.txt")
	if err != nil {
		t.Fatal(err)
	}
	var seen, decided int
	for line := range strings.Lines(string(b)) {
		_, word, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			continue
		}
		seen++
		g := Detect(word)
		if g.Language != "" {
			decided++
		}
		if g.Confidence > 0.9 {
			t.Errorf("%s: %+v", word, g)
		}
	}
	t.Logf("%d of %d words undecided", seen-decided, seen)
	if seen == 0 {
		t.Error("no words")
	}
}

// Nothing that is measured may have been trained on, however it is written.
func TestDataApart(t *testing.T) {
	trained := mustTrained(t)
	seen := map[string]string{}
	for _, file := range []string{"dev", "test"} {
		for _, l := range mustRead(t, filepath.Join("testdata", file+".tsv"), "") {
			p := plain(l.text)
			if in := trained[p]; in != "" {
				t.Errorf("%s.tsv: %q is in data/%s too", file, l.text, in)
			}
			if in := seen[p]; in != "" {
				t.Errorf("%s.tsv: %q is in %s.tsv too", file, l.text, in)
			}
			seen[p] = file
		}
	}
}
