package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// scripted has every rule on, a custom rule and two scripts.
func scripted() Settings {
	s := strict()
	s.Custom = []CustomRule{{Name: "promises", Severity: Critical, Words: []string{"garanto"}}, {Name: "silent", Words: []string{"x"}}}
	s.Scripts = []Script{
		{"refund", []Step{{"order", []string{"numero do pedido"}, nil}, {"deadline", []string{"dias uteis"}, nil}}},
		{"sales", []Step{{"stock", []string{"estoque"}, nil}}},
	}
	return s
}

// story folds a conversation: one line a message, "c" the customer's, "t" with
// thanks, "b" a bot's, "h" a human's, "p" a human's picture, and at last how it
// ends. It gives the findings as rule@line, steps behind.
func story(t *testing.T, s Settings, lines ...string) string {
	t.Helper()
	a, r := must(t, s), s.Policy().Compile()
	var st State
	var found []Finding
	for i, line := range lines {
		ref := uint32(i + 1)
		who, rest, _ := strings.Cut(line, " ")
		language, text, ok := strings.Cut(rest, ": ")
		if !ok {
			language, text = "", rest
		}
		m := Message{Text: text, Language: language, ContactName: "Ana"}
		switch who {
		case "reopened":
			st.Reopen()
		case "c":
			st.Customer(a.Customer(m), ref, false)
		case "t":
			st.Customer(a.Customer(m), ref, true)
		case "b":
			st.Bot()
		case "h":
			found = st.Human(r, a.Human(m), ref, found)
		case "p":
			found = st.Human(r, 0, ref, found)
		default:
			end := map[string]End{"resolved": Resolved, "bot": ResolvedByBot, "thanks": Thanked, "timeout": TimedOut, "merged": Merged}
			e, known := end[who]
			if !known {
				t.Fatalf("what is %q?", who)
			}
			found = st.Close(r, e, r.Required(rest), found)
		}
		// A snapshot at any moment changes nothing.
		back, left, err := DecodeState(append(st.Append(nil), 7))
		if err != nil || back != st || len(left) != 1 {
			t.Fatalf("after %q: %+v came back as %+v, %v", line, st, back, err)
		}
	}
	var out []string
	var set Set
	for _, f := range found {
		s := r.Name(f.Rule)
		if f.Message != 0 {
			s += fmt.Sprint("@", f.Message)
		}
		if f.Missing != 0 {
			s += fmt.Sprint(r.StepNames(f.Missing))
		}
		if f.Severity == Off || f.Severity != r.Severity(f.Rule) {
			t.Errorf("%s has severity %v", s, f.Severity)
		}
		set |= 1 << f.Rule
		out = append(out, s)
	}
	if set != st.Found() {
		t.Errorf("found %b, the state says %b", set, st.Found())
	}
	return strings.Join(out, " ")
}

func TestConversations(t *testing.T) {
	const ptLong, enLong = "pt: Bom dia, Ana, vou verificar o seu pedido agora", "en: Hello Ana, let me have a look at your order"
	for _, c := range []struct {
		lines []string
		want  string
	}{
		{[]string{"c oi, quando chega?", "h Oi Ana, amanhã", "t obrigado", "h por nada!", "resolved"}, ""},
		// greeting
		{[]string{"c oi", "h Ana, qual pedido?"}, "no_greeting@2"},
		{[]string{"c oi", "h Ana, um momento", "h olá"}, "no_greeting@2"},
		{[]string{"c oi", "p", "h Ana, qual pedido?"}, "no_greeting@3"},
		{[]string{"c oi", "b", "h Ana, qual pedido?"}, "no_greeting@3"},
		{[]string{"h Ana, sua fatura chegou"}, ""},
		{[]string{"reopened", "c oi", "h Ana, de novo?"}, ""},
		{[]string{"c oi", "h Olá", "c e?", "h Ana, um momento"}, ""},
		// row
		{[]string{"c oi", "h Olá Ana", "h um", "h dois", "h tres", "h quatro"}, "many_in_a_row@4"},
		{[]string{"c oi", "h Olá Ana", "h um", "c ok", "h dois", "h tres", "h quatro"}, "many_in_a_row@7"},
		{[]string{"c oi", "h Olá Ana", "h um", "b", "h dois", "h tres"}, ""},
		{[]string{"c oi", "h Olá Ana", "p", "p", "p", "h um"}, ""},
		// questions
		{[]string{"c cadê?", "resolved"}, "unanswered_at_close@1"},
		{[]string{"c cadê?", "c oi?", "timeout"}, "unanswered_at_close@1"},
		{[]string{"c cadê?", "bot"}, ""},
		{[]string{"c cadê?", "merged"}, ""},
		{[]string{"c cadê?", "t obrigado", "thanks"}, ""},
		{[]string{"c cadê?", "b", "timeout"}, ""},
		{[]string{"c cadê?", "p", "timeout"}, ""},
		{[]string{"c cheguei em casa", "timeout"}, ""},
		{[]string{"c oi", "h Olá Ana, tenha um bom dia", "c mas quando chega?", "resolved"}, "unanswered_at_close@3 no_closing"},
		// closing texts
		{[]string{"c oi", "h Olá Ana", "resolved"}, "no_closing"},
		{[]string{"c oi", "h Olá Ana", "t obrigado", "thanks"}, "no_closing"},
		{[]string{"c oi", "h Olá Ana", "timeout"}, ""},
		{[]string{"c oi", "h Olá Ana", "bot"}, ""},
		{[]string{"c oi", "h Olá Ana, tenha um bom dia", "h segue a pesquisa", "resolved"}, ""},
		{[]string{"c oi", "h Olá Ana, tenha um bom dia", "c ok", "resolved"}, ""},
		// names
		{[]string{"c oi", "h Olá", "c ok", "h tchau, até logo", "timeout"}, "name_not_used"},
		{[]string{"c oi", "h Olá", "c ok", "h até logo, Ana", "resolved"}, ""},
		// languages
		{[]string{"c pt: quando chega o meu pedido de ontem?", "h " + enLong}, "other_language@2"},
		{[]string{"c pt: quando chega o meu pedido de ontem?", "h " + ptLong}, ""},
		{[]string{"c quando chega o meu pedido de ontem?", "h " + enLong}, ""},
		{[]string{"c pt: quando chega o meu pedido de ontem?", "c en: ok", "c en: where is my order of yesterday?", "h " + enLong, "h " + ptLong}, "other_language@5"},
		{[]string{"c pt: quando chega o meu pedido de ontem?", "h Olá Ana! Hello"}, ""},
		// scripts
		{[]string{"c oi", "h Olá Ana, número do pedido?", "h 5 dias úteis, até logo", "resolved refund"}, ""},
		{[]string{"c oi", "h Olá Ana, número do pedido?", "h até logo", "resolved refund"}, "script_step[deadline]"},
		{[]string{"c oi", "h Olá Ana, até logo", "thanks refund"}, "script_step[order deadline]"},
		{[]string{"c oi", "h Olá Ana, até logo", "resolved billing"}, ""},
		{[]string{"c oi", "h Olá Ana, até logo", "timeout refund"}, ""},
		{[]string{"c número do pedido 1", "h Olá Ana, 5 dias úteis, até logo", "resolved refund"}, "script_step[order]"},
		{[]string{"c oi", "b", "resolved refund"}, ""},
		// messages
		{[]string{"c oi", "h Olá Ana, eu garanto", "h que merda"}, "promises@2 forbidden_words@3"},
		{[]string{"timeout"}, ""},
		{nil, ""},
	} {
		if got := story(t, scripted(), c.lines...); got != c.want {
			t.Errorf("%s:\n%q, want %q", strings.Join(c.lines, " | "), got, c.want)
		}
	}
}

func TestDefaultsOfConversations(t *testing.T) {
	got := story(t, Default(), "c quando chega meu pedido?", "h amanhã", "h de manhã", "h ou de tarde", "c qual horário?", "resolved refund")
	if want := "no_greeting@2 many_in_a_row@4 unanswered_at_close@5 no_closing"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Bits that another configuration gave mean nothing to this one.
func TestChangedRules(t *testing.T) {
	before, after := scripted(), scripted()
	after.Custom = []CustomRule{{Name: "other", Severity: Info, Words: []string{"y"}}}
	after.Scripts[0].Steps[0].Name = "ticket"
	a, old, now := must(t, before), before.Policy().Compile(), after.Policy().Compile()
	if old.sum == now.sum {
		t.Fatal("the two have one checksum: choose other names")
	}
	said := a.Human(Message{Text: "Olá, garanto: numero do pedido em 5 dias uteis, até logo"})

	var s State
	if old.Broken(said) != 1<<FirstCustom || now.Broken(said) != 0 {
		t.Errorf("broken: %b, and under other rules %b", old.Broken(said), now.Broken(said))
	}
	if f := s.Human(now, said, 1, nil); len(f) != 0 {
		t.Errorf("read under other rules: %+v", f)
	}
	if f := s.Close(now, Resolved, now.Required("refund"), nil); len(f) != 1 || f[0].Missing != 0b11 {
		t.Errorf("steps of other rules: %+v", f)
	}

	s = State{}
	if f := s.Human(old, said, 1, nil); len(f) != 1 || f[0].Rule != FirstCustom || !s.Found().Has(FirstCustom) {
		t.Errorf("read under its own rules: %+v", f)
	}
	// The rules change on the way: nobody is blamed for steps.
	if f := s.Close(now, Resolved, now.Required("refund"), nil); len(f) != 0 || s.Found().Has(FirstCustom) {
		t.Errorf("after a change: %+v, %b", f, s.Found())
	}
}

func TestPolicy(t *testing.T) {
	p := scripted().Policy()
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	back := Policy{Custom: []string{"a", "b", "c", "d"}, Severities: []RuleSeverity{{"x", "y"}}}
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(p, back) {
		t.Errorf("%s came back as %+v, %v", b, back, err)
	}
	if !reflect.DeepEqual(p.Compile(), back.Compile()) {
		t.Error("compiled, the two differ")
	}
	names := 0
	p.Compile().Each(func(r Rule, name string, s Severity) {
		names++
		if name == "" || s == Off {
			t.Errorf("rule %d: %q, %v", r, name, s)
		}
	})
	if names != int(BuiltinRules)+1 {
		t.Errorf("%d rules are on", names)
	}
	// A later version's.
	later := Policy{Severities: []RuleSeverity{{"mind_reading", "warning"}, {"shouting", "apocalyptic"}, {"cpf", "info"}}, Custom: make([]string, 40), MaxInRow: 1000}
	r := later.Compile()
	if r.Severity(Shouting) != Off || r.Severity(CPF) != Info || r.Name(200) != "" || r.Severity(200) != Off {
		t.Errorf("%+v", r)
	}
	if (Policy{}).Compile().maxInRow != 2 {
		t.Error("no row at all")
	}
}

func TestNames(t *testing.T) {
	for r := Rule(0); r < BuiltinRules; r++ {
		if got, ok := RuleByName(r.String()); !ok || got != r {
			t.Errorf("rule %d is %q", r, r.String())
		}
	}
	for s := Off; s <= Critical; s++ {
		if got, ok := SeverityByName(s.String()); !ok || got != s {
			t.Errorf("severity %d is %q", s, s.String())
		}
	}
	if _, ok := RuleByName(""); ok || Rule(99).String() != "" || Severity(99).String() != "" || BuiltinRules > FirstCustom {
		t.Error("names of nothing")
	}
}

func TestSize(t *testing.T) {
	if n := unsafe.Sizeof(State{}); n > 24 {
		t.Errorf("a state takes %d bytes", n)
	}
}

// TestAgainstWholeStory: random conversations, judged by looking at the whole of
// them at their end, give what the state gave on the way.
func TestAgainstWholeStory(t *testing.T) {
	set := scripted()
	rules := set.Policy().Compile()
	type msg struct {
		who    string
		t      Traits
		thanks bool
	}
	rapid.Check(t, func(t *rapid.T) {
		story := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) msg {
			m := msg{who: rapid.SampledFrom([]string{"c", "c", "h", "h", "h", "b", "p"}).Draw(t, "who")}
			switch m.who {
			case "c":
				m.t = Audited | Traits(rapid.Uint64Range(0, 3).Draw(t, "l"))<<languageShift
				if rapid.Bool().Draw(t, "q") {
					m.t |= Question
				}
				m.thanks = rapid.IntRange(0, 4).Draw(t, "thanks") == 0
			case "h":
				m.t = Audited | Traits(rapid.Uint64().Draw(t, "t"))&(Greets|Closes|NameKnown|NameUsed|languageMask<<languageShift|ownMask<<ownShift&^(1<<(ownShift+OtherLanguage)))
				if steps := rapid.Uint64Range(0, 7).Draw(t, "steps"); steps != 0 {
					m.t |= Traits(steps)<<stepShift | Traits(rules.sum)<<sumShift
				}
			}
			return m
		}), 0, 12).Draw(t, "story")
		end := End(rapid.IntRange(0, 4).Draw(t, "end"))
		again := rapid.Bool().Draw(t, "reopened")
		required := rules.Required(rapid.SampledFrom([]string{"refund", "sales", "none"}).Draw(t, "type"))

		var st State
		var got []Finding
		if again {
			st.Reopen()
		}
		for i, m := range story {
			switch m.who {
			case "c":
				st.Customer(m.t, uint32(i+1), m.thanks)
			case "b":
				st.Bot()
			default:
				got = st.Human(rules, m.t, uint32(i+1), got)
			}
			if rapid.IntRange(0, 3).Draw(t, "save") == 0 {
				st, _, _ = DecodeState(st.Append(nil))
			}
		}
		got = st.Close(rules, end, required, got)

		var want []Finding
		add := func(r Rule, ref int) { want = append(want, Finding{r, rules.severities[r], uint32(ref), 0}) }
		humans := 0
		for i, m := range story {
			if m.who != "h" {
				continue
			}
			humans++
			for r := ForbiddenWords; r < OtherLanguage; r++ {
				if m.t&(1<<(ownShift+r)) != 0 {
					add(r, i+1)
				}
			}
			heard, row, wrote := uint8(0), 1, false
			broken := false
			for j := i - 1; j >= 0; j-- {
				o := story[j]
				if o.who == "c" {
					wrote = true
					if heard == 0 {
						heard = o.t.language()
					}
				}
				broken = broken || o.who == "c" || o.who == "b"
				if o.who == "h" && !broken {
					row++
				}
			}
			if l := m.t.language(); l != 0 && heard != 0 && l != heard {
				add(OtherLanguage, i+1)
			}
			if humans == 1 && wrote && !again && m.t&Greets == 0 {
				add(NoGreeting, i+1)
			}
			if row == 3 {
				add(ManyInARow, i+1)
			}
		}
		if end != Merged {
			open, closed, known, used := 0, false, false, false
			var steps Steps
			for i, m := range story {
				switch m.who {
				case "c":
					if m.thanks {
						open = 0
					} else if m.t&Question != 0 {
						closed = false
						if open == 0 {
							open = i + 1
						}
					}
				case "h":
					closed = closed || m.t&Closes != 0
					known, used = known || m.t&NameKnown != 0, used || m.t&NameUsed != 0
					steps |= m.t.steps()
					open = 0
				default:
					open = 0
				}
			}
			if open != 0 && end != ResolvedByBot {
				add(UnansweredAtClose, open)
			}
			if humans > 0 && (end == Resolved || end == Thanked) && !closed {
				add(NoClosing, 0)
			}
			if humans > 0 && known && !used {
				add(NameNotUsed, 0)
			}
			if missing := required &^ steps; humans > 0 && (end == Resolved || end == Thanked) && missing != 0 {
				add(ScriptStep, 0)
				want[len(want)-1].Missing = missing
			}
		}
		if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v\nwant %+v", got, want)
		}
	})
}

func TestDecodeDamaged(t *testing.T) {
	s := State{question: 77, steps: 5, found: 1<<20 | 3, flags: asked | humanWrote, language: 2, run: 4, sum: 9}
	b := s.Append(nil)
	for n := range b {
		if _, _, err := DecodeState(b[:n]); !errors.Is(err, ErrState) {
			t.Errorf("%d bytes of %d: %v", n, len(b), err)
		}
	}
	if one := new(State).Append(nil); len(one) != 1 {
		t.Errorf("nothing takes %d bytes", len(one))
	}
}

func FuzzState(f *testing.F) {
	f.Add([]byte{0})
	f.Add((&State{question: 77, steps: 5, found: 3, flags: asked, language: 2, run: 4, sum: 9}).Append(nil))
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0, 0})
	r := scripted().Policy().Compile()
	f.Fuzz(func(t *testing.T, b []byte) {
		s, rest, err := DecodeState(b)
		if err != nil {
			if !errors.Is(err, ErrState) {
				t.Fatal(err)
			}
			return
		}
		one := s.Append(nil)
		back, _, err := DecodeState(one)
		if err != nil || back != s || len(one) > len(b)-len(rest) {
			t.Fatalf("%+v came back as %+v, %v", s, back, err)
		}
		if !bytes.Equal(back.Append(nil), one) {
			t.Fatal("it is encoded differently the second time")
		}
		s.Customer(Audited|Question, 1, false)
		s.Human(r, Audited, 2, nil)
		s.Close(r, Resolved, r.Required("refund"), nil)
	})
}

func BenchmarkState(b *testing.B) {
	r := scripted().Policy().Compile()
	found := make([]Finding, 0, 16)
	b.ReportAllocs()
	for b.Loop() {
		var s State
		s.Customer(Audited|Question, 1, false)
		found = s.Human(r, Audited|hasShouting, 2, found[:0])
		found = s.Close(r, Resolved, 3, found)
	}
}
