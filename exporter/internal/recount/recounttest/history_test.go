package recounttest

import (
	"bytes"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/recount"
)

// What a comparison can find is bounded by what the histories reach: each of
// these series has to be touched by some of a few hundred histories.
func TestHistoriesReachEverything(t *testing.T) {
	wanted := []string{
		`first_response_seconds_count{`, `customer_first_response_seconds_count{`, `bot_first_response_seconds_count{`,
		`assignment_response_seconds_count{`, `assignments_total{ outcome="answered"`, `assignments_total{ outcome="missed"`,
		`first_response_deadlines_total{ result="met"`, `first_response_deadlines_total{ result="missed"`,
		`first_response_deadlines_total{ result="void"`,
		`response_seconds_count{`,
		`turns_total{ outcome="answered"`, `turns_total{ outcome="closed"`,
		`turns_total{ outcome="no_reply_needed"`, `turns_total{ outcome="expired"`,
		`conversations{ state="bot"`, `conversations{ state="waiting"`,
		`conversations{ state="answered"`, `conversations{ state="pending"`,
		`oldest_waiting_start_timestamp_seconds{`, `oldest_negative_start_timestamp_seconds{`, `unanswered_2m_total{`,
		`service_windows_total{ outcome="answered"`, `service_windows_total{ outcome="missed"`,
		`service_windows_total{ outcome="expired"`, `service_windows_expiring_soon{`,
		`resolution_seconds_count{ closed_by="human"`, `resolution_seconds_count{ closed_by="bot"`,
		`resolution_seconds_count{ closed_by="api"`, `resolution_seconds_count{ closed_by="timeout"`,
		`resolution_seconds_count{ closed_by="thanks"`, `resolution_active_seconds_count{`,
		`resolution_deadlines_total{ result="met"`, `resolution_deadlines_total{ result="missed"`,
		`resolution_deadlines_total{ result="void"`,
		`conversations_over_target{`,
		`escalations_total{ reason="unanswered"`, `escalations_total{ reason="unresolved"`,
		`escalations_total{ reason="negative"`, `escalations_total{ reason="requested"`,
		`escalated_conversations{ reason="unanswered"`, `escalated_conversations{ reason="unresolved"`,
		`conversations_opened_total{ trigger="inbound"`, `conversations_opened_total{ trigger="reopen"`,
		`conversations_opened_total{ trigger="outbound"`, `conversations_opened_total{ request_type="billing"`,
		`conversations_closed_total{ closed_by="merged"`, `conversations_closed_total{ one_touch="true"`,
		`messages_total{ actor="bot"`, `messages_total{ kind="other"`,
		`closing_thanks_total{`, `clock_anomalies_total{`, `failed_replies_total{`,
		`late_events_total{ kind="conversation.resolved"`, `late_events_total{ kind="conversation.assigned"`,
		`late_events_total{ kind="conversation.handoff"`,
		`outbound_statuses_total{ status="failed"`, `send_failures_total{ code="131026"`, `send_failures_total{ code="other"`,
		`bot_conversations_total{ outcome="handoff"`,
		`bot_handoffs_total{ reason="unspecified"`, `bot_handoffs_total{ reason="assignment"`,
		`bot_handoffs_total{ reason="implicit"`, `bot_handoffs_total{ reason="no_answer"`,
		`provider_account_events_total{`, `inbox_restricted{`,

		`first_response_business_seconds_count{`, `resolution_business_seconds_count{`, `calendar_open{`,
		`first_response_deadlines_total{ hours="closed"`, `resolution_deadlines_total{ hours="closed"`,
		`unanswered_2m_total{ hours="closed"`, `escalations_total{ hours="closed"`, `negative_response_deadlines_total{ hours="closed"`,
		`negative_response_deadlines_total{ result="met"`, `negative_response_deadlines_total{ result="missed"`,
		`negative_response_deadlines_total{ result="void"`, `negative_response_seconds_count{`, `negative_resolution_seconds_count{`,
		`fcr_outcomes_24h_total{ outcome="first_contact"`, `fcr_outcomes_24h_total{ outcome="reopened"`,
		`fcr_outcomes_24h_total{ outcome="repeat"`, `fcr_outcomes_24h_total{ outcome="unanswered"`,
		`fcr_outcomes_7d_total{ outcome="first_contact"`, `fcr_outcomes_7d_total{ outcome="reopened"`,
		`fcr_outcomes_7d_total{ outcome="repeat"`, `fcr_outcomes_7d_total{ outcome="unanswered"`,
		`first_contact_resolution_ratio{ window="24h"`, `first_contact_resolution_ratio{ window="7d"`,
		`csat_surveys_total{`, `csat_responses_total{ score="1"`, `csat_responses_total{ score="5"`,
		`csat_responses_total{ handled_by="bot"`, `csat_responses_total{ had_negative="true"`,
		`csat_edits_total{`, `csat_unparsed_total{`, `csat_ratio{`, `csat_response_ratio{`,
		`nps_responses_total{ group="promoter"`, `nps_responses_total{ group="passive"`,
		`nps_responses_total{ group="detractor"`, `nps_score{`,
		`agent_state_seconds_total{ state="available"`, `agent_state_seconds_total{ state="busy"`,
		`agent_state_seconds_total{ state="away"`, `agent_state_seconds_total{ state="offline"`,
		`agent_info{ presence="inferred"`, `agent_info{ presence="reported"`,
		`agent_utilization_ratio{`, `agent_active_conversations{`, `agent_capacity{`, `agent_load_ratio{`,
		`agent_handle_seconds_total{`, `agent_conversations_total{ event="assigned"`,
		`agent_conversations_total{ event="answered"`, `agent_conversations_total{ event="resolved"`,
		`agent_conversations_total{ event="transferred"`, `agent_messages_total{`,
		`agent_first_response_seconds_count{`, `agent_response_seconds_count{`, `agent_resolution_seconds_count{`,
		`agent_fcr_outcomes_7d_total{`, `agent_csat_responses_total{`,
		`bot_conversations_total{ outcome="resolved_confirmed"`, `bot_conversations_total{ outcome="resolved_silent"`,
		`bot_conversations_total{ outcome="abandoned"`, `bot_contained_7d_total{ outcome="durable"`,
		`bot_contained_7d_total{ outcome="returned"`, `bot_containment_ratio{`,
		`customer_messages_sentiment_total{ sentiment="negative"`, `customer_messages_sentiment_total{ sentiment="neutral"`,
		`customer_messages_sentiment_total{ sentiment="positive"`, `conversation_labels_total{ label="vip"`,
		`contacts{ consent="opted_in"`, `contacts{ consent="confirmed"`, `contacts{ consent="opted_out"`,
		`contacts{ consent="unknown"`, `consent_changes_total{ to="opted_out"`,
		`template_messages_total{ consent="recorded"`, `template_messages_total{ consent="missing"`,
	}
	var all strings.Builder
	draw := GenHistory()
	for seed := range 400 {
		h := draw.Example(seed)
		for series := range recount.Recount(h.Events, h.Settings, h.At) {
			all.WriteString(series)
			all.WriteByte('\n')
		}
	}
	lines := slices.Collect(strings.Lines(all.String()))
	for _, want := range wanted {
		name, label, _ := strings.Cut(want, " ")
		if !slices.ContainsFunc(lines, func(l string) bool {
			return strings.HasPrefix(l, "helpdesk_"+name) && strings.Contains(l, label)
		}) {
			t.Errorf("no history reaches %s", want)
		}
	}
}

// A source of provider "events" would take every event that is drawn.
func TestEventsAreWellFormed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, e := range GenHistory().Draw(t, "history").Events {
			e.Received = time.Time{} // set by the server
			var got event.Event
			opts := event.Options{AllowSource: true}
			read, err := opts.Decode(event.AppendJSON(nil, &e), nil)
			if err != nil {
				t.Fatalf("%s: %v", line(e, Start), err)
			}
			got = read[0]
			if line(got, Start) != line(e, Start) || got.Kind != e.Kind {
				t.Fatalf("came back as\n%s\nwas\n%s", line(got, Start), line(e, Start))
			}
		}
	})
}

// Counters and histograms never go down when more happens later: those of a
// beginning of the history are bounds for those of the whole.
func TestCountersNeverStepBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := GenHistory().Draw(t, "history")
		events := recount.FillReceived(h.Events)
		n := rapid.IntRange(0, len(events)).Draw(t, "cut")
		var at time.Time
		if n > 0 {
			at = events[n-1].Received
		}
		part := recount.Recount(events[:n], h.Settings, at)
		whole := recount.Recount(events, h.Settings, h.At)
		for series, v := range part {
			// seconds of agents are added up in other portions
			if isCounter(series) && whole[series] < v-1e-6 {
				t.Fatalf("%s was %g and became %g", series, v, whole[series])
			}
		}
	})
}

func isCounter(series string) bool {
	name, _, _ := strings.Cut(series, "{")
	for _, suffix := range []string{"_total", "_count", "_sum", "_bucket"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

// A provider that says everything twice changes nothing.
func TestDuplicatesChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := GenHistory().Draw(t, "history")
		var twice []event.Event
		for _, e := range recount.FillReceived(h.Events) {
			twice = append(twice, e, e)
		}
		once := recount.Recount(h.Events, h.Settings, h.At)
		if got := recount.Recount(twice, h.Settings, h.At); !maps.Equal(got, once) {
			t.Fatalf("said once %v\ntwice %v", once, got)
		}
	})
}

// What the definitions promise about sums, whatever happens.
func TestBooksBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := GenHistory().Draw(t, "history")
		got := recount.Recount(h.Events, h.Settings, h.At)
		sum := func(name, label string) (n float64) {
			for series, v := range got {
				if strings.HasPrefix(series, "helpdesk_"+name+"{") && strings.Contains(series, label) {
					n += v
				}
			}
			return n
		}
		closed, open := sum("conversations_closed_total", ""), sum("conversations", "")
		atMost := func(what string, n, bound float64) {
			if n > bound {
				t.Fatalf("%s: %g, more than %g\n%v", what, n, bound, got)
			}
		}
		opened := sum("conversations_opened_total", "")
		atMost("opened", opened, closed+open)
		atMost("closed without being opened", closed, opened)
		deadlines := sum("first_response_deadlines_total", "")
		atMost("first response results", deadlines, closed+open)
		atMost("first response samples", sum("first_response_seconds_count", ""), sum("customer_first_response_seconds_count", "")+sum("clock_anomalies_total", ""))
		resolved := sum("resolution_deadlines_total", "")
		atMost("resolution results", resolved, closed+open)
		atMost("closed without a resolution result", closed, resolved)
		atMost("resolution samples", sum("resolution_seconds_count", ""), closed-sum("conversations_closed_total", `closed_by="merged"`))
		atMost("waiting", sum("conversations", `state="waiting"`), open)
		atMost("over target", sum("conversations_over_target", ""), open)
		atMost("escalated", sum("escalated_conversations", ""), sum("escalations_total", ""))
		atMost("first contact outcomes", sum("fcr_outcomes_24h_total", ""), closed-sum("conversations_closed_total", `closed_by="merged"`))
		atMost("outcomes of seven days", sum("fcr_outcomes_7d_total", ""), sum("fcr_outcomes_24h_total", ""))
		atMost("repeats within a day", sum("fcr_outcomes_7d_total", `outcome="first_contact"`), sum("fcr_outcomes_24h_total", `outcome="first_contact"`))
		atMost("outcomes of agents", sum("agent_fcr_outcomes_7d_total", ""), sum("fcr_outcomes_7d_total", ""))
		atMost("outcomes of bots", sum("bot_conversations_total", ""), closed+open)
		atMost("contained", sum("bot_contained_7d_total", ""), sum("bot_conversations_total", `outcome="resolved_`))
		atMost("negative results", sum("negative_response_deadlines_total", ""), sum("customer_messages_sentiment_total", `sentiment="negative"`))
		atMost("negative samples", sum("negative_response_seconds_count", ""), sum("negative_response_deadlines_total", ""))
		atMost("negative resolutions", sum("negative_resolution_seconds_count", ""), sum("resolution_seconds_count", ""))
		atMost("business resolutions", sum("resolution_business_seconds_sum", ""), sum("resolution_seconds_sum", "")+1e-6)
		atMost("business responses", sum("first_response_business_seconds_sum", ""), sum("first_response_seconds_sum", "")+1e-6)
		if n, of := sum("first_response_business_seconds_count", ""), sum("first_response_seconds_count", ""); n != of {
			t.Fatalf("%g headline samples, %g in business time", of, n)
		}
		atMost("samples of agents' first responses", sum("agent_first_response_seconds_count", ""), sum("first_response_seconds_count", ""))
		atMost("messages of agents", sum("agent_messages_total", ""), sum("messages_total", `actor="human"`))
		atMost("answered by agents", sum("agent_conversations_total", `event="answered"`), sum("agent_messages_total", ""))
		atMost("transfers", sum("agent_conversations_total", `event="transferred"`), sum("agent_conversations_total", `event="assigned"`))
		atMost("credited answers", sum("agent_csat_responses_total", ""), sum("csat_responses_total", ""))
		if len(h.Events) > 0 {
			events := recount.FillReceived(h.Events)
			span := h.At.Sub(events[0].Received).Seconds()
			if last := events[len(events)-1].Received; last.After(h.At) {
				span = last.Sub(events[0].Received).Seconds()
			}
			atMost("agents' time", sum("agent_state_seconds_total", ""), 3*span+1e-3)
			if configured := 2 * span; sum("agent_state_seconds_total", "") < configured-1e-3 {
				t.Fatalf("time of the configured agents is missing: %g of %g s", sum("agent_state_seconds_total", ""), configured)
			}
		}
		for series, v := range got {
			bounded := strings.Contains(series, "_ratio{") && !strings.Contains(series, "csat_response_ratio") && !strings.Contains(series, "agent_load_ratio")
			if bounded && (v < 0 || v > 1) || strings.HasPrefix(series, "helpdesk_nps_score{") && (v < -100 || v > 100) {
				t.Fatalf("%s is %g", series, v)
			}
		}
		atMost("samples of replies", sum("response_seconds_count", ""), sum("turns_total", `outcome="answered"`))
		for series, v := range got {
			if name, labels, _ := strings.Cut(series, "{"); strings.HasSuffix(name, "_count") {
				inf := strings.TrimSuffix(name, "_count") + "_bucket{"
				n := 0.0
				for other, w := range got {
					if strings.HasPrefix(other, inf) && strings.Contains(other, `le="+Inf"`) &&
						strings.Replace(strings.TrimPrefix(other, inf), `le="+Inf",`, "", 1) == labels {
						n += w
					}
				}
				if n != v {
					t.Fatalf("%s is %g, its last bucket %g", series, v, n)
				}
			}
		}
	})
}

// FillReceived settles the receive times once and for all.
func TestFillReceivedIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := GenHistory().Draw(t, "history")
		once := recount.FillReceived(h.Events)
		for i, e := range once {
			if e.Received.IsZero() || i > 0 && e.Received.Before(once[i-1].Received) {
				t.Fatalf("event %d: %s", i, line(e, Start))
			}
		}
		if twice := recount.FillReceived(once); !reflect.DeepEqual(once, twice) {
			t.Fatal("it changed what it had filled in")
		}
	})
}

func TestHistoryIsReadable(t *testing.T) {
	h := History{
		Settings: recount.Defaults(),
		Events: []event.Event{{ID: "e1", Time: Start.Add(time.Minute), Source: "events", Inbox: "i1", Contact: "c1",
			Kind: event.MessageSent, Actor: event.ActorHuman, Agent: event.Agent{ID: "a1"}, Received: Start.Add(time.Hour)}},
		At: Start.Add(2 * time.Hour),
	}
	want := "+1m0s e1 events/i1/c1 message.sent received=+1h0m0s actor=human agent=a1\nat +2h0m0s\n"
	if got := h.GoString(); !bytes.HasSuffix([]byte(got), []byte(want)) {
		t.Errorf("got %s, want it to end in %s", got, want)
	}
}
