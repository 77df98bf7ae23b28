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
	day, err := simulate.New(simulate.Options{Seed: 7, Start: nine.Add(-3 * time.Hour), Duration: 24 * time.Hour, Conversations: 150})
	if err != nil {
		t.Fatal(err)
	}
	var items []simulate.Item
	for it := range day.All() {
		items = append(items, it)
	}
	o := newSetup(t, keyed)
	// Created times are the first record's receive time. That is the
	// configuration's here and the first event's in the replay: the same.
	o.clock = items[0].At.UTC().Format(time.RFC3339Nano)
	s := start(t, o)
	var file bytes.Buffer
	now := items[0].At
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
	}

	compare := func(when string, at time.Time) {
		t.Helper()
		shown := s.mustScrape().journal()
		again := replay(t, bytes.NewReader(file.Bytes()), "--config.file", o.config, "--at", at.Format(time.RFC3339Nano), "-")
		same(t, "protobuf, "+when, shown.dump(everything), again.dump(everything))
		text := mustRun(t, bytes.NewReader(file.Bytes()), "replay", "--config.file", o.config, "--at", at.Format(time.RFC3339Nano), "-")
		same(t, "text, "+when, lines(s.mustGet("/metrics", "Accept", "text/plain").body, false), lines(text, false))
	}
	compare("at the last event", now)
	// Everything that passes by time alone.
	for _, wait := range []time.Duration{3 * time.Second, 90 * time.Second, 27 * time.Hour} {
		now = now.Add(wait)
		s.setClock(now)
		compare("after "+wait.String(), now)
	}

	f := s.mustScrape()
	t.Logf("%d events, %g conversations", len(items), f.sum("helpdesk_conversations_opened_total"))
	for _, happened := range []string{
		"helpdesk_first_response_seconds", "helpdesk_response_seconds", "helpdesk_resolution_seconds",
		"helpdesk_escalations_total", "helpdesk_bot_handoffs_total", "helpdesk_outbound_statuses_total",
	} {
		if f.sum(happened) == 0 {
			t.Errorf("nothing happened in %s: the day is no test", happened)
		}
	}
	shown := f.journal().dump(everything)
	s.terminate()
	same(t, "replay of the journal", replay(t, nil, "--journal.dir", o.journal).dump(everything), shown)

	// A restart shows the same from the snapshot.
	o.clock = now.Format(time.RFC3339Nano)
	s = start(t, o)
	same(t, "after a restart", s.mustScrape().journal().dump(everything), shown)
	if strings.Contains(s.log.String(), "level=ERROR") {
		t.Error("the restart logged an error")
	}
}
