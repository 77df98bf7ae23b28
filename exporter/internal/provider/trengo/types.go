package trengo

import (
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// The event types, as Trengo names them. A webhook has one.
const (
	typeInbound   = "INBOUND"
	typeOutbound  = "OUTBOUND"
	typeNote      = "NOTE"
	typeCreated   = "TICKET_CREATED"
	typeAssigned  = "TICKET_ASSIGNED"
	typeClosed    = "TICKET_CLOSED"
	typeReopened  = "TICKET_REOPENED"
	typeMerged    = "TICKET_MERGED"
	typeLabeled   = "TICKET_LABEL_ADDED"
	typeUnlabeled = "TICKET_LABEL_DELETED"
	typeSpam      = "TICKET_MARKED_AS_SPAM"
	typeNoSpam    = "TICKET_UNMARKED_AS_SPAM"
)

var eventTypes = []string{
	typeInbound, typeOutbound, typeNote, typeCreated, typeAssigned, typeClosed, typeReopened, typeMerged, typeLabeled, typeUnlabeled,
	typeSpam, typeNoSpam,
	"VOICE_CALL_STARTED", "VOICE_CALL_ENDED", "VOICE_CALL_RECORDED", "VOICE_CALL_MISSED", "VOICE_CALL_ROUTE_NUMBER",
}

// known gives the event type of that name, whatever its case; "" if there is
// none.
func known(name string) string {
	for _, t := range eventTypes {
		if strings.EqualFold(t, name) {
			return t
		}
	}
	return ""
}

// typeInAddress gives the event type that the address names: by what follows the
// source's name, else by the parameter event. named tells that there is a name;
// the type of one that is not known is "".
func typeInAddress(r *provider.Request) (kind string, named bool) {
	name := strings.Trim(r.Path, "/")
	if name == "" {
		name = r.Query.Get("event")
	}
	if name == "" {
		return "", false
	}
	return known(name), true
}

// typeOfSecret gives the event type of the one signing secret that signed the
// request; "" where there is none or more than one.
func (a *Adapter) typeOfSecret(r *provider.Request) (kind string) {
	sig, err := signatureOf(r)
	if err != nil {
		return ""
	}
	for i := range a.secrets {
		s := &a.secrets[i]
		if s.kind == "" || s.kind == kind || !sig.isBy(s, r.Body) {
			continue
		}
		if kind != "" {
			return ""
		}
		kind = s.kind
	}
	return kind
}

// typeOfBody gives the event type of bodies that no other type has. Who wrote a
// message without a user is not among what a body tells: the customer, or a bot.
func typeOfBody(form wire.Form) string {
	user, contact := idIn(form, "user_id") != "", idIn(form, "contact_id") != ""
	switch status := form.Get("status"); {
	case form.Has("merged_and_deleted_ticket_id"):
		return typeMerged
	case form.Has("assigned_to"):
		return typeAssigned
	case form.Has("message_id") && user && contact:
		return typeOutbound
	case form.Has("message_id") && user:
		return typeNote
	case !form.Has("message_id") && (status == "OPEN" || status == "ASSIGNED"):
		return typeReopened
	}
	return ""
}
