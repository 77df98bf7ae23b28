package understand

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Evaluation counts messages by the label that they have and by what was found.
// The zero Evaluation is ready.
type Evaluation struct{ counts map[[2]string]int }

// Add counts a message.
func (e *Evaluation) Add(label, found string) {
	if e.counts == nil {
		e.counts = map[[2]string]int{}
	}
	e.counts[[2]string{label, found}]++
}

// Total is how many messages were counted.
func (e *Evaluation) Total() (n int) {
	for _, k := range e.counts {
		n += k
	}
	return n
}

// Accuracy is the share of messages whose label was found, 0 without any.
func (e *Evaluation) Accuracy() float64 {
	right := 0
	for k, n := range e.counts {
		if k[0] == k[1] {
			right += n
		}
	}
	return float64(right) / float64(max(1, e.Total()))
}

// F1 is the harmonic mean of precision and recall of a label.
func (e *Evaluation) F1(label string) float64 {
	right, given, found := e.counts[[2]string{label, label}], 0, 0
	for k, n := range e.counts {
		if k[0] == label {
			given += n
		}
		if k[1] == label {
			found += n
		}
	}
	return 2 * float64(right) / float64(max(1, given+found))
}

// MacroF1 is the mean of F1 over the labels that messages have; what was found
// and no message has is counted against the others only.
func (e *Evaluation) MacroF1() float64 {
	labels := e.labels(0)
	sum := 0.0
	for _, l := range labels {
		sum += e.F1(l)
	}
	return sum / float64(max(1, len(labels)))
}

// labels lists those that messages have (0) or that were found (1).
func (e *Evaluation) labels(of int) []string {
	seen := map[string]bool{}
	for k := range e.counts {
		seen[k[of]] = true
	}
	out := make([]string, 0, len(seen))
	for l := range seen {
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(order(a), order(b)), strings.Compare(a, b)) })
	return out
}

// order puts what is best known as a scale in its order.
func order(label string) int { return slices.Index([]string{"negative", "neutral", "positive"}, label) }

// WriteTo writes the confusion matrix, a row a label and a column for what was
// found, and the figures.
func (e *Evaluation) WriteTo(w io.Writer) (int64, error) {
	given, found := e.labels(0), e.labels(1)
	for _, l := range given {
		if !slices.Contains(found, l) {
			found = append(found, l)
		}
	}
	slices.SortFunc(found, func(a, b string) int { return cmp.Or(cmp.Compare(order(a), order(b)), strings.Compare(a, b)) })
	rows := [][]string{append(append([]string{"label \\ found"}, found...), "F1")}
	for _, l := range given {
		row := []string{l}
		for _, f := range found {
			row = append(row, strconv.Itoa(e.counts[[2]string{l, f}]))
		}
		rows = append(rows, append(row, fmt.Sprintf("%.3f", e.F1(l))))
	}
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			width := 0
			for _, r := range rows {
				width = max(width, len(r[i]))
			}
			if i == 0 {
				fmt.Fprintf(&b, "%-*s", width, cell)
			} else {
				fmt.Fprintf(&b, "  %*s", width, cell)
			}
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "\nmessages %d\naccuracy %.4f\nmacro-F1 %.4f\n", e.Total(), e.Accuracy(), e.MacroF1())
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}
