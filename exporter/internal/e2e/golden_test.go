package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/meta"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/tooltest"
)

const (
	metaSecret   = "e2e-app-secret"
	verifyToken  = "e2e-verify-token"
	bearerSecret = "e2e-bearer-secret"
)

const twoSources = `
sources:
  - name: whatsapp
    provider: meta
    secret: ` + metaSecret + `
    verify_token: ` + verifyToken + `
    inboxes:
      - id: "300000000000001"
        team: support
        bot: true
      - id: "300000000000002"
        team: sales
  - name: shop
    provider: events
    secret: ` + bearerSecret + `
    inboxes:
      - id: main
        team: support
teams:
  - name: support
  - name: sales
agents:
  - id: agent-1
    name: Agent One
    team: support
  - id: agent-2
    name: Agent Two
    team: sales
conversations:
  labels: [sale, lead]
calendars:
  - name: office
    zone: America/Sao_Paulo
    hours:
      mon-fri: ["06:30-07:15"]
    teams: [support]
`

// nine is when the stories begin.
var nine = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// TestGolden tells a helpdesk's morning as webhooks and compares everything
// that comes from the journal with golden files, in each format, and once more
// when a week has shown what became of the morning.
func TestGolden(t *testing.T) {
	o := newSetup(t, twoSources+"privacy:\n  key_file: known.key\n")
	// With a known key conversations have known ids.
	writeFile(t, filepath.Join(filepath.Dir(o.config), "known.key"), "helpdesk-exporter-key-v1 "+base64.StdEncoding.EncodeToString(make([]byte, 32))+"\n")
	o.clock = nine.Format(time.RFC3339)
	s := start(t, o)
	m := &story{server: s, t: t}
	if m.writer, m.err = meta.NewWriter(config.Source{Secret: metaSecret}); m.err != nil {
		t.Fatal(m.err)
	}

	a := s.mustHook("GET", "/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="+verifyToken, nil)
	if a.status != http.StatusOK || a.body != "1158201444" {
		t.Fatalf("handshake: %d %q", a.status, a.body)
	}
	m.tell()
	m.at("11:00:00")

	all := s.mustScrape()
	text := s.mustGet("/metrics", "Accept", "text/plain")
	open := s.mustGet("/metrics", "Accept", "application/openmetrics-text;version=1.0.0")
	for name, format := range map[string]string{
		text.header.Get("Content-Type"): "text/plain; version=0.0.4",
		open.header.Get("Content-Type"): "application/openmetrics-text; version=1.0.0",
	} {
		if !strings.HasPrefix(name, format) {
			t.Errorf("content type %q, want %q", name, format)
		}
	}

	// Protobuf carries everything; text carries the same but native buckets,
	// exemplars and created times.
	golden(t, "morning.protobuf.txt", all.journal().dump(detail{created: true, exemplars: true, native: true, nonZero: true}))
	golden(t, "morning.openmetrics.txt", lines(open.body, true))
	plain, err := parseText(text.body)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "text beside protobuf", plain.journal().dump(detail{}), all.journal().dump(detail{}))
	if !strings.HasSuffix(open.body, "\n# EOF\n") {
		t.Errorf("OpenMetrics ends with %q", open.body[max(0, len(open.body)-40):])
	}
	t.Run("promtool", func(t *testing.T) { tooltest.CheckMetrics(t, []byte(text.body)) })

	// Every closed value of what is configured is there from the first scrape.
	for _, inbox := range []string{"300000000000001", "300000000000002", "main"} {
		if n := count(all, "helpdesk_turns_total", "inbox", inbox); n < 4 {
			t.Errorf("helpdesk_turns_total of inbox %s has %d series", inbox, n)
		}
	}

	s.setClock(nine.AddDate(0, 0, 9))
	golden(t, "week.protobuf.txt", s.mustScrape().journal().dump(detail{created: true, exemplars: true, native: true, nonZero: true}))
	s.terminate()
}

func count(f families, name string, labels ...string) int {
	n := 0
	for _, m := range f[name].GetMetric() {
		if carries(m, labels) {
			n++
		}
	}
	return n
}

// lines of an exposition in text that come from the journal; HELP and TYPE
// left out, and what is 0.
func lines(text string, nonZero bool) string {
	var b strings.Builder
	keep := false
	for line := range strings.Lines(text) {
		if name, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, _, _ = strings.Cut(name, " ")
			keep = fromJournal[name] || fromJournal[name+"_total"]
		}
		if !keep || strings.HasPrefix(line, "#") {
			continue
		}
		value, _, _ := strings.Cut(line, " # ") // an exemplar may follow
		if nonZero && (strings.HasSuffix(value, " 0\n") || strings.HasSuffix(value, " 0.0\n")) {
			continue
		}
		b.WriteString(line)
	}
	return b.String()
}

// story sends webhooks at their times.
type story struct {
	*server
	t      *testing.T
	writer *meta.Writer
	now    time.Time
	err    error
}

// at moves the clock to a time of day.
func (m *story) at(clock string) {
	m.t.Helper()
	at, err := time.Parse(time.TimeOnly, clock)
	if err != nil {
		m.t.Fatal(err)
	}
	m.now = time.Date(nine.Year(), nine.Month(), nine.Day(), at.Hour(), at.Minute(), at.Second(), 0, time.UTC)
	m.setClock(m.now)
}

// meta sends events as Meta would.
func (m *story) meta(events ...event.Event) {
	m.t.Helper()
	for i := range events {
		events[i].Time = m.now
	}
	reqs, err := m.writer.Write(events)
	if err != nil || len(reqs) != 1 {
		m.t.Fatalf("%d requests, %v", len(reqs), err)
	}
	m.post("/webhooks/whatsapp", reqs[0].Body, "X-Hub-Signature-256", reqs[0].Header.Get("X-Hub-Signature-256"))
}

// raw sends one value of Meta's, by hand.
func (m *story) raw(field, value string) {
	m.t.Helper()
	body := fmt.Appendf(nil, `{"object":"whatsapp_business_account","entry":[{"id":"200000000000001","time":%d,"changes":[{"value":%s,"field":%q}]}]}`, m.now.Unix(), value, field)
	m.post("/webhooks/whatsapp", body, "X-Hub-Signature-256", sign(body))
}

func sign(body []byte) string {
	mac := hmac.New(sha256.New, []byte(metaSecret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// shop sends canonical events to the events source; $now is the time.
func (m *story) shop(body string) {
	m.t.Helper()
	body = strings.ReplaceAll(body, "$now", m.now.Format(time.RFC3339))
	m.post("/webhooks/shop", []byte(body), "Authorization", "Bearer "+bearerSecret)
}

func (m *story) post(path string, body []byte, header ...string) {
	m.t.Helper()
	if a := m.mustHook("POST", path, body, header...); a.status != http.StatusOK || a.body != "" {
		m.t.Fatalf("%s: %d %s\n%s", path, a.status, a.body, body)
	}
}

func (s *server) mustHook(method, path string, body []byte, header ...string) answer {
	s.t.Helper()
	a, err := request(method, "http://"+s.hook+path, body, header...)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

func (m *story) tell() {
	ana := event.Event{Inbox: "300000000000001", Contact: "+5511900000001", ContactName: "Ana"}
	says := func(e event.Event, id, text string) event.Event {
		e.ID, e.Kind, e.Message = id, event.MessageReceived, event.Message{ID: "wamid." + id, Text: text}
		return e
	}
	writes := func(e event.Event, id string, actor event.Actor, agent string) event.Event {
		e.ID, e.Kind, e.Actor, e.Agent.ID, e.Message = id, event.MessageSent, actor, agent, event.Message{ID: "wamid." + id}
		return e
	}
	status := func(e event.Event, id string, st event.Status, code string) event.Event {
		e.ID, e.Kind, e.Status, e.Error, e.Message = id+"-"+st.String(), event.MessageStatus, st, code, event.Message{ID: "wamid." + id}
		return e
	}

	// The bot answers Ana, she asks for a person, one answers in 20 seconds,
	// she thanks; ten minutes later the conversation is over.
	m.at("09:00:10")
	m.meta(says(ana, "a1", "Oi"))
	m.at("09:00:12")
	m.meta(writes(ana, "a2", event.ActorBot, ""))
	m.at("09:00:13")
	m.meta(status(ana, "a2", event.StatusDelivered, ""))
	m.at("09:00:40")
	m.meta(says(ana, "a3", "quero falar com um atendente"))
	m.at("09:01:00")
	m.meta(writes(ana, "a4", event.ActorHuman, "agent-1"))
	m.meta(status(ana, "a4", event.StatusDelivered, ""), status(ana, "a4", event.StatusRead, ""))
	m.at("09:01:30")
	m.meta(says(ana, "a5", "Muito obrigada!"))

	// Bruno writes to the other number, by hand as Meta would, twice because
	// the vendor repeats itself; he is answered after six minutes and the
	// answer fails.
	m.at("09:02:00")
	bruno := `{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001000","phone_number_id":"300000000000002"},` +
		`"contacts":[{"profile":{"name":"Bruno"},"wa_id":"5511900000002"}],"messages":[{"from":"5511900000002","id":"wamid.b1","timestamp":"` +
		fmt.Sprint(m.now.Unix()) + `","type":"text","text":{"body":"Where is my order?"}}]}`
	m.raw("messages", bruno)
	m.raw("messages", bruno)
	m.at("09:08:00")
	b := event.Event{Inbox: "300000000000002", Contact: "+5511900000002"}
	m.meta(writes(b, "b2", event.ActorHuman, "agent-2"))
	m.at("09:08:02")
	m.meta(status(b, "b2", event.StatusFailed, "131026"))

	// Carla waits, until the end.
	m.at("09:20:00")
	m.meta(says(event.Event{Inbox: "300000000000002", Contact: "+5511900000003"}, "c1", "hola"))

	// The line itself. The second change names the number as it is displayed,
	// which no list of phone number ids knows: it counts as another inbox's.
	m.at("09:25:00")
	m.raw("message_template_status_update", `{"event":"APPROVED","message_template_id":1,"message_template_name":"order_update","message_template_language":"pt_BR"}`)
	m.raw("phone_number_quality_update", `{"display_phone_number":"15550001000","event":"FLAGGED","current_limit":"TIER_10K"}`)

	// The shop's helpdesk reports everything: a whole conversation in one
	// body of lines, then arrays and single objects.
	m.at("09:30:00")
	m.shop(`{"id":"s1","time":"$now","kind":"conversation.opened","inbox":"main","contact":"+5511900000011","conversation":"77","request_type":"billing"}
{"id":"s2","time":"$now","kind":"message.received","inbox":"main","contact":"+5511900000011","contact_name":"Davi","message":{"id":"m1","text":"a fatura veio errada"}}
{"id":"s3","time":"$now","kind":"conversation.assigned","inbox":"main","contact":"+5511900000011","agent":{"id":"agent-1","team":"support","capacity":4}}
`)
	m.at("09:30:45")
	m.shop(`{"id":"s4","time":"$now","kind":"message.sent","inbox":"main","contact":"+5511900000011","actor":"human","agent":{"id":"agent-1"},"message":{"id":"m2","text":"vou ver"}}`)
	m.at("09:31:00")
	m.shop(`[{"id":"s5","time":"$now","kind":"conversation.pending","inbox":"main","contact":"+5511900000011"},` +
		`{"id":"s6","time":"$now","kind":"note.added","inbox":"main","contact":"+5511900000011","message":{"text":"checks with finance"}}]`)
	m.at("09:40:00")
	m.shop(`{"id":"s7","time":"$now","kind":"message.sent","inbox":"main","contact":"+5511900000011","actor":"human","agent":{"id":"agent-1"},"message":{"id":"m3","text":"corrigida"}}`)
	m.at("09:41:00")
	m.shop(`{"id":"s8","time":"$now","kind":"conversation.resolved","inbox":"main","contact":"+5511900000011","actor":"human","agent":{"id":"agent-1"}}`)
	m.shop(`{"id":"s8","time":"$now","kind":"conversation.resolved","inbox":"main","contact":"+5511900000011","actor":"human","agent":{"id":"agent-1"}}`)
	// He thanks, which opens nothing, and comes back, which reopens.
	m.at("09:42:00")
	m.shop(`{"id":"s9","time":"$now","kind":"message.received","inbox":"main","contact":"+5511900000011","message":{"id":"m4","text":"obrigado"}}`)
	m.at("09:50:00")
	m.shop(`{"id":"s10","time":"$now","kind":"message.received","inbox":"main","contact":"+5511900000011","message":{"id":"m5","text":"ainda está errada"}}`)
	// A resolve that is older than that, an event from the future, another
	// channel.
	m.shop(`[{"id":"s11","time":"2026-03-02T09:45:00Z","kind":"conversation.resolved","inbox":"main","contact":"+5511900000011","actor":"human"},` +
		`{"id":"s12","time":"2026-03-02T10:30:00Z","kind":"message.received","inbox":"main","contact":"+5511900000012","message":{"text":"oi"}},` +
		`{"id":"s13","time":"$now","kind":"message.received","channel":"email","inbox":"main","contact":"x","message":{"text":"oi"}}]`)
	m.at("09:52:00")
	m.shop(`{"id":"s14","time":"$now","kind":"message.sent","inbox":"main","contact":"+5511900000011","actor":"human","agent":{"id":"agent-2","team":"sales"},"message":{"id":"m6","text":"agora sim"}}`)

	// Labelled as a sale, twice over, and resolved; asked how it went he gives
	// five stars, thinks better of it, and then gives what there is not.
	m.at("09:53:00")
	m.shop(`{"id":"s15","time":"$now","kind":"conversation.labeled","inbox":"main","contact":"+5511900000011","labels":["sale","vip"],"request_type":"billing"}
{"id":"s16","time":"$now","kind":"conversation.labeled","inbox":"main","contact":"+5511900000011","labels":["sale"]}
`)
	m.at("09:55:00")
	m.shop(`{"id":"s17","time":"$now","kind":"conversation.resolved","inbox":"main","contact":"+5511900000011","actor":"human","agent":{"id":"agent-2"}}`)
	m.at("09:55:05")
	m.shop(`{"id":"s18","time":"$now","kind":"survey.sent","inbox":"main","contact":"+5511900000011","message":{"id":"m7","text":"1 a 5?"}}`)
	for _, answer := range []struct{ at, id, text string }{
		{"09:56:00", "s19", "⭐⭐⭐⭐⭐"}, {"09:56:20", "s20", "nota 4"}, {"09:56:40", "s21", "10"},
	} {
		m.at(answer.at)
		m.shop(`{"id":"` + answer.id + `","time":"$now","kind":"message.received","inbox":"main","contact":"+5511900000011","message":{"id":"m` + answer.id + `","text":"` + answer.text + `"}}`)
	}
	// The provider tells when an agent is there.
	presence := func(clock, id, state string) {
		m.t.Helper()
		m.at(clock)
		m.shop(`{"id":"` + id + `","time":"$now","kind":"agent.state","inbox":"main","agent":{"id":"agent-1","capacity":4},"state":"` + state + `"}`)
	}
	presence("10:00:00", "s22", "available")
	// Another survey, of another kind, is answered by a button.
	m.at("10:01:00")
	m.shop(`{"id":"s23","time":"$now","kind":"survey.sent","survey":"nps","inbox":"main","contact":"+5511900000013","message":{"id":"m8","text":"0 a 10?"}}`)
	m.at("10:01:30")
	m.shop(`{"id":"s24","time":"$now","kind":"survey.answered","survey":"nps","score":9,"scale":10,"inbox":"main","contact":"+5511900000013"}`)
	presence("10:20:00", "s25", "away")

	// The bot answers Eva fully; she thanks, and comes back.
	eva := event.Event{Inbox: "300000000000001", Contact: "+5511900000004"}
	m.at("10:21:00")
	m.meta(says(eva, "e1", "qual o horário de vocês?"))
	m.at("10:21:02")
	m.meta(writes(eva, "e2", event.ActorBot, ""))
	m.at("10:21:30")
	m.meta(says(eva, "e3", "obrigada"))

	// One customer agreed to advertising, one did not and wants no more.
	m.at("10:30:00")
	m.shop(`{"id":"s28","time":"$now","kind":"consent.changed","consent":"opted_in","inbox":"main","contact":"+5511900000014"}
{"id":"s29","time":"$now","kind":"message.sent","inbox":"main","contact":"+5511900000014","actor":"system","message":{"id":"m9","type":"template","template":{"name":"weekly_offer","category":"marketing"}}}
{"id":"s30","time":"$now","kind":"message.sent","inbox":"main","contact":"+5511900000015","actor":"system","message":{"id":"m10","type":"template","template":{"name":"weekly_offer","category":"marketing"}}}
{"id":"s31","time":"$now","kind":"message.received","inbox":"main","contact":"+5511900000015","message":{"id":"m11","text":"PARAR"}}
`)
	presence("10:35:00", "s26", "available")
	presence("10:40:00", "s27", "offline")
	m.at("10:50:00")
	m.meta(says(eva, "e4", "e aos sábados?"))
	// The last record says what time it is.
	m.at("11:00:00")
	m.shop(`{"id":"s32","time":"$now","kind":"note.added","inbox":"main","contact":"+5511900000015","agent":{"id":"agent-2"},"actor":"human","message":{"text":"calls back"}}`)
}
