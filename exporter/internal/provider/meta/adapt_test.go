package meta

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/providertest"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

func TestGolden(t *testing.T) {
	a := mustAdapter(t)
	for _, name := range corpus(t) {
		t.Run(name, func(t *testing.T) {
			res := mustAdapt(t, a, mustRead(t, name+".json"))
			for i := range res.Events {
				if err := check(&res.Events[i]); err != nil {
					t.Error(err)
				}
			}
			for counted := range res.Ignored {
				if !slices.Contains(IgnoredNames, counted) {
					t.Errorf("%s is not in IgnoredNames", counted)
				}
			}
			got := dump(res)
			file := filepath.Join("testdata", name+".golden")
			if providertest.Updating() {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want := string(mustRead(t, name+".golden"))
			if got != want {
				t.Errorf("%s differs (-update rewrites it)\ngot:\n%swant:\n%s", file, got, want)
			}
		})
	}
}

// TestGoldenCoversIgnored: every name under which something is counted is met
// by the corpus; text_cut has a test of its own.
func TestGoldenCoversIgnored(t *testing.T) {
	a := mustAdapter(t)
	seen := map[string]bool{countedCut: true}
	for _, name := range corpus(t) {
		for counted := range mustAdapt(t, a, mustRead(t, name+".json")).Ignored {
			seen[counted] = true
		}
	}
	for _, name := range IgnoredNames {
		if !seen[name] {
			t.Errorf("no case counts %s", name)
		}
	}
}

func TestEchoActor(t *testing.T) {
	for name, want := range map[string]event.Actor{"": event.ActorHuman, "human": event.ActorHuman, "bot": event.ActorBot, "unknown": event.ActorUnknown} {
		a, err := New(config.Source{Secret: ownSecret, VerifyToken: ownToken, EchoActor: name})
		if err != nil {
			t.Fatal(err)
		}
		if got := mustAdapt(t, a, mustRead(t, "echo_text.json")).Events[0].Actor; got != want {
			t.Errorf("echo_actor %q: %s, want %s", name, got, want)
		}
	}
}

// TestRepeatedDelivery: Meta delivers at least once, so the same body has to
// give the same ids, and no two different events of a body one id.
func TestRepeatedDelivery(t *testing.T) {
	a := mustAdapter(t)
	for _, name := range corpus(t) {
		body := mustRead(t, name+".json")
		first, second := mustAdapt(t, a, body), mustAdapt(t, a, body)
		if dump(first) != dump(second) {
			t.Errorf("%s: second delivery differs", name)
		}
		kinds := map[string]event.Kind{}
		for i := range first.Events {
			e := &first.Events[i]
			if kind, ok := kinds[e.ID]; ok && kind != e.Kind {
				t.Errorf("%s: %s and %s have the id %q", name, kind, e.Kind, e.ID)
			}
			kinds[e.ID] = e.Kind
		}
	}
}

// TestEventsOutliveParser: nothing of an event may point into memory that the
// next request writes over.
func TestEventsOutliveParser(t *testing.T) {
	a := mustAdapter(t)
	type kept struct {
		name, want string
		res        *provider.Result
	}
	var all []kept
	for _, name := range corpus(t) {
		body := mustRead(t, name+".json")
		res := mustAdapt(t, a, body)
		all = append(all, kept{name, dump(res), res})
		for i := range body {
			body[i] = '#'
		}
	}
	for range 3 {
		mustAdapt(t, a, message("wamid.X", strings.Repeat("#", 20_000)))
	}
	for _, k := range all {
		if got := dump(k.res); got != k.want {
			t.Errorf("%s changed afterwards:\ngot:\n%swant:\n%s", k.name, got, k.want)
		}
	}
}

func TestAdaptConcurrently(t *testing.T) {
	a := mustAdapter(t)
	names := corpus(t)
	bodies, want := make([][]byte, len(names)), make([]string, len(names))
	for i, name := range names {
		bodies[i] = mustRead(t, name+".json")
		want[i] = dump(mustAdapt(t, a, bodies[i]))
	}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range names {
				i = (i + w*17) % len(names)
				var res provider.Result
				if err := a.Adapt(request(bodies[i]), &res); err != nil || dump(&res) != want[i] {
					t.Errorf("%s: %v or another result", names[i], err)
				}
			}
		})
	}
	wg.Wait()
}

func TestMalformed(t *testing.T) {
	a := mustAdapter(t)
	const private = "Hello from a customer"
	whole := string(message("wamid.1", private))
	for name, body := range map[string]string{
		"empty":             "",
		"blank":             " \n",
		"null":              "null",
		"number":            "7",
		"string":            `"` + private + `"`,
		"array":             "[" + whole + "]",
		"truncated":         whole[:len(whole)-20],
		"truncated in text": whole[:strings.Index(whole, private)+5],
		"trailing":          whole + "x",
		"two documents":     whole + whole,
		"single quotes":     strings.ReplaceAll(whole, `"`, `'`),
		"bare word":         `{"object":` + private + `}`,
		"binary":            "\x00\x01\x02",
		"deep objects":      strings.Repeat(`{"a":`, 100_000),
		"deep arrays":       `{"object":` + strings.Repeat("[", 100_000),
		"deep and closed":   `{"object":` + strings.Repeat("[", 33) + strings.Repeat("]", 33) + `}`,
		"many values":       `{"entry":[` + strings.Repeat("0,", wire.MaxValues) + `0]}`,
	} {
		var res provider.Result
		err := a.Adapt(request([]byte(body)), &res)
		if !errors.Is(err, provider.ErrMalformed) {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		if len(err.Error()) > 200 || strings.Contains(err.Error(), "Hello") {
			t.Errorf("%s: error tells the body: %v", name, err)
		}
		if len(res.Events) > 0 {
			t.Errorf("%s: %d events", name, len(res.Events))
		}
	}
}

func TestTooManyUpdates(t *testing.T) {
	a := mustAdapter(t)
	fill := func(n int) []byte {
		return []byte(`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"messages":[` +
			strings.TrimSuffix(strings.Repeat(`{},`, n), ",") + `]}}]}]}`)
	}
	var res provider.Result
	if err := a.Adapt(request(fill(maxUpdates-1)), &res); err != nil {
		t.Error(err)
	}
	if err := a.Adapt(request(fill(maxUpdates)), &res); !errors.Is(err, provider.ErrMalformed) {
		t.Errorf("got %v", err)
	}
}

func TestLongStrings(t *testing.T) {
	a := mustAdapter(t)
	res := mustAdapt(t, a, message("wamid.1", strings.Repeat("é", 100_000)))
	if got := res.Events[0].Message.Text; len(got) != wire.MaxText || check(&res.Events[0]) != nil {
		t.Errorf("text has %d bytes: %v", len(got), check(&res.Events[0]))
	}
	if res.Ignored[countedCut] != 1 {
		t.Errorf("not counted: %v", res.Ignored)
	}
	res = mustAdapt(t, a, message("wamid."+strings.Repeat("x", wire.MaxID), "hi"))
	if len(res.Events) != 0 || res.Ignored[ignoredNoID] != 1 {
		t.Errorf("long id: %s", dump(res))
	}
}

// TestLargestBatch is Meta's largest request: 1000 updates, 3 MB.
func TestLargestBatch(t *testing.T) {
	a := mustAdapter(t)
	var b bytes.Buffer
	b.WriteString(`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[`)
	text := strings.Repeat(`\u00e1 \/ `, 260)
	for i := range 1000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"field":"messages","value":{"metadata":{"phone_number_id":"%d"},"contacts":[{"profile":{"name":"N%d"},"wa_id":"551190000%04d","user_id":"BR.%d"}],"messages":[{"from":"551190000%04d","from_user_id":"BR.%d","id":"wamid.%d","timestamp":"1767225600","type":"text","text":{"body":"%s"}}]}}`,
			300+i%3, i, i, i, i, i, i, text)
	}
	b.WriteString(`]}]}`)
	if n := b.Len(); n < 2_700_000 || n > 3_000_000 {
		t.Fatalf("batch has %d bytes", n)
	}
	r := signed(b.Bytes(), exampleSecret)
	if err := a.Verify(r); err != nil {
		t.Fatal(err)
	}
	res := mustAdapt(t, a, b.Bytes())
	if len(res.Events) != 1000 || len(res.Ignored) != 0 {
		t.Fatalf("%d events, ignored %v", len(res.Events), res.Ignored)
	}
	want := strings.Repeat("á / ", 260)
	for i := range res.Events {
		e := &res.Events[i]
		if e.ID != fmt.Sprintf("wamid.%d", i) || e.Contact != fmt.Sprintf("BR.%d", i) || e.Alias != fmt.Sprintf("551190000%04d", i) ||
			e.ContactName != fmt.Sprintf("N%d", i) || e.Inbox != fmt.Sprint(300+i%3) || e.Message.Text != want {
			t.Fatalf("event %d is wrong", i)
		}
	}
}

func TestFailureCodes(t *testing.T) {
	seen := map[string]bool{}
	for _, code := range FailureCodes {
		if seen[code] || strings.Trim(code, "0123456789") != "" {
			t.Errorf("%q is twice there or no code", code)
		}
		seen[code] = true
	}
	if len(seen) != 27 {
		t.Errorf("%d codes, the documented table has 27", len(seen))
	}
}

// message is a webhook with one text; body must not need escapes.
func message(id, body string) []byte {
	return []byte(`{"object":"whatsapp_business_account","entry":[{"id":"200000000000001","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001000","phone_number_id":"300000000000001"},"contacts":[{"profile":{"name":"Ana"},"wa_id":"5511900000001","user_id":"BR.10000000000000000001"}],"messages":[{"from":"5511900000001","from_user_id":"BR.10000000000000000001","id":"` +
		id + `","timestamp":"1767225600","type":"text","text":{"body":"` + body + `"}}]},"field":"messages"}]}]}`)
}
