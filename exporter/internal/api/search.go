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
// ctx ends. It gives the rows in whose messages the words stand, and how many of the list
// were looked at.
func (a *API) find(ctx context.Context, rows []transcript.Row, list []placed[int], q string, full bool, limit int) (found []int, looked int) {
	words := wordsOf(q)
	for looked < len(list) && ctx.Err() == nil {
		part := list[looked:min(looked+chunk, len(list))]
		hits := make([]bool, len(part))
		seen := make([]bool, len(part))
		var wg sync.WaitGroup
		workers := runtime.GOMAXPROCS(0)
		for w := range workers {
			wg.Go(func() {
				for i := w; i < len(part) && ctx.Err() == nil; i += workers {
					hit, err := a.said(ctx, &rows[part[i].what], words, full)
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
				if found = append(found, part[i].what); len(found) == limit {
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
	hit := false
	err := a.opts.Reader.Texts(ctx, places, func(s string) bool {
		// What is hidden cannot be searched for.
		hit = holds(s, words) && (full || holds(mask.Text(s), words))
		return !hit && ctx.Err() == nil
	})
	if err == nil && !hit {
		err = ctx.Err()
	}
	return hit, err
}
