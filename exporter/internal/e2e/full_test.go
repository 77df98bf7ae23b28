package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestJournalFull: a full journal refuses webhooks and says so; once snapshots
// let it be trimmed it takes them again, and nothing acknowledged is lost.
func TestJournalFull(t *testing.T) {
	const limit = 200_000
	o := newSetup(t, keyed)
	o.clock = nine.Format(time.RFC3339)
	limited := func(snapshots string) setup {
		with := o
		with.args = []string{"--journal.max-bytes", fmt.Sprint(limit), "--journal.snapshot-interval", snapshots}
		return with
	}
	s := start(t, limited("1h"))
	acked, refused := 0, answer{}
	send := func() (answer, error) {
		var b strings.Builder
		for i := range 20 {
			n := acked + i
			b.WriteString(received(fmt.Sprint("f", n), fmt.Sprintf("+5511900%06d", n%50), nine))
		}
		a, err := s.shopEvents(b.String())
		if err == nil && a.status == http.StatusOK {
			acked += 20
		}
		return a, err
	}
	eventually(t, "the journal fills", func() error {
		for {
			a, err := send()
			if err != nil {
				return err
			}
			if a.status != http.StatusOK {
				refused = a
				return nil
			}
		}
	})
	if refused.status != http.StatusServiceUnavailable || refused.header.Get("Retry-After") == "" || !strings.Contains(refused.body, "full") {
		t.Fatalf("full: %d %s, Retry-After %q", refused.status, refused.body, refused.header.Get("Retry-After"))
	}
	// A tick may be small enough to be taken still, which makes it ready until
	// the next webhook.
	refusals := 1.
	eventually(t, "not ready while full", func() error {
		if a, err := send(); err != nil || a.status != http.StatusServiceUnavailable {
			return fmt.Errorf("%d %s %v", a.status, a.body, err)
		}
		refusals++
		if a, err := s.get("/-/ready"); err != nil || a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, "limit") {
			return fmt.Errorf("%d %s %v", a.status, a.body, err)
		}
		return nil
	})
	if a := s.mustGet("/-/healthy"); a.status != http.StatusOK {
		t.Errorf("not healthy while full: %d", a.status)
	}
	f := s.mustScrape()
	if f.sum("helpdesk_webhook_rejected_total", "reason", "journal_full") != refusals || f.sum("helpdesk_messages_total") != float64(acked) {
		t.Errorf("%g rejected of %g, %g messages of %d", f.sum("helpdesk_webhook_rejected_total", "reason", "journal_full"), refusals, f.sum("helpdesk_messages_total"), acked)
	}
	s.kill()

	// The same journal, full from the start and without any snapshot yet.
	s = start(t, limited("100ms"))
	if got := s.mustScrape().sum("helpdesk_messages_total"); got != float64(acked) {
		t.Fatalf("%g messages after the restart, %d acknowledged", got, acked)
	}
	full := acked
	for acked < 3*full {
		eventually(t, "it takes records again", func() error {
			a, err := send()
			if err == nil && a.status != http.StatusOK {
				err = errors.New(a.body)
			}
			return err
		})
	}
	s.waitReady()
	shown := s.mustScrape()
	if got := shown.sum("helpdesk_messages_total"); got != float64(acked) {
		t.Errorf("%g messages, %d acknowledged", got, acked)
	}
	s.kill()
	lane := readLane(t, o.journal)
	if lane.first == 1 {
		t.Error("nothing was trimmed")
	}
	// The beginning is gone; the figures are not.
	same(t, "replay of the trimmed journal", replay(t, nil, "--journal.dir", o.journal).dump(everything), shown.journal().dump(everything))
	s = start(t, limited("100ms"))
	same(t, "after a restart", s.mustScrape().journal().dump(everything), shown.journal().dump(everything))
}
