package measure

import (
	"fmt"
	"slices"
	"testing"
)

// TestSegments: families with the label tell segments apart, all others show
// the scope as if there were none, and nothing stands twice.
func TestSegments(t *testing.T) {
	names := NewNames(10)
	source, inbox := names.Admit(DictSource, "desk"), names.Admit(DictInbox, "main")
	vip := names.Force(DictSegment, "vip")
	plain := Scope{Source: source, Inbox: inbox}
	of := plain
	of.Segment = vip
	// The segment's scope comes first in one store, and alone in another.
	first, second := NewStore(NewBuckets()), NewStore(NewBuckets())
	for i, sc := range []Scope{of, plain} {
		id := first.Scope(sc)
		first.Add(OpenedConversations, id, Other, TriggerInbound, int64(10*(i+1)))
		first.Add(Turns, id, None, TurnAnswered, int64(10*(i+1)))
		first.Add(Conversations, id, None, StateWaiting, 1)
		first.Observe(FirstResponse, id, Other, 0, 7e9, Exemplar{})
		first.Observe(Response, id, None, 0, 7e9, Exemplar{})
		first.AddOpen(SendFailures, id, None, 0, Other, None, 1)
		first.Sample(CSATRatio, id, Other, 0, testNow, int64(i), 1)
		first.Sample(FCRRatio, id, Other, Window24h, testNow, int64(i), 1)
	}
	second.Add(OpenedConversations, second.Scope(of), Other, TriggerInbound, 100)
	second.Add(Turns, second.Scope(of), None, TurnAnswered, 100)
	v := NewView()
	for range 2 {
		v.Update(names, testNow, second, first)
	}
	got := map[string]string{}
	v.Values(func(f *Family, labels []string, value float64, h *Hist) {
		if len(labels) != len(f.LabelNames()) {
			t.Fatalf("%s: values %q of labels %q", f.Name, labels, f.LabelNames())
		}
		if h != nil {
			value = float64(h.Count)
		}
		series := fmt.Sprint(f.Name, labels)
		if _, twice := got[series]; twice {
			t.Errorf("%s stands twice", series)
		}
		got[series] = fmt.Sprint(value)
	})
	for series, want := range map[string]string{
		"helpdesk_conversations_opened_total[desk main  other vip inbound]":      "110",
		"helpdesk_conversations_opened_total[desk main  other  inbound]":         "20",
		"helpdesk_turns_total[desk main  answered]":                              "130",
		"helpdesk_conversations[desk main  waiting]":                             "2",
		"helpdesk_first_response_seconds[desk main  other vip]":                  "1",
		"helpdesk_first_response_seconds[desk main  other ]":                     "1",
		"helpdesk_response_seconds[desk main ]":                                  "2",
		"helpdesk_send_failures_total[desk main  other]":                         "2",
		"helpdesk_csat_ratio[desk main  other vip]":                              "0",
		"helpdesk_csat_ratio[desk main  other ]":                                 "1",
		"helpdesk_first_contact_resolution_ratio[desk main  other 24h]":          "0.5",
		"helpdesk_csat_surveys_total[desk main  other vip]":                      "0",
		"helpdesk_csat_responses_total[desk main  other vip 5 human false]":      "0",
		"helpdesk_conversations_closed_total[desk main  other human true]":       "0",
		"helpdesk_first_response_deadlines_total[desk main  other vip met open]": "0",
	} {
		if got[series] != want {
			t.Errorf("%s is %q, want %s", series, got[series], want)
		}
	}
	var scopes []Scope
	v.Scopes(func(sc Scope) { scopes = append(scopes, sc) })
	if !slices.Equal(scopes, []Scope{plain}) {
		t.Errorf("scopes %v", scopes)
	}
}
