package exporter

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func classifyAll(t *testing.T, o ClassifyOptions, in string) string {
	t.Helper()
	var out bytes.Buffer
	o.Stdin, o.Out = strings.NewReader(in), &out
	if err := Classify(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestClassify: a line of JSON for each line, whatever it is.
func TestClassify(t *testing.T) {
	lines := []string{
		"Meu pedido ainda não chegou, péssimo!", "", "mil gracias", "I want a refund", "😡", "\x00\xff", strings.Repeat("aGVsbG8gd29ybGQ", 5000),
		"здравствуйте", "\u200b\u200d",
	}
	got := strings.Split(strings.TrimSuffix(classifyAll(t, ClassifyOptions{}, strings.Join(lines, "\n")), "\n"), "\n")
	if len(got) != len(lines) {
		t.Fatalf("%d lines for %d", len(got), len(lines))
	}
	for i, want := range []classified{
		{Language: "pt", Sentiment: "negative", RequestType: "delivery"}, {Sentiment: "neutral", RequestType: "other"},
		{Language: "es", Sentiment: "positive", RequestType: "greeting"}, {Language: "en", Sentiment: "neutral", RequestType: "refund"},
		{Sentiment: "negative", RequestType: "other"}, {Sentiment: "neutral", RequestType: "other"}, {Sentiment: "neutral", RequestType: "other"},
		{Sentiment: "neutral", RequestType: "other"}, {Sentiment: "neutral", RequestType: "other"},
	} {
		var c classified
		if err := json.Unmarshal([]byte(got[i]), &c); err != nil {
			t.Fatal(err)
		}
		if c.SentimentScore < -1 || c.SentimentScore > 1 || c.RequestTypeScore < 0 || c.RequestTypeScore > 1 {
			t.Errorf("line %d: %s", i+1, got[i])
		}
		if c.SentimentScore, c.RequestTypeScore = 0, 0; c != want {
			t.Errorf("line %d: %s, want %+v", i+1, got[i], want)
		}
	}
	if keys := got[0]; !strings.HasPrefix(keys, `{"language":"pt","sentiment":"negative","sentiment_score":-0.`) || !strings.Contains(keys, `"request_type":"delivery","request_type_score":0.`) {
		t.Errorf("%s", keys)
	}
	if got := classifyAll(t, ClassifyOptions{Language: "es"}, "ok\n"); !strings.Contains(got, `"language":"es"`) {
		t.Errorf("the usual language is not taken: %s", got)
	}
}

// TestClassifyLabelled: what the labels are of shows in themselves.
func TestClassifyLabelled(t *testing.T) {
	file := filepath.Join(t.TempDir(), "labelled.tsv")
	for name, c := range map[string]struct{ in, want string }{
		"sentiment": {"negative\tpéssimo\nneutral\tonde está meu pedido?\npositive\tadorei\nnegative\tadorei\n", `label \ found  negative  neutral  positive     F1
negative              1        0         1  0.667
neutral               0        1         0  1.000
positive              0        0         1  0.667

messages 4
accuracy 0.7500
macro-F1 0.7778
`},
		"no neutral": {"negative\tproduto chegou com defeito\npositive\tadorei\n", `label \ found  negative  positive     F1
negative              1         0  1.000
positive              0         1  1.000

messages 2
accuracy 1.0000
macro-F1 1.0000
`},
		"language": {"pt\tonde está meu pedido?\nes\tquiero hablar con una persona\n\n", `label \ found  es  pt     F1
es              1   0  1.000
pt              0   1  1.000

messages 2
accuracy 1.0000
macro-F1 1.0000
`},
		"request type": {"refund\tquero meu dinheiro de volta\ndelivery\twhere is my parcel\nother\txyz\n", `label \ found  delivery  other  refund     F1
delivery              1      0       0  1.000
other                 0      1       0  1.000
refund                0      0       1  1.000

messages 3
accuracy 1.0000
macro-F1 1.0000
`},
	} {
		if err := os.WriteFile(file, []byte(c.in), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := classifyAll(t, ClassifyOptions{LabelFile: file}, ""); got != c.want {
			t.Errorf("%s:\n%s", name, got)
		}
	}
	for name, c := range map[string]struct{ in, says string }{
		"no tab": {"negative\tx\nbad\n", "line 2 is not"}, "no label": {"\tx\n", "line 1"}, "empty": {"\n", "there are none"},
	} {
		err := Classify(t.Context(), ClassifyOptions{LabelFile: "-", Stdin: strings.NewReader(c.in), Out: &bytes.Buffer{}})
		if !errors.Is(err, ErrLabels) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Classify(t.Context(), ClassifyOptions{LabelFile: filepath.Join(t.TempDir(), "none")}); !errors.Is(err, ErrLabels) {
		t.Error(err)
	}
	if err := Classify(t.Context(), ClassifyOptions{ConfigFile: filepath.Join(t.TempDir(), "none")}); err == nil {
		t.Error("a configuration that is not there is no error")
	}
}
