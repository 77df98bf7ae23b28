package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
)

// secret is a text that nobody may find any more in the end.
const secret = "o segredo da cliente"

func (s *server) client(token string) *api.Client {
	return &api.Client{URL: "http://" + s.web, Token: token}
}

// texts are all that was said, unmasked.
func (s *server) texts(c *api.Client) string {
	s.t.Helper()
	ctx := api.UserOf(context.Background(), "supervisor")
	list, err := c.Messages(ctx, url.Values{"full": {"true"}})
	if err != nil {
		s.t.Fatal(err)
	}
	var all []string
	for _, m := range list.Messages {
		all = append(all, m.Text+m.Gone)
	}
	return strings.Join(all, "|")
}

// inFiles tells whether a text stands anywhere below a folder.
func inFiles(t *testing.T, dir, text string) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		found = found || bytes.Contains(b, []byte(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestPrivacy is the life of what a customer wrote, with the real program: found over
// the API, kept over restarts and the rotation of the key, erased from everywhere, and
// erased again from a backup that had it.
func TestPrivacy(t *testing.T) {
	o := newSetup(t, shopConfig+`
    conversation_url: "https://desk.example/{conversation}"
api:
  tokens:
    - name: grafana
      token: a-token-for-grafana
    - name: officer
      token: a-token-for-the-officer
      scopes: [read:full, erase]
`)
	ctx := context.Background()
	s := start(t, o)
	at := time.Now().Add(-time.Minute)
	say := func(id, contact, text string, at time.Time) {
		t.Helper()
		s.mustShop(fmt.Sprintf(`{"id":%q,"time":%q,"kind":"message.received","inbox":"main","contact":%q,"conversation":"4711","message":{"text":%q}}`+"\n", id, at.UTC().Format(time.RFC3339Nano), contact, text))
	}
	say("1", "+5511900000001", secret, at)
	say("2", "+5511900000002", "outra pessoa, fone 11 98765-4321", at.Add(time.Second))
	reader, officer := s.client("a-token-for-grafana"), s.client("a-token-for-the-officer")
	list, err := reader.Conversations(ctx, url.Values{"q": {"SEGREDO"}})
	if err != nil || len(list.Conversations) != 1 || list.Conversations[0].VendorURL != "https://desk.example/4711" {
		t.Fatalf("%+v, %v", list, err)
	}
	if m, err := reader.Messages(ctx, nil); err != nil || len(m.Messages) != 2 || m.Messages[0].Text != "outra pessoa, fone [phone]" {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := reader.Messages(ctx, url.Values{"full": {"true"}}); api.StatusOf(err) != 403 {
		t.Errorf("%v", err)
	}
	if got := s.texts(officer); got != "outra pessoa, fone 11 98765-4321|"+secret {
		t.Errorf("%s", got)
	}
	file := filepath.Join(t.TempDir(), "backup")
	mustRun(t, nil, "backup", "--journal.dir", o.journal, file)
	s.terminate()
	if inFiles(t, o.journal, secret) || inFiles(t, o.journal, "5511900000001") {
		t.Error("what a customer wrote lies in the open")
	}

	// Rotated, all can be read as before.
	old := filepath.Join(t.TempDir(), "privacy.key")
	copyFile(t, filepath.Join(o.journal, "privacy.key"), old)
	if out := mustRun(t, nil, "rotate-key", "--journal.dir", o.journal); !strings.Contains(out, "2 records of keys wrapped") && !strings.Contains(out, "1 records of keys wrapped") {
		t.Errorf("%s", out)
	}
	s = start(t, o)
	reader, officer = s.client("a-token-for-grafana"), s.client("a-token-for-the-officer")
	if got := s.texts(officer); got != "outra pessoa, fone 11 98765-4321|"+secret {
		t.Errorf("after the rotation: %s", got)
	}
	before := s.mustScrape().journal()

	// One is erased by phone, which goes in by standard input.
	if r := command(t, strings.NewReader("+55 11 90000-0001\n"), "erase", "--journal.dir", o.journal, "--source", "nowhere"); r.code != 1 || !strings.Contains(r.stderr, "nowhere") {
		t.Errorf("exit %d %s", r.code, r.stderr)
	}
	if out := mustRun(t, strings.NewReader("+55 11 90000-0001\n"), "erase", "--journal.dir", o.journal, "--source", "shop"); !strings.Contains(out, "1 sealing keys destroyed; the texts of 1 conversations") || strings.Contains(out, "90000") {
		t.Errorf("%s", out)
	}
	if got := s.texts(officer); got != "outra pessoa, fone 11 98765-4321|erased" {
		t.Errorf("after the erasure: %s", got)
	}
	same(t, "figures after the erasure", s.mustScrape().journal().dump(detail{}), before.dump(detail{}))
	// What comes afterwards is a new text with a new key.
	say("3", "+5511900000001", "de volta", time.Now())
	if got := s.texts(officer); got != "de volta|outra pessoa, fone 11 98765-4321|erased" {
		t.Errorf("%s", got)
	}
	s.terminate()

	// A restored backup has the old key, until the list of erasures is beside the key
	// file; then not.
	restored := o
	restored.journal = filepath.Join(t.TempDir(), "restored")
	mustRun(t, nil, "restore", "--journal.dir", restored.journal, file)
	copyFile(t, old, filepath.Join(restored.journal, "privacy.key"))
	copyFile(t, filepath.Join(o.journal, "privacy.key.erased"), filepath.Join(restored.journal, "privacy.key.erased"))
	r := start(t, restored)
	if got := r.texts(r.client("a-token-for-the-officer")); got != "outra pessoa, fone 11 98765-4321|erased" {
		t.Errorf("after the restore: %s", got)
	}
	r.terminate()

	// Of a stopped exporter too, by hash.
	other := list.Conversations[0].Contact
	s = start(t, o)
	lookup, err := s.client("a-token-for-the-officer").Lookup(ctx, api.Lookup{Source: "shop", Contact: "55 11 90000-0002"})
	if err != nil || !lookup.Known || lookup.Contact == other {
		t.Fatalf("%+v, %v", lookup, err)
	}
	s.terminate()
	if out := mustRun(t, nil, "erase", "--journal.dir", o.journal, lookup.Contact); !strings.Contains(out, "1 sealing keys destroyed") {
		t.Errorf("%s", out)
	}
	s = start(t, o)
	if got := s.texts(s.client("a-token-for-the-officer")); got != "de volta|erased|erased" {
		t.Errorf("after erasing while it was stopped: %s", got)
	}
	log, err := os.ReadFile(filepath.Join(o.journal, "access.log"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(log), `"action":"read","token":"officer","user":"supervisor"`); n < 4 || strings.Count(string(log), `"action":"erase"`) != 2 || strings.Contains(string(log), "90000") {
		t.Errorf("access log:\n%s", log)
	}
}
