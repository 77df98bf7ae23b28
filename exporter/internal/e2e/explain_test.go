package e2e

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

var escalated = regexp.MustCompile(`helpdesk_escalated_conversation_start_timestamp_seconds\{conversation="([^"]+)"`)

// TestExplain goes the way of an alert: from the label conversation to what
// happened, with the exporter running and killed.
func TestExplain(t *testing.T) {
	nine := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	o := newSetup(t, shopConfig)
	o.clock = nine.Format(time.RFC3339)
	s := start(t, o)
	s.mustShop(received("1", "+5511900000001", nine))
	s.setClock(nine.Add(3 * time.Minute))
	m := escalated.FindStringSubmatch(s.mustGet("/metrics").body)
	if m == nil {
		t.Fatal("nobody is escalated")
	}
	id := m[1]
	running := mustRun(t, nil, "explain", "--journal.dir", o.journal, id)
	for _, want := range []string{
		"Conversation " + id, "shop, inbox main", "customer message (text)", "headline clock starts",
		"escalated: two minutes without any reply", `+1 helpdesk_unanswered_2m_total{source="shop",inbox="main",hours="open"}`,
	} {
		if !strings.Contains(running, want) {
			t.Errorf("it does not say %q:\n%s", want, running)
		}
	}
	if strings.Contains(running, "oi") || strings.Contains(running, "55119") {
		t.Errorf("it tells a text or a number:\n%s", running)
	}
	if list := mustRun(t, nil, "explain", "--journal.dir", o.journal, "--list"); !strings.Contains(list, id+"  shop") {
		t.Errorf("the list:\n%s", list)
	}
	// The exporter has gone on undisturbed.
	if got := s.mustScrape().sum("helpdesk_messages_total"); got != 1 {
		t.Errorf("%g messages", got)
	}
	s.kill()
	if killed := mustRun(t, nil, "explain", "--journal.dir", o.journal, id[:6]); killed != running {
		t.Errorf("killed:\n%s\nrunning:\n%s", killed, running)
	}
	r := command(t, nil, "explain", "--journal.dir", o.journal, "0000000000000000")
	if r.code != 1 || r.stdout != "" || !strings.Contains(r.stderr, "no such conversation") || !strings.Contains(r.stderr, "--list") {
		t.Errorf("unknown: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
}
