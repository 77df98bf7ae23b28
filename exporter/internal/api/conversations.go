package api

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"net/url"
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/transcript"
)

// listing is what of a request says which conversations, and in which order.
type listing struct {
	filters   []filter
	from, to  int64
	by        string
	sort      string
	ascending bool
	after     *place
	limit     int
	sample    int
	seed      string
}

func listingOf(q url.Values) (l listing, err error) {
	if l.filters, err = filtersOf(q); err != nil {
		return l, err
	}
	if l.from, l.to, err = spanOf(q); err != nil {
		return l, err
	}
	if l.by, err = wordOf(q, "by", "active", "opened", "closed"); err != nil {
		return l, err
	}
	if l.sort, err = wordOf(q, "sort", "opened", "first_response", "resolution", "csat"); err != nil {
		return l, err
	}
	order, err := wordOf(q, "order", "desc", "asc")
	if err != nil {
		return l, err
	}
	l.ascending = order == "asc"
	if l.limit, err = limitOf(q); err != nil {
		return l, err
	}
	if l.sample, err = numberOf(q, "sample", 0, 1, api.MaxLimit); err != nil {
		return l, err
	}
	l.seed = q.Get("seed")
	l.after, err = cursorOf(q)
	if l.sample > 0 && l.after != nil {
		return l, bad("a sample has one page only: ask without cursor")
	}
	return l, err
}

// within tells whether a conversation lies in the time asked for.
func (l *listing) within(r *transcript.Row) bool {
	first, last := r.Opened, max(r.Last, r.Closed)
	switch l.by {
	case "opened":
		last = r.Opened
	case "closed":
		if first, last = r.Closed, r.Closed; r.Closed == 0 {
			return false
		}
	default:
		if r.Open() {
			last = max(last, l.from)
		}
	}
	return (l.from == 0 || last >= l.from) && (l.to == 0 || first < l.to)
}

// place is where a row stands in the order asked for.
func (l *listing) place(r *transcript.Row) place {
	p := place{ID: r.ID.String()}
	switch l.sort {
	case "first_response":
		p.Key, p.None = r.FirstResponse, r.FirstResponse == transcript.None
	case "resolution":
		p.Key, p.None = r.Resolution, r.Resolution == transcript.None
	case "csat":
		p.Key, p.None = int64(r.CSAT), r.CSAT == 0
	default:
		p.Key = r.Opened
	}
	if p.None {
		p.Key = r.Opened
	}
	return p
}

// chance orders by a number that depends on the seed and the conversation alone.
func (l *listing) chance(id m.ConversationID) place {
	h := fnv.New64a()
	h.Write([]byte(l.seed))
	h.Write(id[:])
	// FNV mixes its last bytes badly.
	v := h.Sum64()
	v ^= v >> 33
	v *= 0xff51afd7ed558ccd
	v ^= v >> 33
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], v)
	return place{ID: fmt.Sprintf("%x", b)}
}

// searchFor is how long texts are searched.
const searchFor = 2 * time.Second

func (a *API) conversations(r *request) (any, error) {
	q := r.URL.Query()
	l, err := listingOf(q)
	if err != nil {
		return nil, err
	}
	if words := q.Get("q"); strings.TrimSpace(words) != "" {
		return a.search(r, l, words)
	}
	out := api.Conversations{Conversations: []api.Conversation{}}
	keep := l.limit + 1
	if l.sample > 0 {
		keep = l.sample
	}
	found := best[*transcript.Row]{max: keep, ascending: l.ascending}
	var urls []vendorLink
	err = a.inspect(r, func(s *fold.State) {
		v := view(s)
		matches := (&matching{v, r.set.satisfied}).test(l.filters)
		s.Transcripts().Each(func(row *transcript.Row) bool {
			if !l.within(row) || !matches(row) {
				return true
			}
			out.Total++
			if l.sample > 0 {
				found.add(l.chance(row.ID), row)
				return true
			}
			// What has no value comes last: most rows are not looked at closely.
			if at := l.place(row); (l.after == nil || at.compare(*l.after, l.ascending) > 0) && found.wants(at) {
				found.add(at, row)
			}
			return true
		})
		list := found.sorted()
		if l.sample > 0 {
			// By chance chosen, and then in the order asked for.
			chosen := best[*transcript.Row]{max: l.sample, ascending: l.ascending}
			for _, f := range list {
				chosen.add(l.place(f.what), f.what)
			}
			list = chosen.sorted()
		} else if len(list) > l.limit {
			list = list[:l.limit]
			out.Next = list[l.limit-1].at.cursor()
		}
		for _, f := range list {
			out.Conversations = append(out.Conversations, v.conversation(f.what))
			urls = append(urls, linkOf(f.what))
		}
	})
	if err != nil {
		return nil, err
	}
	a.link(r, out.Conversations, urls)
	return out, nil
}

// search is conversations with words in their messages.
func (a *API) search(r *request, l listing, words string) (any, error) {
	if a.opts.Reader == nil {
		return nil, errNoTexts
	}
	if l.sample > 0 {
		return nil, bad("a sample cannot be searched: leave q or sample out")
	}
	var rows []transcript.Row
	var list []placed[int]
	err := a.inspect(r, func(s *fold.State) {
		v := view(s)
		matches := (&matching{v, r.set.satisfied}).test(l.filters)
		s.Transcripts().Each(func(row *transcript.Row) bool {
			if row.Customer+row.Human+row.Bot+row.Other > 0 && l.within(row) && matches(row) {
				if at := l.place(row); l.after == nil || at.compare(*l.after, l.ascending) > 0 {
					list, rows = append(list, placed[int]{at, len(rows)}), append(rows, *row)
				}
			}
			return true
		})
	})
	if err != nil {
		return nil, err
	}
	list = (&best[int]{ascending: l.ascending, list: list}).sorted()
	ctx, cancel := context.WithTimeout(r.Context(), searchFor)
	defer cancel()
	out := api.Conversations{Conversations: []api.Conversation{}}
	found, looked := a.find(ctx, rows, list, words, r.full, l.limit)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if looked < len(list) {
		if looked > 0 {
			out.Next = list[looked-1].at.cursor()
		}
		if ctx.Err() != nil {
			out.Cut = api.Cut{Cut: true, Reason: fmt.Sprintf("the time of %s was over after %d of %d conversations; next goes on there", searchFor, looked, len(list))}
		}
	}
	err = a.inspect(r, func(s *fold.State) {
		v := view(s)
		for _, i := range found {
			out.Conversations = append(out.Conversations, v.conversation(&rows[i]))
		}
	})
	if err != nil {
		return nil, err
	}
	urls := make([]vendorLink, len(found))
	for n, i := range found {
		urls[n] = linkOf(&rows[i])
	}
	out.Total = len(out.Conversations)
	a.link(r, out.Conversations, urls)
	return out, nil
}
