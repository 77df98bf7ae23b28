package meta

import (
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/providertest"
)

func TestDay(t *testing.T) {
	providertest.Suite{
		Name: "meta", Spec: Spec,
		Source: config.Source{Secret: ownSecret, VerifyToken: ownToken},
		Day:    providertest.Day{Translate: inMetasWords, Adds: alsoSent},
	}.RunDay(t)
}

func inMetasWords(e *event.Event) {
	switch {
	case e.Kind == event.MessageStatus && e.Status == event.StatusFailed:
		e.Message.Template.Category = "" // what failed has no price
	case e.Line.Template != "":
		e.Inbox = "" // templates belong to the account, not to a number
	}
}

// alsoSent: Meta reports a send by its status, which counts as one too, and a
// survey is a message.
func alsoSent(e event.Event) (also []event.Event) {
	if e.Kind != event.MessageSent && e.Kind != event.SurveySent {
		return nil
	}
	if e.Kind == event.SurveySent {
		m := e
		m.Kind, m.ID = event.MessageSent, e.ID+":message"
		also = append(also, m)
	}
	st := e
	st.Kind, st.ID, st.Status = event.MessageStatus, e.ID+":sent", event.StatusSent
	if st.Message.Template.Category == "" {
		st.Message.Template.Category = "service" // what a reply within the window costs
	}
	return append(also, st)
}
