package api

import (
	"context"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/mask"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/transcript"
)

var errNoTexts = &problem{http.StatusServiceUnavailable, "transcripts cannot be read here"}

// wordsOf are what has to stand in a text, folded.
func wordsOf(q string) []string { return strings.Fields(text.Fold(q)) }

// holds tells whether all words stand in a text, whatever their case and accents.
func holds(s string, words []string) bool {
	if s == "" {
		return false
	}
	s = text.Fold(s)
	for _, w := range words {
		if !strings.Contains(s, w) {
			return false
		}
	}
	return true
}

// chunk is how many conversations are looked at together.
const chunk = 256

// find looks through conversations in their order, until limit of them were found or
// ctx ends. It gives the places of those in whose messages the words stand, and how
// many were looked at.
func (a *API) find(ctx context.Context, rows []placed[transcript.Row], q string, full bool, limit int) (found []int, looked int) {
	words := wordsOf(q)
	for looked < len(rows) && ctx.Err() == nil {
		part := rows[looked:min(looked+chunk, len(rows))]
		hits := make([]bool, len(part))
		seen := make([]bool, len(part))
		var wg sync.WaitGroup
		workers := runtime.GOMAXPROCS(0)
		for w := range workers {
			wg.Go(func() {
				for i := w; i < len(part) && ctx.Err() == nil; i += workers {
					hit, err := a.said(ctx, &part[i].what, words, full)
					hits[i], seen[i] = hit, err == nil
				}
			})
		}
		wg.Wait()
		for i := range part {
			if !seen[i] {
				return found, looked
			}
			looked++
			if hits[i] {
				if found = append(found, looked-1); len(found) == limit {
					return found, looked
				}
			}
		}
	}
	return found, looked
}

// said tells whether a message of a conversation holds the words.
func (a *API) said(ctx context.Context, row *transcript.Row, words []string, full bool) (bool, error) {
	var places []conversation.Position
	for _, e := range row.Entries(nil) {
		if e.Message() {
			places = append(places, e.Place)
		}
	}
	slices.Reverse(places)
	said, err := a.opts.Reader.Get(ctx, places)
	if err != nil {
		return false, err
	}
	for i := range said {
		p, _, err := a.opts.Reader.Personal(ctx, &said[i])
		if err != nil {
			return false, err
		}
		// What is hidden cannot be searched for.
		if !full {
			p.Text = mask.Text(p.Text)
		}
		if holds(p.Text, words) {
			return true, nil
		}
	}
	return false, nil
}
