package api

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
)

// limitOf reads how much an answer may hold.
func limitOf(q url.Values) (int, error) {
	return numberOf(q, "limit", api.DefaultLimit, 1, api.MaxLimit)
}

// numberOf reads a whole number.
func numberOf(q url.Values, name string, otherwise, low, high int) (int, error) {
	s := q.Get(name)
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		return 0, bad("%s is no number from %d to %d", name, low, high)
	}
	return n, nil
}

// wordOf reads one of a few words, the first of which stands for none.
func wordOf(q url.Values, name string, words ...string) (string, error) {
	s := q.Get(name)
	if s == "" {
		return words[0], nil
	}
	if !slices.Contains(words, s) {
		return "", bad("%s is not %.40q: it is one of %s", name, s, words)
	}
	return s, nil
}

// spanOf reads from and to; zero stands for no bound.
func spanOf(q url.Values) (from, to int64, err error) {
	a, err := timeOf(q.Get("from"), "from", time.Time{})
	if err != nil {
		return 0, 0, err
	}
	b, err := timeOf(q.Get("to"), "to", time.Time{})
	if err != nil {
		return 0, 0, err
	}
	if !a.IsZero() && !b.IsZero() && !a.Before(b) {
		return 0, 0, bad("from is not before to")
	}
	if !a.IsZero() {
		from = a.UnixNano()
	}
	if !b.IsZero() {
		to = b.UnixNano()
	}
	return from, to, nil
}

// place is where something stands in an ordered list: what has a value before what
// has none, then by value, then by a text that nothing else has. A page begins
// behind the last place of the page before, so what comes meanwhile moves nothing.
type place struct {
	None bool   `json:"n,omitempty"`
	Key  int64  `json:"k"`
	ID   string `json:"i"`
}

func (p place) compare(o place, ascending bool) int {
	switch {
	case p.None != o.None && p.None:
		return 1
	case p.None != o.None:
		return -1
	}
	byKey := cmp.Compare(o.Key, p.Key)
	if ascending {
		byKey = -byKey
	}
	if byKey != 0 {
		return byKey
	}
	return cmp.Compare(p.ID, o.ID)
}

func (p place) cursor() string {
	b, _ := json.Marshal(p) // of plain values
	return base64.RawURLEncoding.EncodeToString(b)
}

// cursorOf reads where the page before ended; nil on the first.
func cursorOf(q url.Values) (*place, error) {
	s := q.Get("cursor")
	if s == "" {
		return nil, nil
	}
	var p place
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	if err != nil {
		return nil, bad("cursor is not what another answer gave as next")
	}
	return &p, nil
}

// best keeps the first few of many by their places.
type best[T any] struct {
	max       int
	ascending bool
	// list is a heap, the last of those kept on top.
	list []placed[T]
}

type placed[T any] struct {
	at   place
	what T
}

// wants tells whether something at a place would be kept.
func (b *best[T]) wants(at place) bool {
	return len(b.list) < b.max || b.max > 0 && at.compare(b.list[0].at, b.ascending) < 0
}

func (b *best[T]) add(at place, what T) {
	switch {
	case len(b.list) < b.max:
		b.list = append(b.list, placed[T]{at, what})
		for i := len(b.list) - 1; i > 0; {
			up := (i - 1) / 2
			if !b.behind(i, up) {
				break
			}
			b.list[i], b.list[up] = b.list[up], b.list[i]
			i = up
		}
	case b.wants(at):
		b.list[0] = placed[T]{at, what}
		for i := 0; ; {
			last := i
			for _, down := range []int{2*i + 1, 2*i + 2} {
				if down < len(b.list) && b.behind(down, last) {
					last = down
				}
			}
			if last == i {
				break
			}
			b.list[i], b.list[last] = b.list[last], b.list[i]
			i = last
		}
	}
}

func (b *best[T]) behind(i, j int) bool {
	return b.list[i].at.compare(b.list[j].at, b.ascending) > 0
}

// sorted gives what was kept, in order.
func (b *best[T]) sorted() []placed[T] {
	slices.SortFunc(b.list, func(x, y placed[T]) int { return x.at.compare(y.at, b.ascending) })
	return b.list
}
