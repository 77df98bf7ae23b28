package events

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

const secret = "correct horse battery staple"

func mustAdapter(t *testing.T) *Adapter {
	t.Helper()
	a, err := New(config.Source{Name: "desk", Provider: "events", Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestSecretIsNeeded(t *testing.T) {
	for _, c := range []struct {
		name   string
		secret config.Secret
		want   string
	}{
		{"none", "", "missing"},
		{"white space", "  ", "white space"},
		{"line break of a file", "Xq9-private\n", "white space"},
		{"control character", "Xq9-private\x00x", "printable ASCII"},
		{"beyond ASCII", "Xq9-privaté", "printable ASCII"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := config.Source{Name: "desk", Secret: c.secret}
			_, errAdapter := New(cfg)
			_, errWriter := NewWriter(cfg)
			for _, err := range []error{errAdapter, errWriter} {
				if !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "Xq9") {
					t.Errorf("got %v, want %q", err, c.want)
				}
			}
		})
	}
}

func TestVerify(t *testing.T) {
	a := mustAdapter(t)
	for _, c := range []struct {
		name   string
		header http.Header
		want   error
	}{
		{"right", http.Header{"Authorization": {"Bearer " + secret}}, nil},
		{"scheme in another case", http.Header{"Authorization": {"bearer " + secret}}, nil},
		{"two spaces", http.Header{"Authorization": {"Bearer  " + secret}}, nil},
		{"missing", http.Header{}, errMissing},
		{"no headers", nil, errMissing},
		{"twice", http.Header{"Authorization": {"Bearer " + secret, "Bearer " + secret}}, errAmbiguous},
		{"empty", http.Header{"Authorization": {""}}, errScheme},
		{"basic", http.Header{"Authorization": {"Basic " + secret}}, errScheme},
		{"no scheme", http.Header{"Authorization": {secret}}, errScheme},
		{"scheme only", http.Header{"Authorization": {"Bearer "}}, errWrong},
		{"wrong", http.Header{"Authorization": {"Bearer wrong"}}, errWrong},
		{"beginning of it", http.Header{"Authorization": {"Bearer " + secret[:10]}}, errWrong},
		{"longer", http.Header{"Authorization": {"Bearer " + secret + "s"}}, errWrong},
		{"other case", http.Header{"Authorization": {"Bearer " + strings.ToUpper(secret)}}, errWrong},
		{"in another header", http.Header{"X-Authorization": {"Bearer " + secret}}, errMissing},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := a.Verify(&provider.Request{Header: c.header, Body: []byte("not read")})
			if err != c.want || err != nil && !errors.Is(err, provider.ErrUnauthorized) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), secret[:7]) {
				t.Errorf("error tells the secret: %v", err)
			}
		})
	}
}

const line = `{"id":"e%d","time":"2026-01-02T03:04:05Z","kind":"message.received","inbox":"main","contact":"+5511900000001","source":"forged","message":{"text":"hello"}}`

func TestAdapt(t *testing.T) {
	a := mustAdapter(t)
	for _, c := range []struct{ name, body string }{
		{"lines", fmt.Sprintf(line+"\n"+line+"\n", 1, 2)},
		{"array", fmt.Sprintf("["+line+","+line+"]", 1, 2)},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := []byte(c.body)
			res := provider.Result{Events: make([]event.Event, 0, 4)}
			if err := a.Adapt(&provider.Request{Body: body}, &res); err != nil {
				t.Fatal(err)
			}
			clear(body) // the server uses it again
			if len(res.Events) != 2 {
				t.Fatalf("%d events", len(res.Events))
			}
			for i, e := range res.Events {
				want := event.Event{
					ID: fmt.Sprintf("e%d", i+1), Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Kind: event.MessageReceived, Actor: event.ActorCustomer,
					Inbox: "main", Contact: "+5511900000001", Message: event.Message{Text: "hello"},
				}
				if !reflect.DeepEqual(e, want) {
					t.Errorf("got %+v", e)
				}
			}
		})
	}
}

func TestAdaptIsAllOrNothing(t *testing.T) {
	res := provider.Result{}
	body := fmt.Sprintf(line+"\n"+line, 1, 2)
	err := mustAdapter(t).Adapt(&provider.Request{Body: []byte(strings.Replace(body, `"text":"hello"`, `"txt":"hello"`, 2))}, &res)
	if !errors.Is(err, provider.ErrMalformed) || !errors.Is(err, event.ErrInvalid) {
		t.Errorf("got %v", err)
	}
	if want := "event 1: field message.txt is not a field of an event"; err != nil && !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	body = strings.Replace(body, `"id":"e2"`, `"id":""`, 1)
	if err := mustAdapter(t).Adapt(&provider.Request{Body: []byte(body)}, &res); err == nil || len(res.Events) != 0 {
		t.Errorf("%d events with %v", len(res.Events), err)
	}
}

// TestWriter: what is written is verified and read back, in order, in requests
// of a bearable size.
func TestWriter(t *testing.T) {
	w, err := NewWriter(config.Source{Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	a := mustAdapter(t)
	for _, c := range []struct {
		name           string
		events, length int
		requests       int
	}{
		{"none", 0, 0, 0}, {"one", 1, 10, 1}, {"full", writeEvents, 10, 1}, {"one more", writeEvents + 1, 10, 2}, {"long texts", 100, 30_000, 3}, {"longest texts", 40, event.MaxText, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want []event.Event
			for i := range c.events {
				want = append(want, event.Event{
					ID: fmt.Sprint("e", i), Time: time.Date(2026, 1, 2, 3, 4, 5, i, time.UTC), Kind: event.MessageReceived, Actor: event.ActorCustomer,
					Source: "simulation", Received: time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC), Inbox: "main", Contact: "+5511900000001",
					Message: event.Message{Text: strings.Repeat("x", c.length)},
				})
			}
			requests, err := w.Write(want)
			if err != nil {
				t.Fatal(err)
			}
			if len(requests) != c.requests {
				t.Errorf("%d requests, want %d", len(requests), c.requests)
			}
			var res provider.Result
			for i, r := range requests {
				if r.Method != http.MethodPost || len(r.Body) > writeBytes {
					t.Errorf("request %d: %s of %d bytes", i, r.Method, len(r.Body))
				}
				if err := a.Verify(&r); err != nil {
					t.Error(err)
				}
				if err := a.Adapt(&r, &res); err != nil {
					t.Fatal(err)
				}
			}
			if len(res.Events) != len(want) {
				t.Fatalf("%d events, want %d", len(res.Events), len(want))
			}
			for i := range want {
				if want[i].Source != "simulation" {
					t.Fatal("Write changed its argument")
				}
				want[i].Source, want[i].Received = "", time.Time{}
				if !reflect.DeepEqual(res.Events[i], want[i]) {
					t.Fatalf("event %d: got %+v", i, res.Events[i])
				}
			}
		})
	}
}

// FuzzAdapter: whatever is sent, only the right secret passes and only known
// errors come back.
func FuzzAdapter(f *testing.F) {
	f.Add("Bearer "+secret, []byte(fmt.Sprintf(line, 1)))
	f.Add("bearer  "+secret, []byte(fmt.Sprintf("["+line+"]", 1)))
	f.Add("Basic "+secret, []byte("{}"))
	f.Add("", []byte(nil))
	a, err := New(config.Source{Secret: secret})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		r := provider.Request{Header: http.Header{"Authorization": {header}}, Body: body}
		switch err := a.Verify(&r); {
		case err == nil && !strings.HasSuffix(strings.TrimSpace(header), secret):
			t.Fatalf("%q passed", header)
		case err != nil && !errors.Is(err, provider.ErrUnauthorized):
			t.Fatal(err)
		}
		var res provider.Result
		if err := a.Adapt(&r, &res); err != nil && (!errors.Is(err, provider.ErrMalformed) || len(res.Events) > 0) {
			t.Fatalf("%d events with %v", len(res.Events), err)
		}
	})
}
