package api

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/transcript"
)

// maxLookup bounds the body of a lookup, in bytes.
const maxLookup = 4 << 10

func (a *API) lookup(r *request) (any, error) {
	if a.opts.Privacy == nil {
		return nil, errNoTexts
	}
	var body api.Lookup
	d := json.NewDecoder(io.LimitReader(r.Body, maxLookup))
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil || body.Source == "" || body.Contact == "" {
		return nil, bad(`send {"source": "<name>", "contact": "<phone or id>"} as JSON`)
	}
	k := a.opts.Privacy.Contact(body.Source, body.Contact)
	out := api.Contact{}
	err := a.inspect(r, func(s *fold.State) {
		k = s.Canonical(k)
		out.Contact = contactText(k)
		out.Conversations = len(rowsOf(s, k))
		out.Known = out.Conversations > 0 || s.Known(k)
	})
	return out, err
}

// rowsOf are the conversations of a contact, the first opened first.
func rowsOf(s *fold.State, contact record.Key) (rows []*transcript.Row) {
	s.Transcripts().Each(func(row *transcript.Row) bool {
		if s.Canonical(row.Contact) == contact {
			rows = append(rows, row)
		}
		return true
	})
	slices.SortFunc(rows, func(a, b *transcript.Row) int {
		return cmp.Or(cmp.Compare(a.Opened, b.Opened), slices.Compare(a.ID[:], b.ID[:]))
	})
	return rows
}

func (a *API) erase(r *request) (any, error) {
	if a.opts.Privacy == nil {
		return nil, errNoTexts
	}
	k, err := contactOf(r.PathValue("contact"))
	if err != nil {
		return nil, err
	}
	if err := a.log(r, "erase", contactText(k)); err != nil {
		return nil, err
	}
	out, err := a.opts.Privacy.Erase(r.Context(), k)
	return out, statusOf(err)
}

// export is everything that there is of a contact. Whoever asks may read in full.
func (a *API) export(r *request) (any, error) {
	if a.opts.Reader == nil {
		return nil, errNoTexts
	}
	k, err := contactOf(r.PathValue("contact"))
	if err != nil {
		return nil, err
	}
	r.full = true
	out := api.Export{Exported: a.opts.Now().UTC(), Ids: []string{}, Names: []string{}, Conversations: []api.ExportedTalk{}}
	var all []*told
	err = a.inspect(r, func(s *fold.State) {
		k = s.Canonical(k)
		out.Contact = contactText(k)
		if what, at := s.ConsentOf(k); what != event.ConsentNone {
			out.Consent = &api.ConsentState{State: event.Consents[what], Time: time.Unix(0, at).UTC()}
		}
		v := view(s)
		for _, row := range rowsOf(s, k) {
			all = append(all, &told{row: *row, summary: v.conversation(row), entries: row.Entries(nil)})
		}
	})
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, notFound("there is no conversation of that contact")
	}
	entries := 0
	for _, t := range all {
		if entries += len(t.entries); entries > maxExported {
			out.Cut = api.Cut{Cut: true, Reason: fmt.Sprintf("there are more than %d entries; what is missing can be read by conversation", maxExported)}
			break
		}
		if err := a.ids(r, t, &out); err != nil {
			return nil, err
		}
		lines, err := a.read(r.Context(), r, t)
		if err != nil {
			return nil, err
		}
		if err := a.inspect(r, func(s *fold.State) { people(s, lines) }); err != nil {
			return nil, err
		}
		out.Conversations = append(out.Conversations, api.ExportedTalk{Conversation: t.summary, Lines: inOrder(lines)})
	}
	return out, nil
}

// maxExported bounds an export, in entries.
const maxExported = 100_000

// ids collects by what a contact goes.
func (a *API) ids(r *request, t *told, out *api.Export) error {
	for part := range slices.Chunk(t.entries, 1000) {
		var places []conversation.Position
		for _, e := range part {
			if e.Kind != event.MessageStatus {
				places = append(places, e.Place)
			}
		}
		said, err := a.opts.Reader.Get(r.Context(), places)
		if err != nil {
			return err
		}
		for i := range said {
			p, _, err := a.opts.Reader.Personal(r.Context(), &said[i])
			if err != nil {
				return err
			}
			for _, v := range []struct {
				value string
				to    *[]string
			}{{p.Contact, &out.Ids}, {p.Alias, &out.Ids}, {p.ContactName, &out.Names}} {
				if v.value != "" && !slices.Contains(*v.to, v.value) {
					*v.to = append(*v.to, v.value)
				}
			}
			out.Segment = cmp.Or(said[i].Event.Segment, out.Segment)
		}
	}
	return nil
}

// ErrNothing: there is nothing of that contact.
var ErrNothing = errors.New("nothing is known of that contact")

// statusOf is the status of an error of Privacy.
func statusOf(err error) error {
	if errors.Is(err, ErrNothing) {
		return &problem{http.StatusNotFound, err.Error()}
	}
	return err
}
