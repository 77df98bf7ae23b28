package exporter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/explain"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

var nine = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// wrote is an event of the source shop, so long after nine.
func wrote(id, contact string, after time.Duration, kind, more string) string {
	return fmt.Sprintf(`{"id":%q,"time":%q,"source":"shop","inbox":"main","contact":%q,"kind":%q%s}`+"\n",
		id, nine.Add(after).Format(time.RFC3339Nano), contact, kind, more)
}

const byAgent = `,"actor":"human","agent":{"id":"agent-7"}`

// talk is a conversation from its opening to its close, a minute later.
func talk(id, contact string, after time.Duration) string {
	return wrote(id+"1", contact, after, "message.received", `,"message":{"text":"private words"}`) +
		wrote(id+"2", contact, after+20*time.Second, "message.sent", byAgent) +
		wrote(id+"3", contact, after+time.Minute, "conversation.resolved", byAgent)
}

// post sends events to a server with a standing clock, moved to what they are
// dated before.
func post(t *testing.T, s *Server, after time.Duration, events string) {
	t.Helper()
	body, _, _, err := askControl(t.Context(), filepath.Join(s.opts.JournalDir, controlSocket), http.MethodPost,
		"/clock?to="+nine.Add(after).Format(time.RFC3339Nano))
	if err != nil {
		t.Fatal(err)
	}
	if err := body.Close(); err != nil {
		t.Fatal(err)
	}
	// The server sets source and received itself.
	events = strings.ReplaceAll(events, `"source":"shop",`, "")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.WebhookAddr()+"/webhooks/shop", strings.NewReader(events))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer a-bearer-secret")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("webhook: %s %v", resp.Status, err)
	}
}

// explained runs the command.
func explained(t *testing.T, o ExplainOptions) (string, error) {
	t.Helper()
	var out bytes.Buffer
	o.Out = &out
	err := Explain(t.Context(), o)
	return out.String(), err
}

func mustExplain(t *testing.T, o ExplainOptions) string {
	t.Helper()
	out, err := explained(t, o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// listed are the ids that --list gives.
func listed(t *testing.T, o ExplainOptions) (ids []string) {
	t.Helper()
	o.List, o.JSON = true, true
	var list explain.List
	if err := json.Unmarshal([]byte(mustExplain(t, o)), &list); err != nil {
		t.Fatal(err)
	}
	for _, c := range list.Conversations {
		ids = append(ids, c.ID)
	}
	return ids
}

// keyed are options of a server with a standing clock whose key file is
// configured, and the configuration's path.
func keyed(t *testing.T, more string) Options {
	t.Helper()
	o := options(t)
	o.ConfigFile = write(t, filepath.Join(filepath.Dir(o.ConfigFile), "keyed.yml"), shop+"privacy:\n  key_file: exporter.key\n"+more)
	return WithDemoClock(o, nine)
}

func TestExplain(t *testing.T) {
	o := keyed(t, "")
	s := serve(t, o)
	events := talk("a", "+5511900000001", 0) + talk("b", "+5511900000002", 2*time.Minute)
	post(t, s, time.Minute, talk("a", "+5511900000001", 0))
	post(t, s, 3*time.Minute, talk("b", "+5511900000002", 2*time.Minute))
	dir := ExplainOptions{JournalDir: o.JournalDir}
	ids := listed(t, dir)
	if len(ids) != 2 {
		t.Fatalf("listed %v", ids)
	}
	dir.ID = ids[1]
	running := mustExplain(t, dir)
	for _, want := range []string{
		"Conversation " + ids[1], "shop, inbox main", "Opened          2026-03-02 09:02:00 UTC, inbound", "by a human, after 60 s", "First response  20 s",
		"human message by agent agent-7", "headline clock stops after 20 s (target 60 s: met)", "helpdesk_first_response_seconds{source=\"shop\",inbox=\"main\",",
	} {
		if !strings.Contains(running, want) {
			t.Errorf("it does not say %q:\n%s", want, running)
		}
	}
	for _, private := range []string{"private", "55119"} {
		if strings.Contains(running, private) {
			t.Errorf("it tells %q:\n%s", private, running)
		}
	}
	short := dir
	short.ID = strings.ToUpper(ids[1][:8])
	if got := mustExplain(t, short); got != running {
		t.Errorf("by its first characters:\n%s\nby all:\n%s", got, running)
	}
	asJSON := dir
	asJSON.JSON = true
	var tl explain.Timeline
	if err := json.Unmarshal([]byte(mustExplain(t, asJSON)), &tl); err != nil || tl.ID != ids[1] || len(tl.Steps) < 3 || tl.FirstResponse == nil || *tl.FirstResponse != 20 {
		t.Errorf("%+v %v", tl, err)
	}
	later := dir
	later.At = nine.Add(25 * time.Hour)
	if got := mustExplain(t, later); !strings.Contains(got, "24 hours after the close") || strings.Contains(running, "24 hours after") {
		t.Errorf("a day later:\n%s", got)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := mustExplain(t, dir); got != running {
		t.Errorf("stopped:\n%s\nrunning:\n%s", got, running)
	}

	// With the exporter's key file the events give the same conversation.
	files := ExplainOptions{ID: ids[1], Files: []string{"-"}, ConfigFile: o.ConfigFile, Stdin: strings.NewReader(events)}
	if got := mustExplain(t, files); !strings.Contains(got, "headline clock stops after 20 s (target 60 s: met)") {
		t.Errorf("from events:\n%s", got)
	}
	files.ConfigFile, files.Stdin = "", strings.NewReader(events)
	if _, err := explained(t, files); !errors.Is(err, explain.ErrUnknown) || !strings.Contains(err.Error(), "privacy.key_file") {
		t.Errorf("without its key: %v", err)
	}
}

func TestExplainErrors(t *testing.T) {
	o := keyed(t, "")
	s := serve(t, o)
	post(t, s, time.Minute, talk("a", "+5511900000001", 0))
	missing := filepath.Join(t.TempDir(), "missing")
	unknown := func(o ExplainOptions) ExplainOptions { o.ID = "0000000000000000"; return o }
	for _, c := range []struct {
		name string
		o    ExplainOptions
		want string
	}{
		{"nothing", ExplainOptions{JournalDir: o.JournalDir}, "--list"},
		{"id and list", ExplainOptions{ID: "0000000000000000", List: true, JournalDir: o.JournalDir}, "--list"},
		{"malformed", ExplainOptions{ID: "+5511900000001", JournalDir: o.JournalDir}, "not a conversation's id"},
		{"too short", ExplainOptions{ID: "00000", JournalDir: o.JournalDir}, "first 6"},
		{"neither", unknown(ExplainOptions{}), "not both"},
		{"both", unknown(ExplainOptions{JournalDir: o.JournalDir, Files: []string{"-"}}), "not both"},
		{"configuration of a journal", unknown(ExplainOptions{JournalDir: o.JournalDir, ConfigFile: o.ConfigFile}), "--config.file"},
		{"unknown, running", unknown(ExplainOptions{JournalDir: o.JournalDir}), "no such conversation"},
		{"unknown, in files", unknown(ExplainOptions{Files: []string{"-"}, Stdin: strings.NewReader("")}), "no such conversation"},
		{"no journal", unknown(ExplainOptions{JournalDir: missing}), missing},
		{"no file", unknown(ExplainOptions{Files: []string{missing}}), missing},
		{"no event", unknown(ExplainOptions{Files: []string{"-"}, Stdin: strings.NewReader("{")}), "event 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := explained(t, c.o)
			if err == nil || !strings.Contains(err.Error(), c.want) || out != "" {
				t.Errorf("%v, want %q\n%s", err, c.want, out)
			}
		})
	}
	// What the command checks the socket checks too: anything may ask it.
	for target, want := range map[string]string{
		"/explain":                              "--list",
		"/explain?id=x":                         "not a conversation's id",
		"/explain?list=1&at=noon":               "not a time",
		"/explain?id=0000000000000000&list=yes": "either",
	} {
		_, _, running, err := askControl(t.Context(), filepath.Join(o.JournalDir, controlSocket), http.MethodGet, target)
		if !running || !errors.Is(err, errControl) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", target, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct{ request, stopping context.Context }{
		"gone":     {ended, t.Context()},
		"stopping": {t.Context(), ended},
	} {
		w := httptest.NewRecorder()
		s.controlExplain(c.stopping)(w, httptest.NewRequestWithContext(c.request, http.MethodGet, "/explain?list=1", nil))
		if w.Code == http.StatusOK {
			t.Errorf("%s: it answers", name)
		}
	}
}

// TestExplainTrimmed: of a journal whose beginning is gone the rest is told.
func TestExplainTrimmed(t *testing.T) {
	o := keyed(t, "")
	s := serve(t, o)
	post(t, s, time.Minute, talk("a", "+5511900000001", 0))
	post(t, s, 2*time.Minute, wrote("b1", "+5511900000002", 2*time.Minute, "message.received", ""))
	ids := listed(t, ExplainOptions{JournalDir: o.JournalDir})
	if err := s.tracker.Snapshot(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept := s.tracker.Applied()
	post(t, s, 3*time.Minute, wrote("b2", "+5511900000002", 3*time.Minute, "message.sent", byAgent))
	if err := s.tracker.Snapshot(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.store.Lane().Trim(t.Context(), kept+1); err != nil {
		t.Fatal(err)
	}
	dir := ExplainOptions{JournalDir: o.JournalDir, ID: ids[1]}
	for _, running := range []bool{true, false} {
		want := "turn ends after 60 s: answered"
		if !running {
			// Its last snapshot takes the place of the first, so less is told.
			want = "conversation closes: by a human"
			post(t, s, 4*time.Minute, wrote("b3", "+5511900000002", 4*time.Minute, "conversation.resolved", byAgent))
			if err := s.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		got := mustExplain(t, dir)
		if !strings.Contains(got, "before the first record that there is") || !strings.Contains(got, want) {
			t.Errorf("running %v:\n%s", running, got)
		}
		if got := listed(t, ExplainOptions{JournalDir: o.JournalDir}); len(got) != 0 {
			t.Errorf("running %v: lists %v", running, got)
		}
		_, err := explained(t, ExplainOptions{JournalDir: o.JournalDir, ID: ids[0]})
		if err == nil || !strings.Contains(err.Error(), "no such conversation") || !strings.Contains(err.Error(), "2026-03-02T09:0") || !strings.Contains(err.Error(), "--journal.retention") {
			t.Errorf("running %v: %v", running, err)
		}
		// What matures after the trimmed part is still there.
		day := ExplainOptions{JournalDir: o.JournalDir, ID: ids[0], At: nine.Add(25 * time.Hour)}
		if got := mustExplain(t, day); !strings.Contains(got, "24 hours after the close") {
			t.Errorf("running %v:\n%s", running, got)
		}
	}
}

// trimming is a journal that is trimmed while it is read for the first time.
type trimming struct {
	journal.Store
	reads int
}

type trimmingLane struct {
	journal.Log
	store *trimming
}

func (s *trimming) Lane() journal.Log { return trimmingLane{s.Store.Lane(), s} }

func (l trimmingLane) Read(ctx context.Context, from uint64, fn func(journal.Entry) error) error {
	if l.store.reads++; l.store.reads == 1 {
		return fn(journal.Entry{Seq: from + 3})
	}
	return l.Log.Read(ctx, from, fn)
}

func (l trimmingLane) State(ctx context.Context) (journal.State, error) {
	st, err := l.Log.State(ctx)
	if l.store.reads == 1 && err == nil {
		l.store.reads++ // the next attempt finds it whole
		st.First += 3
	}
	return st, err
}

func TestExplainWhileTrimmed(t *testing.T) {
	o := keyed(t, "")
	s := serve(t, o)
	post(t, s, time.Minute, talk("a", "+5511900000001", 0))
	store := &trimming{Store: s.store}
	if _, err := (explainQuery{list: true}).journal(t.Context(), store); err != nil || store.reads < 3 {
		t.Errorf("%d reads: %v", store.reads, err)
	}
	store = &trimming{Store: s.store}
	if _, err := foldJournal(t.Context(), store, func(*fold.State, uint64) {}, nil); !errors.Is(err, errTrimmed) {
		t.Errorf("one attempt: %v", err)
	}
}

var agentLabel = regexp.MustCompile(`helpdesk_agent_messages_total\{agent="([^"]*)"`)

// TestAgentHashes: the hashes that stand in for agents' ids are those of the
// key file, wherever they are made.
func TestAgentHashes(t *testing.T) {
	o := keyed(t, "agents:\n  label: hash\n")
	s := serve(t, o)
	events := talk("a", "+5511900000001", 0)
	post(t, s, time.Minute, events)
	resp, err := http.Get("http://" + s.WebAddr() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var page bytes.Buffer
	if _, err := page.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	hash := func(page string) string {
		m := agentLabel.FindStringSubmatch(page)
		if m == nil {
			t.Fatal("no agent")
		}
		return m[1]
	}
	want := hash(page.String())
	if want == "" || strings.Contains(page.String(), "agent-7") {
		t.Errorf("%q shows the agent", want)
	}
	replay := func(config string) string {
		var out bytes.Buffer
		if err := Replay(t.Context(), ReplayOptions{ConfigFile: config, Files: []string{"-"}, Stdin: strings.NewReader(events), Out: &out, Err: &out}); err != nil {
			t.Fatal(err)
		}
		return hash(out.String())
	}
	if got := replay(o.ConfigFile); got != want {
		t.Errorf("replay with the key: %s, the server: %s", got, want)
	}
	keyless := write(t, filepath.Join(t.TempDir(), "config.yml"), shop+"agents:\n  label: hash\n")
	if got := replay(keyless); got == want {
		t.Errorf("the hash is that of no key: %s", got)
	}
	// A reload makes no others.
	if err := s.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	post(t, s, 3*time.Minute, talk("b", "+5511900000002", 2*time.Minute))
	dir := ExplainOptions{JournalDir: o.JournalDir}
	dir.ID = listed(t, dir)[1]
	if got := mustExplain(t, dir); !strings.Contains(got, "by agent "+want) || strings.Contains(got, "agent-7") {
		t.Errorf("explain:\n%s", got)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Replay(t.Context(), ReplayOptions{JournalDir: o.JournalDir, Out: &out, Err: &out}); err != nil {
		t.Fatal(err)
	}
	if got := hash(out.String()); got != want {
		t.Errorf("replay of the journal: %s, the server: %s", got, want)
	}
}
