package api

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/transcript"
)

// vendorLink is the event that says by which ids the vendor knows a conversation.
type vendorLink struct {
	at conversation.Position
	ok bool
}

// linkOf gives a conversation's first message, or else its first event.
func linkOf(row *transcript.Row) (l vendorLink) {
	for _, e := range row.Entries(nil) {
		if e.Kind == event.MessageStatus {
			continue
		}
		if !l.ok || e.Message() {
			l = vendorLink{e.Place, true}
		}
		if e.Message() {
			break
		}
	}
	return l
}

// linkFor is how long a page waits for the vendors' ids, which are sealed in the
// journal; rows beyond go without the link.
const linkFor = 10 * time.Millisecond

// link fills in the vendors' addresses.
func (a *API) link(r *request, rows []api.Conversation, links []vendorLink) {
	if len(r.set.urls) == 0 || a.opts.Reader == nil {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), linkFor)
	defer cancel()
	for i := range rows {
		template := r.set.urls[rows[i].Source]
		if template == "" || !links[i].ok || ctx.Err() != nil {
			continue
		}
		said, err := a.opts.Reader.Get(ctx, []conversation.Position{links[i].at})
		if err != nil {
			continue
		}
		if p, gone, err := a.opts.Reader.Personal(ctx, &said[0]); err == nil && gone == transcript.Here {
			rows[i].VendorURL = vendorURL(template, &rows[i], &p, r.full)
		}
	}
}

// vendorURL is "" where the vendor's id is not known, or may not be shown.
func vendorURL(template string, c *api.Conversation, p *intake.Personal, full bool) string {
	if strings.Contains(template, "{conversation}") && p.Conversation == "" || strings.Contains(template, "{contact}") && (p.Contact == "" || !full) {
		return ""
	}
	// Some vendors' ids of conversations are phones, or hold one.
	if !full && p.Contact != "" && strings.Contains(p.Conversation, strings.TrimLeft(p.Contact, "+")) {
		return ""
	}
	return strings.NewReplacer(
		"{conversation}", url.PathEscape(p.Conversation), "{contact}", url.PathEscape(p.Contact),
		"{inbox}", url.PathEscape(c.Inbox), "{source}", url.PathEscape(c.Source),
	).Replace(template)
}
