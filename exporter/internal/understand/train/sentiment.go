package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"slices"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/understand/linear"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/understand/sentiment"
)

// sentimentOptions were chosen on the development messages of package sentiment.
var sentimentOptions = linear.Options{
	Classes: 3, Bits: 18, Norm: linear.Root, Epochs: 5, Rate: 0.1, L2: 1e-5, Balance: true, Prune: 0.02, Clip: 2, Seed: 1,
}

// sentimentFiles and what their labels are worth: those by people, those that
// were projected from the English line of the same subtitle, and those by a
// machine.
var sentimentFiles = []struct {
	name   string
	weight float64
}{
	{"sentiment/xed-en.tsv", 1},
	{"sentiment/xed-pt.tsv", 1},
	{"sentiment/xed-es.tsv", 1},
	{"sentiment/xed-silver-pt.tsv", 0.5},
	{"sentiment/xed-silver-es.tsv", 0.5},
}

var sentimentClasses = map[string]int{
	"negative": int(sentiment.Negative), "neutral": int(sentiment.Neutral), "positive": int(sentiment.Positive),
}

func trainSentiment(from source) ([]byte, error) {
	var examples []linear.Example
	for _, f := range sentimentFiles {
		rows, err := from.rows(f.name)
		if err != nil {
			return nil, err
		}
		for i, r := range rows {
			class, ok := sentimentClasses[r.label]
			if !ok {
				return nil, fmt.Errorf("%w: %s:%d: label %q", errData, f.name, i+1, r.label)
			}
			if features := sentiment.Features(text.Fold(r.text)); len(features) > 0 {
				examples = append(examples, linear.Example{Features: features, Class: class, Weight: f.weight})
			}
		}
	}
	projected, err := project(from, examples)
	if err != nil {
		return nil, err
	}
	m, err := linear.Train(slices.Values(append(examples, projected...)), sentimentOptions)
	if err != nil {
		return nil, err
	}
	return squeeze(m.Append(nil))
}

const (
	// sure is how probable a label has to be to be projected.
	sure = 0.6
	// projectedWeight is what such a line teaches.
	projectedWeight = 0.5
)

// project labels the Portuguese and Spanish lines of the parallel files by what a
// model of examples, most of which are English, says of the English line: the
// labelled ones of these languages have hardly anything neutral.
func project(from source, examples []linear.Example) (out []linear.Example, err error) {
	m, err := linear.Train(slices.Values(examples), sentimentOptions)
	if err != nil {
		return nil, err
	}
	scores := make([]float32, len(sentimentClasses))
	for _, name := range []string{"sentiment/parallel-en-pt.tsv", "sentiment/parallel-en-es.tsv"} {
		rows, err := from.rows(name)
		if err != nil {
			return nil, err
		}
		for i := 0; i+1 < len(rows); i += 2 {
			english, other := rows[i], rows[i+1]
			if english.label != other.label || english.lang != "en" || other.lang == "en" {
				return nil, fmt.Errorf("%w: %s:%d: no pair", errData, name, i+1)
			}
			linear.Softmax(m.Scores(sentiment.Features(text.Fold(english.text)), scores))
			class := 0
			for c, p := range scores {
				if p > scores[class] {
					class = c
				}
			}
			if features := sentiment.Features(text.Fold(other.text)); scores[class] >= sure && len(features) > 0 {
				out = append(out, linear.Example{Features: features, Class: class, Weight: projectedWeight})
			}
		}
	}
	return out, nil
}

// squeeze compresses, without a time or name, so that the bytes are the same each
// time.
func squeeze(b []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(b); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
