package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"
)

// watiConfig has two numbers, so that none is taken for granted.
const watiConfig = `sources:
  - name: wati
    provider: wati
    secret: 0123456789abcdef0123456789abcdef
    inboxes:
      - id: "5511400000001"
      - id: "5511400000002"
`

func (s *server) mustWati(body string) {
	s.t.Helper()
	a, err := request(http.MethodPost, "http://"+s.hook+"/webhooks/wati/0123456789abcdef0123456789abcdef", []byte(body))
	if err != nil || a.status != http.StatusOK {
		s.t.Fatalf("webhook: %d %s %v", a.status, a.body, err)
	}
}

// watiIn is a customer's message, which says all.
func watiIn(n int) string {
	return fmt.Sprintf(`{"eventType":"message","id":"in%[1]d","whatsappMessageId":"wamid.IN%[1]d","conversationId":"conversation%[1]d","text":"oi","type":"text",`+
		`"timestamp":"%[2]d","owner":false,"statusString":"SENT","waId":"55119000%05[1]d","channelPhoneNumber":"551140000000%[3]d"}`, n, time.Now().Unix(), n%2+1)
}

// watiOut is the same conversation's answer in the older form, which names no
// number; watiDelivered does not even name the customer.
func watiOut(n, nth int) string {
	return fmt.Sprintf(`{"eventType":"sessionMessageSent","id":"out%[1]d.%[2]d","whatsappMessageId":"wamid.OUT%[1]d.%[2]d","conversationId":"conversation%[1]d","text":"ok","type":"text",`+
		`"timestamp":"%[3]d","owner":true,"statusString":"SENT","operatorEmail":"lea@acme.example","operatorName":"Lea","waId":"55119000%05[1]d"}`, n, nth, time.Now().Unix())
}

func watiDelivered(n, nth int) string {
	return fmt.Sprintf(`{"eventType":"sentMessageDELIVERED_v2","statusString":"Delivered","id":"out%[1]d.%[2]d","whatsappMessageId":"wamid.OUT%[1]d.%[2]d",`+
		`"conversationId":"conversation%[1]d","type":"text","timestamp":"%[3]d"}`, n, nth, time.Now().Unix())
}

// TestRemembers: what vendors say only once survives kill -9, as does what waits
// for it, and is in a backup.
func TestRemembers(t *testing.T) {
	o := newSetup(t, watiConfig)
	s := start(t, o)
	killed := func() {
		t.Helper()
		s.kill()
		s = start(t, o)
	}
	want := func(s *server, what string, in, out, delivered, waiting float64) {
		t.Helper()
		eventually(t, what, func() error {
			f := s.mustScrape()
			const messages = "helpdesk_messages_total"
			got := [...]float64{f.sum(messages, "direction", "in"), f.sum(messages, "direction", "out"),
				f.sum("helpdesk_outbound_statuses_total", "status", "delivered"), f.sum("helpdesk_thread_memory_waiting_events")}
			if got != [...]float64{in, out, delivered, waiting} {
				return fmt.Errorf("%v messages in, out, delivered, waiting", got)
			}
			if n := f.sum("helpdesk_webhook_events_total", "kind", "no_thread"); n != 0 {
				return fmt.Errorf("%v events have no thread", n)
			}
			return nil
		})
	}
	const n = 6
	for i := range n {
		s.mustWati(watiIn(i))
	}
	killed()
	for i := range n {
		s.mustWati(watiOut(i, 1))
		s.mustWati(watiDelivered(i, 1))
	}
	want(s, "answers after a kill", n, n, n, 0)

	// The agent is heard of before the customer, and the exporter dies twice.
	s.mustWati(watiOut(n, 1)) // a message and its status
	s.mustWati(watiDelivered(n, 1))
	killed()
	want(s, "an answer waits", n, n, n, 3)
	killed()
	s.mustWati(watiIn(n))
	want(s, "an answer waits no more", n+1, n+1, n+1, 0)
	s.mustWati(watiOut(n+1, 1))
	want(s, "another waits", n+1, n+1, n+1, 2)

	file := filepath.Join(t.TempDir(), "backup")
	mustRun(t, nil, "backup", "--journal.dir", o.journal, file)
	restored := o
	restored.journal = filepath.Join(t.TempDir(), "restored")
	mustRun(t, nil, "restore", "--journal.dir", restored.journal, file)
	copyFile(t, filepath.Join(o.journal, "privacy.key"), filepath.Join(restored.journal, "privacy.key"))
	r := start(t, restored)
	want(r, "the restored one", n+1, n+1, n+1, 2)
	r.mustWati(watiOut(0, 2))
	r.mustWati(watiIn(n + 1))
	want(r, "the restored one goes on", n+2, n+3, n+1, 0)
	r.terminate()
	s.terminate()
}
