package meta

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

const (
	exampleSecret = "meta-app-secret-EXAMPLE" // of the published vectors
	ownSecret     = "0123456789abcdef0123456789abcdef"
	ownToken      = "a-long-random-token"
)

var received = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func mustAdapter(t testing.TB) *Adapter {
	t.Helper()
	a, err := newAdapter(config.Source{Secret: exampleSecret, VerifyToken: ownToken}, func(string) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func mustAdapt(t testing.TB, a *Adapter, body []byte) *provider.Result {
	t.Helper()
	var res provider.Result
	if err := a.Adapt(request(body), &res); err != nil {
		t.Fatal(err)
	}
	return &res
}

func request(body []byte) *provider.Request {
	return &provider.Request{Method: http.MethodPost, Header: http.Header{}, Body: body, Received: received}
}

func signed(body []byte, secret string) *provider.Request {
	r := request(body)
	r.Header.Set(signatureHeader, signaturePrefix+fmt.Sprintf("%x", newSigner(secret).sign(body)))
	return r
}

func mustRead(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// corpus gives the names of the cases in testdata.
func corpus(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.json")
	if err != nil || len(paths) < 40 {
		t.Fatalf("%d cases in testdata, %v", len(paths), err)
	}
	for i, p := range paths {
		paths[i] = strings.TrimSuffix(filepath.Base(p), ".json")
	}
	return paths
}

// dump writes events one a line, with every field that is set, and what was
// ignored.
func dump(res *provider.Result) string {
	var b strings.Builder
	for i := range res.Events {
		e := &res.Events[i]
		fmt.Fprintf(&b, "%s %s id=%q", e.Time.Format(time.RFC3339), e.Kind, e.ID)
		str := func(name, v string) {
			if v != "" {
				fmt.Fprintf(&b, " %s=%q", name, v)
			}
		}
		str("inbox", e.Inbox)
		str("contact", e.Contact)
		str("alias", e.Alias)
		str("name", e.ContactName)
		str("conversation", e.Conversation)
		if e.Actor != event.ActorUnknown || e.Kind == event.MessageSent {
			fmt.Fprintf(&b, " actor=%s", e.Actor)
		}
		str("agent", e.Agent.ID)
		str("team", e.Agent.Team)
		str("message", e.Message.ID)
		str("type", e.Message.Type)
		str("text", e.Message.Text)
		str("reply_to", e.Message.ReplyTo)
		str("template", e.Message.Template.Name)
		str("category", e.Message.Template.Category)
		str("status", e.Status.String())
		str("error", e.Error)
		if e.Scale != 0 {
			fmt.Fprintf(&b, " survey=%s scale=%g", event.Surveys[e.Survey], e.Scale)
		}
		if e.HasScore {
			fmt.Fprintf(&b, " score=%g", e.Score)
		}
		str("consent", event.Consents[e.Consent])
		str("line", e.Line.Event)
		if e.Line.Restricted != 0 {
			fmt.Fprintf(&b, " restricted=%+d", e.Line.Restricted)
		}
		str("line_template", e.Line.Template)
		str("line_state", e.Line.TemplateState)
		if e.Derived {
			b.WriteString(" derived")
		}
		b.WriteByte('\n')
	}
	names := make([]string, 0, len(res.Ignored))
	for name := range res.Ignored {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(&b, "ignored %s %d\n", name, res.Ignored[name])
	}
	return b.String()
}

// check says what is wrong with an event that an adapter may not produce.
func check(e *event.Event) error {
	for name, s := range map[string]string{
		"id": e.ID, "inbox": e.Inbox, "contact": e.Contact, "alias": e.Alias, "name": e.ContactName,
		"conversation": e.Conversation, "agent": e.Agent.ID, "team": e.Agent.Team,
		"message": e.Message.ID, "text": e.Message.Text, "reply_to": e.Message.ReplyTo,
		"template": e.Message.Template.Name, "category": e.Message.Template.Category, "error": e.Error,
		"line": e.Line.Event, "line_template": e.Line.Template, "line_state": e.Line.TemplateState,
	} {
		limit := 4 * wire.MaxID
		if name == "text" {
			limit = 3 * wire.MaxText // bytes that are no UTF-8 become three
		}
		if !utf8.ValidString(s) || len(s) > limit {
			return fmt.Errorf("%s: %s is no UTF-8 or has %d bytes", e.Kind, name, len(s))
		}
	}
	isLine := e.Kind == event.LineChanged
	switch {
	case !e.Kind.Valid():
		return fmt.Errorf("kind %d", e.Kind)
	case e.ID == "" || e.Time.IsZero() || e.Time.Location() != time.UTC:
		return fmt.Errorf("%s: id %q, time %v", e.Kind, e.ID, e.Time)
	case !isLine && (e.Inbox == "" || e.Contact == ""):
		return fmt.Errorf("%s: without inbox or contact", e.Kind)
	case e.Contact == e.Alias && e.Contact != "":
		return fmt.Errorf("%s: contact is its own alias", e.Kind)
	case (e.Kind == event.ContactLinked) && e.Alias == "":
		return fmt.Errorf("%s: without alias", e.Kind)
	case (e.Kind == event.MessageStatus) != (e.Status != event.StatusNone):
		return fmt.Errorf("%s: status %q", e.Kind, e.Status)
	case (e.Kind == event.ConsentChanged) != (e.Consent != event.ConsentNone):
		return fmt.Errorf("%s: consent %d", e.Kind, e.Consent)
	case isLine != (e.Line.Event != ""):
		return fmt.Errorf("%s: line event %q", e.Kind, e.Line.Event)
	case e.Kind == event.SurveyAnswered && !e.HasScore:
		return fmt.Errorf("%s: without score", e.Kind)
	case e.HasScore && (e.Score < 0 || e.Score > e.Scale):
		return fmt.Errorf("%s: score %g of %g", e.Kind, e.Score, e.Scale)
	case e.Message.Type != "" && event.MessageTypes[event.MessageTypeIndex(e.Message.Type)] != e.Message.Type:
		return fmt.Errorf("%s: message type %q", e.Kind, e.Message.Type)
	case strings.HasPrefix(string(e.Kind.String()), "message.") && e.Message.ID == "":
		return fmt.Errorf("%s: without message id", e.Kind)
	}
	return nil
}

func TestNewRefuses(t *testing.T) {
	good := config.Source{Secret: ownSecret, VerifyToken: ownToken, EchoActor: "bot"}
	if _, err := New(good); err != nil {
		t.Fatalf("good source: %v", err)
	}
	for name, change := range map[string]func(*config.Source){
		"app secret is missing":             func(c *config.Source) { c.Secret = "" },
		"app secret is a published example": func(c *config.Source) { c.Secret = exampleSecret },
		"verify_token is missing":           func(c *config.Source) { c.VerifyToken = "" },
		"verify_token is a published":       func(c *config.Source) { c.VerifyToken = " Meatyhamhock " },
		"echo_actor must be":                func(c *config.Source) { c.EchoActor = "customer" },
	} {
		cfg := good
		change(&cfg)
		_, err := New(cfg)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%q: got %v", name, err)
			continue
		}
		for _, secret := range []string{string(cfg.Secret), string(cfg.VerifyToken)} {
			if secret != "" && strings.Contains(err.Error(), secret) {
				t.Errorf("error tells a secret: %v", err)
			}
		}
	}
}
