package exporter

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/understand"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/understand/language"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/understand/sentiment"
)

// ErrLabels: a file of labelled messages cannot be evaluated.
var ErrLabels = errors.New("labelled messages cannot be evaluated")

// ClassifyOptions of Classify. Without ConfigFile the defaults apply; Language is
// that of messages that show none, as an inbox has it.
type ClassifyOptions struct {
	ConfigFile, Language string
	// LabelFile holds label<TAB>text, a message a line, - for Stdin.
	LabelFile string
	Stdin     io.Reader
	Out       io.Writer
}

// classified is a line of the answer.
type classified struct {
	Language         string  `json:"language"`
	Sentiment        string  `json:"sentiment"`
	SentimentScore   float64 `json:"sentiment_score"`
	RequestType      string  `json:"request_type"`
	RequestTypeScore float64 `json:"request_type_score"`
}

// noType is what a message counts as that cannot be placed.
const noType = "other"

// Classify writes a line of JSON for each line of Stdin, each message by itself;
// or, with a LabelFile, how well its labels are found. What the labels are of is
// told by themselves: languages, sentiments, or request types. Where no message
// is labelled neutral, the sign of the score is what counts. Errors wrap
// ErrLabels where the file is the reason.
func Classify(ctx context.Context, o ClassifyOptions) error {
	cfg := config.Default(facts())
	if o.ConfigFile != "" {
		var err error
		if cfg, err = config.Load(o.ConfigFile, facts()); err != nil {
			return err
		}
	}
	a, err := understand.New(cfg.RequestTypes, cfg.Sentiment)
	if err != nil {
		return err
	}
	find := func(message string) classified {
		r := a.Analyze(message, text.Fold(message), "", o.Language)
		c := classified{Language: r.Language, Sentiment: r.Sentiment.Label.String(), SentimentScore: r.Sentiment.Score,
			RequestType: r.Topic.Type, RequestTypeScore: r.Topic.Score}
		if !r.Judged {
			c.Sentiment = sentiment.Neutral.String()
		}
		if c.RequestType == "" {
			c.RequestType = noType
		}
		return c
	}
	if o.LabelFile != "" {
		return evaluate(ctx, o, find)
	}
	out := bufio.NewWriter(o.Out)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	err = eachLine(ctx, o.Stdin, func(line string) error { return encoder.Encode(find(line)) })
	return errors.Join(err, out.Flush())
}

// eachLine calls fn for each line, the last of which may lack its end.
func eachLine(ctx context.Context, r io.Reader, fn func(string) error) error {
	in := bufio.NewReader(r)
	for ctx.Err() == nil {
		line, err := in.ReadString('\n')
		if line != "" {
			if err := fn(strings.TrimRight(line, "\r\n")); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// labelledMessage is a line of a LabelFile.
type labelledMessage struct{ label, text string }

func evaluate(ctx context.Context, o ClassifyOptions, find func(string) classified) error {
	in := o.Stdin
	if o.LabelFile != "-" {
		f, err := os.Open(o.LabelFile)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrLabels, err)
		}
		defer f.Close()
		in = f
	}
	var list []labelledMessage
	labels, n := map[string]bool{}, 0
	err := eachLine(ctx, in, func(line string) error {
		n++
		if line == "" {
			return nil
		}
		label, message, ok := strings.Cut(line, "\t")
		if label = strings.TrimSpace(label); !ok || label == "" {
			return fmt.Errorf("%w: line %d is not label<TAB>text", ErrLabels, n)
		}
		labels[label] = true
		list = append(list, labelledMessage{label, message})
		return nil
	})
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fmt.Errorf("%w: there are none", ErrLabels)
	}
	found := of(labels)
	var e understand.Evaluation
	for _, m := range list {
		e.Add(m.label, found(find(m.text)))
	}
	_, err = e.WriteTo(o.Out)
	return err
}

// of tells what labels are labels of.
func of(labels map[string]bool) func(classified) string {
	all := func(of ...string) bool {
		for l := range labels {
			if !slices.Contains(of, l) {
				return false
			}
		}
		return true
	}
	negative, neutral, positive := sentiment.Negative.String(), sentiment.Neutral.String(), sentiment.Positive.String()
	switch {
	case all(language.Names()...):
		return func(c classified) string { return c.Language }
	case all(negative, positive):
		return func(c classified) string {
			if c.SentimentScore < 0 {
				return negative
			}
			return positive
		}
	case all(negative, neutral, positive):
		return func(c classified) string { return c.Sentiment }
	}
	return func(c classified) string { return c.RequestType }
}
