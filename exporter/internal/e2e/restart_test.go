package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestRestartIsInvisible: whoever scrapes all the time never sees a counter, a
// histogram or a created time go back, and sees self-metrics only until the
// journal is replayed.
func TestRestartIsInvisible(t *testing.T) {
	o := newSetup(t, shopConfig+"targets:\n  first_response: 1s\nconversations:\n  lateness_grace: 0s\n")
	// No snapshot but at a graceful stop: every kill means a long replay.
	o.args = []string{"--journal.snapshot-interval", "1h"}
	w := watch(t)
	s := start(t, o)
	w.follow(s)

	sent := 0
	send := func(n int) {
		t.Helper()
		var b strings.Builder
		for range n {
			sent++
			b.WriteString(received(fmt.Sprint("w", sent), fmt.Sprintf("+551190%07d", sent%500), time.Now()))
		}
		s.mustShop(b.String())
	}
	for range 10 {
		send(5000)
	}
	for i, graceful := range []bool{false, false, true, false, true} {
		send(300)
		// Deadlines pass too: half a second of them is in each round.
		before := s.mustScrape()
		if graceful {
			s.terminate()
		} else {
			s.kill()
		}
		var err error
		if s, err = launch(t, o); err != nil {
			t.Fatal(err)
		}
		w.follow(s)
		if a := s.mustGet("/-/healthy"); a.status != http.StatusOK {
			t.Errorf("not healthy while it replays: %d", a.status)
		}
		s.waitReady()
		after := s.mustScrape()
		if got := after.sum("helpdesk_messages_total"); got != float64(sent) {
			t.Errorf("restart %d: %g messages, %d sent", i, got, sent)
		}
		if was, is := before.sum("helpdesk_state_rollbacks_total"), after.sum("helpdesk_state_rollbacks_total"); was != 0 || is != 0 {
			t.Errorf("restart %d: %g rollbacks", i, is)
		}
	}
	w.end()
	t.Logf("%d scrapes, %d with the journal's families, %d before the replay's end", w.scrapes, w.full, w.early)
	if w.full < 10 {
		t.Error("hardly anything was scraped")
	}
	if w.early == 0 {
		t.Error("no scrape fell into a replay; it proves nothing about them")
	}
	if strings.Contains(s.log.String(), "Scrape without") {
		t.Error("a scrape during the replay is logged as a fault")
	}
	s.terminate()
}
