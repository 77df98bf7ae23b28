package api

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/transcript"
)

// messageFilters tell messages apart, whatever their conversations.
func messageFilters() []parameter {
	return []parameter{
		{name: "role", kind: "string", list: true, words: roles[:], about: "who wrote"},
		{name: "not.role", kind: "string", list: true, words: roles[:], about: "all but these"},
	}
}

// asking is what of a request says which messages.
type asking struct {
	filters    []filter
	from, to   int64
	roles, not []string
	words      []string
	ascending  bool
	after      *place
	limit      int
}

func askingOf(q url.Values) (k asking, err error) {
	if k.filters, err = filtersOf(q); err != nil {
		return k, err
	}
	if k.from, k.to, err = spanOf(q); err != nil {
		return k, err
	}
	for name, to := range map[string]*[]string{"role": &k.roles, "not.role": &k.not} {
		for _, v := range q[name] {
			if !slices.Contains(roles[:], v) {
				return k, bad("%s is not %.40q: it is one of %s", name, v, strings.Join(roles[:], ", "))
			}
			*to = append(*to, v)
		}
	}
	order, err := wordOf(q, "order", "desc", "asc")
	if err != nil {
		return k, err
	}
	k.ascending, k.words = order == "asc", wordsOf(q.Get("q"))
	if k.limit, err = limitOf(q); err != nil {
		return k, err
	}
	k.after, err = cursorOf(q)
	return k, err
}

// wants tells whether an entry is a message that was asked for.
func (k *asking) wants(e *transcript.Entry) bool {
	if !e.Message() || k.from != 0 && e.Time < k.from || k.to != 0 && e.Time >= k.to {
		return false
	}
	role := roles[e.Actor]
	return (len(k.roles) == 0 || slices.Contains(k.roles, role)) && !slices.Contains(k.not, role)
}

// spoken is a message of one of the rows that were found.
type spoken struct {
	transcript.Entry
	row int
}

// gather finds the conversations, and calls fn outside of the state's loop with
// each entry that was asked for.
func (a *API) gather(r *request, k *asking, rows *[]transcript.Row, fn func(int, *transcript.Entry)) error {
	err := a.inspect(r, func(s *fold.State) {
		matches := (&matching{view(s), r.set.satisfied}).test(k.filters)
		s.Transcripts().Each(func(row *transcript.Row) bool {
			// A message can be a little older than the opening, and come after the close.
			if (k.to == 0 || row.Opened < k.to+int64(time.Hour)) && (k.from == 0 || row.Seen >= k.from) && matches(row) {
				*rows = append(*rows, *row)
			}
			return true
		})
	})
	if err != nil {
		return err
	}
	var buf []transcript.Entry
	for i := range *rows {
		buf = (*rows)[i].Entries(buf[:0])
		for j := range buf {
			if k.wants(&buf[j]) {
				fn(i, &buf[j])
			}
		}
	}
	return nil
}

func placeOf(e *transcript.Entry) place {
	return place{Key: e.Time, ID: fmt.Sprintf("%016x%08x", e.Place.Seq, e.Place.Index)}
}

func (a *API) messages(r *request) (any, error) {
	k, err := askingOf(r.URL.Query())
	if err != nil {
		return nil, err
	}
	if a.opts.Reader == nil {
		return nil, errNoTexts
	}
	var rows []transcript.Row
	keep := k.limit + 1
	if len(k.words) > 0 {
		keep = maxSearched
	}
	found := best[spoken]{max: keep, ascending: k.ascending}
	total := 0
	err = a.gather(r, &k, &rows, func(row int, e *transcript.Entry) {
		// The text of a place is made only where its time does not decide.
		at := place{Key: e.Time}
		if k.after != nil && e.Time != k.after.Key && at.compare(*k.after, k.ascending) < 0 {
			return
		}
		if len(found.list) == found.max && e.Time != found.list[0].at.Key && !found.wants(at) {
			total++
			return
		}
		if at = placeOf(e); k.after == nil || at.compare(*k.after, k.ascending) > 0 {
			total++
			found.add(at, spoken{*e, row})
		}
	})
	if err != nil {
		return nil, err
	}
	return a.answerMessages(r, &k, rows, found.sorted(), total)
}

// maxSearched is how many messages a search looks through, the first in the order
// asked for.
const maxSearched = 1_000_000

// answerMessages reads messages until there are enough.
func (a *API) answerMessages(r *request, k *asking, rows []transcript.Row, list []placed[spoken], total int) (any, error) {
	out := api.MessageList{Messages: []api.Line{}, Full: r.full}
	ctx, cancel := context.WithTimeout(r.Context(), searchFor)
	defer cancel()
	var lines []line
	var from []int
	looked := 0
	for looked < len(list) && len(lines) < k.limit && ctx.Err() == nil {
		part := list[looked:min(looked+max(64, k.limit-len(lines)), len(list))]
		places := make([]conversation.Position, len(part))
		for i := range part {
			places[i] = part[i].what.Place
		}
		said, err := a.opts.Reader.Get(ctx, places)
		if err != nil {
			if ctx.Err() != nil && r.Context().Err() == nil {
				break
			}
			return nil, err
		}
		for i := range said {
			if len(lines) == k.limit {
				break
			}
			e := &part[i].what
			if said[i].Gone != transcript.Here {
				said[i].Event.Kind, said[i].Event.Actor, said[i].Event.Time = e.Kind, e.Actor, e.Time
			}
			// What is hidden cannot be searched for.
			l, err := a.lineOf(ctx, &said[i], rows[e.row].ID.String(), r.full)
			if err != nil {
				if ctx.Err() != nil && r.Context().Err() == nil {
					break
				}
				return nil, err
			}
			looked++
			l.Kind, l.Role = api.KindMessage, roles[e.Actor]
			if len(k.words) > 0 && !holds(l.Text, k.words) {
				continue
			}
			lines, from = append(lines, l), append(from, e.row)
		}
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	err := a.inspect(r, func(s *fold.State) {
		people(s, lines)
		names := s.Names()
		for i := range lines {
			row := &rows[from[i]]
			lines[i].Source, lines[i].Inbox = names.Value(m.DictSource, row.Source), names.Value(m.DictInbox, row.Inbox)
			lines[i].Line.Team, lines[i].RequestType = names.Value(m.DictTeam, row.Team), names.Value(m.DictRequestType, row.Type)
		}
	})
	if err != nil {
		return nil, err
	}
	for i := range lines {
		out.Messages = append(out.Messages, lines[i].Line)
	}
	if looked > 0 && (looked < len(list) || total > len(list)) {
		out.Next = list[looked-1].at.cursor()
	}
	if ctx.Err() != nil && looked < len(list) {
		out.Cut = api.Cut{Cut: true, Reason: fmt.Sprintf("the time of %s was over after %d of %d messages; next goes on there", searchFor, looked, total)}
	}
	return out, nil
}

// Buckets of a volume: how many there are without a step, and at most.
const (
	usualBuckets = 100
	maxBuckets   = 11_000
)

func (a *API) volume(r *request) (any, error) {
	q := r.URL.Query()
	k, err := askingOf(q)
	if err != nil {
		return nil, err
	}
	if k.to == 0 {
		k.to = a.opts.Now().UnixNano()
	}
	if k.from == 0 {
		k.from = k.to - int64(24*time.Hour)
	}
	if k.from >= k.to {
		return nil, bad("from is not before to")
	}
	step, err := numberOf(q, "step", int(max(1, (k.to-k.from)/int64(time.Second)/usualBuckets)), 1, 366*24*3600)
	if err != nil {
		return nil, err
	}
	width := int64(step) * int64(time.Second)
	if (k.to-k.from)/width > maxBuckets {
		return nil, bad("%d seconds make more than %d buckets: take a larger step", step, maxBuckets)
	}
	first := k.from - k.from%width
	counts := make([]map[string]int, (k.to-first+width-1)/width)
	var rows []transcript.Row
	err = a.gather(r, &k, &rows, func(_ int, e *transcript.Entry) {
		i := (e.Time - first) / width
		if counts[i] == nil {
			counts[i] = map[string]int{}
		}
		counts[i][roles[e.Actor]]++
	})
	if err != nil {
		return nil, err
	}
	out := api.Volume{Step: float64(step), Buckets: make([]api.VolumeBucket, len(counts))}
	for i, c := range counts {
		if c == nil {
			c = map[string]int{}
		}
		out.Buckets[i] = api.VolumeBucket{Time: time.Unix(0, first+int64(i)*width).UTC(), Roles: c}
	}
	return out, nil
}
