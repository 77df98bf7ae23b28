package meta

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

func TestParseCallback(t *testing.T) {
	for _, c := range []struct {
		in   string
		want CallbackData
		ok   bool
	}{
		{"conv=c-81;actor=agent-7", CallbackData{Conversation: "c-81", Actor: event.ActorHuman, Agent: "7"}, true},
		{"conv=c-81;actor=bot;purpose=csat", CallbackData{Conversation: "c-81", Actor: event.ActorBot}, true},
		{"actor=human;agent=7;team=sales", CallbackData{Actor: event.ActorHuman, Agent: "7", Team: "sales"}, true},
		{"agent=7", CallbackData{Actor: event.ActorHuman, Agent: "7"}, true},
		{"actor=agent-7;agent=8", CallbackData{Actor: event.ActorHuman, Agent: "8"}, true},
		{"agent=8;actor=agent-7", CallbackData{Actor: event.ActorHuman, Agent: "8"}, true},
		{"actor=agent-", CallbackData{Actor: event.ActorHuman}, true},
		{"actor=system;template=order_update;type=template", CallbackData{Actor: event.ActorSystem, Template: "order_update", Type: "template"}, true},
		{"survey=nps;agent=7", CallbackData{Survey: "nps", Agent: "7"}, true},
		{"survey=five_stars", CallbackData{}, true},
		{"actor=customer", CallbackData{}, true},
		{"actor=", CallbackData{}, true},
		{"v=1;actor=bot", CallbackData{Actor: event.ActorBot}, true},
		{" actor=bot ; team=a b;", CallbackData{Actor: event.ActorBot, Team: "a b"}, true},
		{"team=a%3bb%3Dc%25%20d", CallbackData{Team: "a;b=c% d"}, true},
		{"team=vend%C3%A9", CallbackData{Team: "vendé"}, true},
		{"conv=YWJj==", CallbackData{Conversation: "YWJj=="}, true},
		{"order_id=4711", CallbackData{}, true},

		{"", CallbackData{}, false},
		{";;", CallbackData{}, false},
		{"c-81", CallbackData{}, false},
		{"actor=bot;c-81", CallbackData{}, false},
		{"=bot", CallbackData{}, false},
		{"Actor=bot", CallbackData{}, false},
		{"v=2;actor=bot", CallbackData{}, false},
		{"actor=bot;discount=50%", CallbackData{}, false},
		{"actor=bot;x=%zz", CallbackData{}, false},
		{"actor=bot;x=%1", CallbackData{}, false},
		{"actor=bot;x=%\x11\x11", CallbackData{}, false},
		{"actor=bot;x=%ff", CallbackData{}, false},
		{"actor=bot;x=\xff", CallbackData{}, false},
		{`{"actor":"bot"}`, CallbackData{}, false},
		{"actor=bot;x=" + strings.Repeat("y", MaxCallback), CallbackData{}, false},
	} {
		got, ok := ParseCallback(c.in)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%q:\n got %+v %v\nwant %+v %v", c.in, got, ok, c.want, c.ok)
		}
		if !ok && got != (CallbackData{}) {
			t.Errorf("%q is not understood, yet gives %+v", c.in, got)
		}
	}
}

func TestEncodeCallback(t *testing.T) {
	for _, c := range []struct {
		in   CallbackData
		want string
	}{
		{CallbackData{}, ""},
		{CallbackData{Actor: event.ActorCustomer, Survey: "other"}, ""},
		{CallbackData{Conversation: "c-81", Actor: event.ActorHuman, Agent: "7", Team: "sales"}, "actor=human;agent=7;team=sales;conv=c-81"},
		{CallbackData{Actor: event.ActorBot, Template: "t", Type: "template", Survey: "csat"}, "actor=bot;survey=csat;template=t;type=template"},
		{CallbackData{Team: "a;b=c% d\n"}, "team=a%3Bb%3Dc%25%20d%0A"},
		{CallbackData{Team: "x\xff"}, "team=x\ufffd"},
		{CallbackData{Agent: "7", Conversation: strings.Repeat("c", MaxCallback)}, "agent=7"},
		{CallbackData{Agent: strings.Repeat("é", MaxCallback-6)}, "agent=" + strings.Repeat("é", MaxCallback-6)},
		{CallbackData{Agent: strings.Repeat("é", MaxCallback-5), Team: "sales"}, "team=sales"},
	} {
		if got := EncodeCallback(c.in); got != c.want {
			t.Errorf("%+v:\n got %q\nwant %q", c.in, got, c.want)
		}
	}
}

func FuzzCallback(f *testing.F) {
	f.Add("conv=c-81;actor=agent-7")
	f.Add("actor=human;agent=7;team=vend%C3%A9 dores;template=t;survey=csat;type=image")
	f.Add("survey=nps;agent=%3B%3D%25;v=1;;x=y")
	f.Add("discount=50%")
	f.Add("conv=" + strings.Repeat("%3D", 200))
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := ParseCallback(s)
		if !ok {
			if d != (CallbackData{}) {
				t.Fatalf("not understood, yet %+v", d)
			}
			return
		}
		out := EncodeCallback(d)
		if n := utf8.RuneCountInString(out); n > MaxCallback {
			t.Fatalf("%d characters", n)
		}
		again, ok := ParseCallback(out)
		if out == "" {
			if d != (CallbackData{}) && len(s) < MaxCallback/3 {
				t.Fatalf("%+v lost", d)
			}
			return
		}
		if !ok || EncodeCallback(again) != out {
			t.Fatalf("%q: %+v became %q, then %+v", s, d, out, again)
		}
		// A third of the limit has room for every character escaped.
		if len(s) < MaxCallback/3 && again != d {
			t.Fatalf("%q: %+v became %+v", s, d, again)
		}
	})
}
