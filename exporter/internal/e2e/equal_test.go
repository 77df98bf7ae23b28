package e2e

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/simulate"
)

// keyed is shopConfig with a key file of its own, so that a replay gives
// conversations the server's ids.
const keyed = shopConfig + `
    inboxes:
      - id: main
        bot: true
        team: support
      - id: shop
teams:
  - name: support
  - name: billing
  - name: sales
privacy:
  key_file: private.key
`

// TestHTTPEqualsReplay sends a simulated day through the webhooks, the clock
// standing at each event's receipt, and replays the same events from a file:
// the expositions are equal, native buckets, exemplars and created times
// included.
func TestHTTPEqualsReplay(t *testing.T) {
	day, err := simulate.New(simulate.Options{Seed: 8, Start: nine.Add(-3 * time.Hour), Duration: 24 * time.Hour, Conversations: 200})
	if err != nil {
		t.Fatal(err)
	}
	var items []simulate.Item
	for it := range day.All() {
		items = append(items, it)
	}
	o := newSetup(t, keyed+"conversations:\n  labels: [sale, lead]\n")
	// Created times are the first record's receive time. That is the
	// configuration's here and the first event's in the replay: the same.
	now := items[0].At
	o.clock = now.UTC().Format(time.RFC3339Nano)
	s := start(t, o)
	var file bytes.Buffer

	// compare stops the exporter, to learn when its state was received, and
	// goes on with another one, which shows the same again.
	compare := func(when string) (shown families, end *lane) {
		t.Helper()
		shown = s.mustScrape().journal()
		plain := lines(s.mustGet("/metrics", "Accept", "text/plain").body, false)
		s.terminate()
		end = readLane(t, o.journal)
		args := []string{"replay", "--config.file", o.config, "--at", time.Unix(0, end.last).UTC().Format(time.RFC3339Nano), "-"}
		again, err := parseProtobuf(strings.NewReader(mustRun(t, bytes.NewReader(file.Bytes()), append(args, "--format", "protobuf")...)))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "protobuf, "+when, shown.dump(everything), again.dump(everything))
		same(t, "text, "+when, plain, lines(mustRun(t, bytes.NewReader(file.Bytes()), args...), false))
		same(t, "replay of the journal, "+when, replay(t, nil, "--journal.dir", o.journal).dump(everything), shown.dump(everything))
		o.clock = now.UTC().Format(time.RFC3339Nano)
		s = start(t, o)
		same(t, "after a restart, "+when, s.mustScrape().journal().dump(everything), shown.dump(everything))
		return shown, end
	}
	for i := range items {
		it := &items[i]
		if it.At.After(now) {
			now = it.At
			s.setClock(now)
		}
		it.Event.Source = ""
		s.mustShop(string(event.AppendJSON(nil, &it.Event)))
		it.Event.Source, it.Event.Received = "shop", now
		file.Write(append(event.AppendJSON(nil, &it.Event), '\n'))
		if i == len(items)/2 {
			compare("in the middle of the day")
		}
	}
	_, end := compare("at the last event")
	// While the clock stands nobody needs to be shown the agents' time to the
	// second: a tick comes where something is due.
	if end.ticks > 2*len(items) {
		t.Errorf("%d ticks beside %d events", end.ticks, len(items))
	}
	// Everything that passes by time alone.
	var f families
	for _, wait := range []time.Duration{3 * time.Second, 90 * time.Second, 27 * time.Hour, 7 * 24 * time.Hour} {
		now = now.Add(wait)
		s.setClock(now)
		f, _ = compare("after " + wait.String())
	}

	t.Logf("%d events, %d ticks, %g conversations", len(items), end.ticks, f.sum("helpdesk_conversations_opened_total"))
	for _, happened := range []string{
		"helpdesk_first_response_seconds", "helpdesk_response_seconds", "helpdesk_resolution_seconds",
		"helpdesk_escalations_total", "helpdesk_bot_handoffs_total", "helpdesk_outbound_statuses_total",
		"helpdesk_fcr_outcomes_24h_total", "helpdesk_fcr_outcomes_7d_total", "helpdesk_csat_surveys_total", "helpdesk_csat_responses_total",
		"helpdesk_csat_edits_total", "helpdesk_csat_unparsed_total", "helpdesk_nps_responses_total",
		"helpdesk_bot_conversations_total", "helpdesk_bot_contained_7d_total", "helpdesk_agent_state_seconds_total", "helpdesk_agent_handle_seconds_total",
		"helpdesk_agent_conversations_total", "helpdesk_agent_resolution_seconds", "helpdesk_agent_fcr_outcomes_7d_total", "helpdesk_agent_csat_responses_total",
		"helpdesk_consent_changes_total", "helpdesk_contacts", "helpdesk_template_messages_total", "helpdesk_conversation_labels_total",
	} {
		if f.sum(happened) == 0 {
			t.Errorf("nothing happened in %s: the day is no test", happened)
		}
	}
	if strings.Contains(s.log.String(), "level=ERROR") {
		t.Error("the restart logged an error")
	}
	s.terminate()
}
