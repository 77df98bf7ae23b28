// Package explain tells how the figures of one conversation came about: it
// listens while a journal is folded again, keeps the steps of the conversation
// that was asked for, and writes them as a timeline, in words or as JSON.
//
// It counts nothing itself, knows no message text, phone number or name of a
// customer, and calls agents what the metrics call them. What is here belongs
// to the goroutine that folds.
package explain

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

var (
	// ErrID: what was asked for is no conversation's id, nor the beginning of
	// one.
	ErrID = errors.New("not a conversation's id")
	// ErrUnknown: nothing of such a conversation was folded.
	ErrUnknown = errors.New("no such conversation")
	// ErrAmbiguous: several conversations' ids begin like that.
	ErrAmbiguous = errors.New("several conversations begin like that")
)

// Lengths of ids.
const (
	idLength = 16
	// minPrefix is how much of an id has to be given: one in a thousand
	// million begins like another's six characters.
	minPrefix = 6
)

// Bounds of what is kept.
const (
	maxSteps = 20_000
	maxNamed = 10 // of several conversations that begin alike
)

// ParseID reads an id as people type it, or six or more of its first
// characters. Its error wraps ErrID.
func ParseID(s string) (string, error) {
	// Crockford's base 32 has no letters that look like digits.
	id := strings.NewReplacer("o", "0", "i", "1", "l", "1").Replace(strings.ToLower(strings.TrimSpace(s)))
	if strings.Trim(id, "0123456789abcdefghjkmnpqrstvwxyz") != "" || len(id) < minPrefix || len(id) > idLength {
		return "", fmt.Errorf("%q is %w: it has %d letters and digits, of which the first %d are enough; "+
			"the label conversation and the exemplars' conversation_id show it", clip(s), ErrID, idLength, minPrefix)
	}
	return id, nil
}

// clip keeps what was typed by mistake from filling the screen.
func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// Finder collects the steps of one conversation.
type Finder struct {
	state *fold.State
	id    string
	found map[string]*track
	more  bool
}

// Find listens to the state for the conversation with an id that ParseID gave,
// or whose id begins with it. Nobody else may listen then.
func Find(s *fold.State, id string) *Finder {
	f := &Finder{state: s, id: id, found: map[string]*track{}}
	s.Trace(f.hear)
	return f
}

func (f *Finder) hear(step conversation.Step) {
	if step.ID == (m.ConversationID{}) {
		return
	}
	id := step.ID.String()
	if !strings.HasPrefix(id, f.id) {
		return
	}
	t := f.found[id]
	if t == nil {
		if len(f.found) >= maxNamed {
			f.more = true
			return
		}
		t = &track{Timeline: Timeline{ID: id, BeganEarlier: step.Before.Open || !step.After.Open, Steps: []Step{}}}
		f.found[id] = t
	}
	t.take(f.state, &step)
}

// Timeline gives the conversation's, as of now. It wraps ErrUnknown or
// ErrAmbiguous where there is not exactly one.
func (f *Finder) Timeline() (*Timeline, error) {
	if len(f.found) == 0 {
		return nil, fmt.Errorf("%s: %w", f.id, ErrUnknown)
	}
	if len(f.found) > 1 {
		var ids []string
		for id := range f.found {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		list := strings.Join(ids, ", ")
		if f.more {
			list += " and more"
		}
		return nil, fmt.Errorf("%s: %w: %s", f.id, ErrAmbiguous, list)
	}
	for _, t := range f.found {
		t.AsOf = moment(f.state.Received())
		t.finish(f.state)
		return &t.Timeline, nil
	}
	panic("unreachable")
}
