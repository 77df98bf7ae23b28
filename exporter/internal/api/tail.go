package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/transcript"
)

// A tail looks for news every tailEvery, takes at most tailBatch entries at a time,
// and says something every keepAlive, so that what is between does not give it up.
// maxTails may run at once.
const (
	tailEvery = 250 * time.Millisecond
	tailBatch = 500
	keepAlive = 15 * time.Second
	maxTails  = 64
)

// tail sends messages as they come, as server-sent events.
func (a *API) tail(w http.ResponseWriter, r *request) error {
	k, err := askingOf(r.URL.Query())
	if err != nil {
		return err
	}
	if a.opts.Reader == nil {
		return errNoTexts
	}
	if a.streams.Add(1) > maxTails {
		a.streams.Add(-1)
		return &problem{http.StatusTooManyRequests, fmt.Sprintf("%d streams run already: end one", maxTails)}
	}
	defer a.streams.Add(-1)
	var mark uint64
	if err := a.inspect(r, func(s *fold.State) { mark = s.Transcripts().Mark() }); err != nil {
		return err
	}
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		if mark, err = strconv.ParseUint(last, 10, 64); err != nil {
			return bad("Last-Event-ID is not what another stream gave as id")
		}
	}
	out := http.NewResponseController(w)
	// The server's time-outs are for answers that end.
	_ = out.SetWriteDeadline(time.Time{})
	_ = out.SetReadDeadline(time.Time{})
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	fmt.Fprintf(w, "id: %d\n: since now\n\n", mark)
	if err := out.Flush(); err != nil {
		return nil
	}
	tick := time.NewTicker(tailEvery)
	defer tick.Stop()
	quiet := time.Now()
	for {
		select {
		case <-r.Context().Done():
			return nil
		case <-tick.C:
		}
		var b bytes.Buffer
		next, err := a.news(r, &k, mark, &b)
		if err != nil {
			return nil // the client comes back
		}
		if b.Len() == 0 && time.Since(quiet) >= keepAlive {
			b.WriteString(": still here\n\n")
		}
		if mark = next; b.Len() > 0 {
			quiet = time.Now()
			if _, err := w.Write(b.Bytes()); err != nil || out.Flush() != nil {
				return nil
			}
		}
	}
}

// news writes what came after a mark.
func (a *API) news(r *request, k *asking, mark uint64, b *bytes.Buffer) (uint64, error) {
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	var came []transcript.Recent
	var lines []line
	var places []conversation.Position
	var lost, next uint64
	err := a.source.Inspect(ctx, func(s *fold.State) {
		came, next, lost = s.Transcripts().Recent(nil, mark, tailBatch)
		if len(came) == 0 {
			return
		}
		v := view(s)
		matches := (&matching{v, r.set.satisfied}).test(k.filters)
		for i := range came {
			e := &came[i].Entry
			row := s.Transcripts().Get(came[i].ID)
			if row == nil || !k.wants(e) || !matches(row) {
				continue
			}
			places = append(places, e.Place)
			lines = append(lines, line{Line: api.Line{
				Conversation: came[i].ID.String(), Role: roles[e.Actor], Source: v.names.Value(m.DictSource, row.Source), Inbox: v.names.Value(m.DictInbox, row.Inbox),
				Team: v.names.Value(m.DictTeam, row.Team), RequestType: v.names.Value(m.DictRequestType, row.Type),
			}})
		}
	})
	if err != nil {
		return mark, err
	}
	if lost > 0 {
		fmt.Fprintf(b, "id: %d\nevent: lost\ndata: %d\n\n", next, lost)
	}
	said, err := a.opts.Reader.Get(ctx, places)
	if err != nil {
		return mark, err
	}
	for i := range said {
		l, err := a.lineOf(ctx, &said[i], lines[i].Conversation, r.full)
		if err != nil {
			return mark, err
		}
		l.Kind, l.Role, l.Source, l.Inbox = api.KindMessage, lines[i].Role, lines[i].Source, lines[i].Inbox
		l.Line.Team, l.RequestType = lines[i].Line.Team, lines[i].RequestType
		lines[i] = l
	}
	if len(lines) > 0 {
		if err := a.source.Inspect(ctx, func(s *fold.State) { people(s, lines) }); err != nil {
			return mark, err
		}
	}
	for i := range lines {
		data, err := json.Marshal(lines[i].Line)
		if err != nil {
			return mark, err
		}
		fmt.Fprintf(b, "id: %d\nevent: message\ndata: %s\n\n", next, data)
	}
	return next, nil
}
