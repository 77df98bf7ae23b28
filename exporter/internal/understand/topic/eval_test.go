package topic

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
)

// other is what a message without a type counts as.
const other = "other"

// defaults are the types of a configuration that lists none.
func defaults() []Type {
	var types []Type
	for _, name := range Builtin() {
		types = append(types, Type{Name: name})
	}
	return append(types, Type{Name: other})
}

func mustNew(tb testing.TB, types []Type) *Classifier {
	tb.Helper()
	c, err := New(types)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// labelled is a message with its type.
type labelled struct{ label, text string }

// readLabelled reads label<TAB>text.
func readLabelled(tb testing.TB, file string) []labelled {
	tb.Helper()
	f, err := os.Open(file)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	var all []labelled
	s := bufio.NewScanner(f)
	for s.Scan() {
		label, msg, ok := strings.Cut(s.Text(), "\t")
		if !ok {
			tb.Fatalf("%s: line %d is not label<TAB>text", file, len(all)+1)
		}
		all = append(all, labelled{label, msg})
	}
	if s.Err() != nil || len(all) == 0 {
		tb.Fatal(file, len(all), s.Err())
	}
	return all
}

// confusion counts messages by label and by what was found.
type confusion map[[2]string]int

func (c confusion) labels() []string {
	var all []string
	for pair := range c {
		all = append(all, pair[0], pair[1])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// figures gives accuracy and macro-F1 over the labels that occur, and the F1 of
// each.
func (c confusion) figures() (accuracy, macro float64, f1 map[string]float64) {
	f1 = make(map[string]float64)
	right, all, present := 0, 0, 0
	for _, l := range c.labels() {
		tp, given, found := 0, 0, 0
		for pair, n := range c {
			if pair[0] == l {
				given += n
			}
			if pair[1] == l {
				found += n
			}
			if pair == [2]string{l, l} {
				tp += n
			}
		}
		right, all = right+tp, all+given
		if given == 0 {
			continue
		}
		present++
		f1[l] = 2 * float64(tp) / float64(given+found)
		macro += f1[l]
	}
	return float64(right) / float64(all), macro / float64(present), f1
}

func (c confusion) String() string {
	labels := c.labels()
	var b strings.Builder
	fmt.Fprintf(&b, "%14s", "")
	for _, l := range labels {
		fmt.Fprintf(&b, "%7.6s", l)
	}
	for _, row := range labels {
		fmt.Fprintf(&b, "\n%14s", row)
		for _, col := range labels {
			fmt.Fprintf(&b, "%7d", c[[2]string{row, col}])
		}
	}
	return b.String()
}

// evaluate classifies messages; wrong, where it is not nil, is told of mistakes.
func evaluate(c *Classifier, language string, messages []labelled, wrong func(m labelled, got Result)) confusion {
	counts := make(confusion)
	for _, m := range messages {
		got := c.Classify(text.Fold(m.text), language, Asks(m.text))
		label := got.Type
		if label == "" {
			label = other
		}
		counts[[2]string{m.label, label}]++
		if label != m.label && wrong != nil {
			wrong(m, got)
		}
	}
	return counts
}

// TestEval measures the built-in rules on the messages in testdata. The mistakes
// in the dev part were looked at while the rules were written; those in the test
// part are not to be, and it never names them. EVAL_VERBOSE=1 names those of the
// dev part, EVAL_PART=dev leaves the test part out.
func TestEval(t *testing.T) {
	c := mustNew(t, defaults())
	parts := []string{"dev", "test"}
	if p := os.Getenv("EVAL_PART"); p != "" {
		parts = []string{p}
	}
	for _, part := range parts {
		for _, l := range languages {
			messages := readLabelled(t, filepath.Join("testdata", l+"-"+part+".tsv"))
			for _, given := range []string{l, ""} {
				var wrong func(labelled, Result)
				if os.Getenv("EVAL_VERBOSE") != "" && part == "dev" && given == l {
					wrong = func(m labelled, r Result) { t.Logf("%s: %s, found %s %.2f: %s", l, m.label, r.Type, r.Score, m.text) }
				}
				counts := evaluate(c, l, messages, wrong)
				if given == "" {
					counts = evaluate(c, "", messages, nil)
				}
				accuracy, macro, f1 := counts.figures()
				t.Logf("%s %-4s language %-2q: %d messages, accuracy %.3f, macro-F1 %.3f", l, part, given, len(messages), accuracy, macro)
				if macro < 0.85 {
					t.Errorf("macro-F1 %.3f is below the floor", macro)
				}
				if given == l {
					t.Logf("F1 %v\n%v", f1, counts)
				}
			}
		}
	}
}

// TestEvalOthers measures data that is no part of the repository: every *.tsv of
// lang<TAB>label<TAB>text in the folder EVAL_REQUEST_TYPES. It enforces nothing.
func TestEvalOthers(t *testing.T) {
	dir := os.Getenv("EVAL_REQUEST_TYPES")
	if dir == "" {
		t.Skip("EVAL_REQUEST_TYPES names no folder")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.tsv"))
	if err != nil || len(files) == 0 {
		t.Fatal("no *.tsv in the folder", err)
	}
	c := mustNew(t, defaults())
	for _, file := range files {
		var messages []labelled
		language := ""
		for _, m := range readLabelled(t, file) {
			label, msg, _ := strings.Cut(m.text, "\t")
			language = m.label
			if label != other && !IsBuiltin(label) {
				label = other
			}
			messages = append(messages, labelled{label, msg})
		}
		shown := make(map[string]int)
		counts := evaluate(c, language, messages, func(m labelled, r Result) {
			pair := m.label + " found as " + r.Type
			if shown[pair]++; os.Getenv("EVAL_VERBOSE") != "" && shown[pair] <= 6 {
				t.Logf("%s %.2f: %s", pair, r.Score, m.text)
			}
		})
		accuracy, macro, f1 := counts.figures()
		t.Logf("%s: %d messages, accuracy %.3f, macro-F1 %.3f\nF1 %v\n%v", filepath.Base(file), len(messages), accuracy, macro, f1, counts)
	}
}
