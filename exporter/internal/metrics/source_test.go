package metrics

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

const (
	created     = 1_767_225_600_000_000_000 // 2026-01-01
	histCreated = created + 3_600_000_000_000
	now         = created + 7_200_000_000_000
)

// fixture is a Source built by hand.
type fixture struct {
	names   *measure.Names
	stores  []*measure.Store
	dynamic func(v *measure.View)
	err     error
	created int64
}

func (f *fixture) View(_ context.Context, v *measure.View) error {
	if f.err != nil {
		return f.err
	}
	v.Update(f.names, now, f.stores...)
	v.Created, v.HistCreated = f.created, histCreated
	if f.dynamic != nil {
		f.dynamic(v)
		v.SortDynamic()
	}
	return nil
}

// scope admits the values of a scope.
func (f *fixture) scope(source, inbox, team string) measure.Scope {
	return measure.Scope{
		Source: f.names.Admit(measure.DictSource, source),
		Inbox:  f.names.Admit(measure.DictInbox, inbox),
		Team:   f.names.Admit(measure.DictTeam, team),
	}
}

func newFixture(stores int) *fixture {
	f := &fixture{names: measure.NewNames(200), created: created}
	for range stores {
		f.stores = append(f.stores, measure.NewStore(measure.NewBuckets(time.Minute, 45*time.Second)))
	}
	return f
}

// helpdesk is a small helpdesk in two shards, with something in every kind of
// family.
func helpdesk() *fixture {
	f := newFixture(2)
	nobody, sales := f.scope("main", "5511900000001", ""), f.scope("main", "5511900000001", "sales")
	order := f.names.Force(measure.DictRequestType, "order")
	failed := f.names.Admit(measure.DictCode, "131047")
	utility := f.names.Admit(measure.DictCategory, "utility")
	reason := f.names.Admit(measure.DictReason, `said "no\way"`)
	restricted := f.names.Admit(measure.DictLineEvent, "account_restriction")
	ana := f.names.Admit(measure.DictAgent, "agent 7")
	for i, st := range f.stores {
		for j, sc := range []measure.Scope{nobody, sales} {
			id := st.Scope(sc)
			if sc == sales {
				continue
			}
			n := int64(10*i + j + 1)
			ex := func(seconds float64) measure.Exemplar {
				return measure.Exemplar{
					Conversation: measure.ConversationID{9: byte(n)},
					Value:        int64(seconds * 1e9),
					Time:         created + n*1e9,
				}
			}
			observe := func(fam *measure.Family, typ measure.ID, cell int, seconds ...float64) {
				for _, s := range seconds {
					st.Observe(fam, id, typ, cell, int64(s*1e9), ex(s))
				}
			}
			observe(measure.FirstResponse, order, 0, 0, 12, 45, 60.5, 100_000)
			observe(measure.Response, 0, 0, 3.5, 3600)
			observe(measure.Resolution, order, measure.ClosedByTimeout, 299.75)
			observe(measure.AssignmentResponse, 0, 0, 1.25)
			st.Add(measure.FirstResponseDeadlines, id, order, measure.HoursCount*measure.ResultMissed+measure.HoursClosed, n)
			st.Add(measure.Conversations, id, 0, measure.StateWaiting, n)
			st.Add(measure.Messages, id, 0, measure.MessageCell(measure.DirectionIn, event.ActorCustomer, 0), 100*n)
			st.AddOpen(measure.SendFailures, id, 0, 0, failed, 0, n)
			st.AddOpen(measure.OutboundStatuses, id, 0, 3, utility, 0, n)
			st.AddOpen(measure.BotHandoffs, id, order, 0, reason, 0, n)
			st.AddOpen(measure.AccountEvents, id, 0, 0, restricted, 0, n)
			st.Add(measure.InboxRestricted, id, 0, 0, int64(i))
			st.Add(measure.SurveyResponses, id, order, measure.SurveyCell(5, false, true), n)
			st.AddOpen(measure.TemplateMessages, id, 0, measure.ConsentMissing, utility, 0, n)
			st.SetCell(measure.Contacts, id, measure.ContactsConfirmed, n)
			st.Sample(measure.FCRRatio, id, order, measure.Window7d, now-1e9*n, int64(i), 2)
			st.Sample(measure.NPSScore, id, order, 0, now, -int64(i), 1)
			agent := st.AgentScope(ana, sc.Team)
			st.Add(measure.AgentStateSeconds, agent, 0, measure.AgentBusy, n*1_500_000)
			st.Observe(measure.AgentResponse, agent, 0, 0, n*2_500_000_000, ex(1))
		}
	}
	f.dynamic = func(v *measure.View) {
		v.AddDynamic(measure.OldestWaiting, 1767229200.25, "main", "5511900000001", "")
		v.AddDynamic(measure.EscalatedStart, 1767229260, "main", "5511900000001", "sales", "0000000000000001", "unanswered")
		v.AddDynamic(measure.Targets, 60, "first_response", "", "")
		v.AddDynamic(measure.Targets, 0.85, "csat", "", "")
		v.AddDynamic(measure.AgentUtilization, 0.75, "agent 7", "")
		v.AddDynamic(measure.AgentInfo, 1, "agent 7", "Agent Seven", "", "inferred")
		v.AddDynamic(measure.TemplateState, 1, "main", "order_update", "approved")
	}
	return f
}

func registry(t testing.TB, cs ...prometheus.Collector) *prometheus.Registry {
	t.Helper()
	reg := prometheus.NewPedanticRegistry()
	for _, c := range cs {
		if err := reg.Register(c); err != nil {
			t.Fatal(err)
		}
	}
	return reg
}
