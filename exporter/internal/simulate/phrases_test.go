package simulate

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestTextsAreVaried(t *testing.T) {
	for l, p := range allPhrases() {
		for _, topic := range topics {
			want := 24
			if topic.name == "agent" || topic.name == "greeting" {
				want = 12
			}
			if got := len((*p)["ask."+topic.name]); got < want {
				t.Errorf("language %d: %d questions about %s, want %d", l, got, topic.name, want)
			}
		}
		for section, texts := range *p {
			seen := map[string]bool{}
			for _, x := range texts {
				if seen[x.text] {
					t.Errorf("language %d: [%s] has %q twice", l, section, x.text)
				}
				seen[x.text] = true
			}
		}
		if words := strings.Fields((*p)["score.words"][0].text); len(words) != 5 {
			t.Errorf("language %d: %d number words", l, len(words))
		}
	}
}

var openPlaceholder = regexp.MustCompile(`\{(?:[a-rt-z]|s[^c])[^}]*\}`)

// TestTextsAreFilled: no placeholder is left but {score}, which surveys fill.
func TestTextsAreFilled(t *testing.T) {
	s := mustNew(t, Options{Seed: 1, Start: wednesday})
	for l, p := range allPhrases() {
		about := &talk{who: person{lang: language(l)}}
		for section, texts := range *p {
			for _, x := range texts {
				got := s.fill(about, x.text)
				if openPlaceholder.MatchString(got) || got == "" || strings.Contains(got, "  ") {
					t.Errorf("language %d: [%s] gives %q", l, section, got)
				}
			}
		}
	}
}

func TestFill(t *testing.T) {
	s := mustNew(t, Options{Seed: 1, Start: wednesday})
	for _, c := range []struct {
		lang       language
		text, want string
	}{
		{portuguese, "Oi", "^Oi$"},
		{portuguese, "manual de {product}?", `^manual d[oa] \pL`},
		{spanish, "carga de {product}.", `^carga de(l| la| los) \pL`},
		{english, "{product} broke", `^The \pL+.* broke$`},
		{english, "{amount} in {days} days", `^\$\d+\.\d\d in \d+ days$`},
		{portuguese, "pedido {order}", `^pedido #\d{5}$`},
		{portuguese, "nota {score}", `^nota \{score\}$`},
		{english, "open { only", `^open \{ only$`},
		{english, "} first {order}", `^\} first \{order\}$`},
	} {
		for range 20 {
			got := s.fill(&talk{who: person{lang: c.lang}}, c.text)
			if !regexp.MustCompile(c.want).MatchString(got) {
				t.Fatalf("fill(%q) = %q, want %s", c.text, got, c.want)
			}
		}
	}
}

// TestGreetingsFitTheHour: nobody says good morning in the evening.
func TestGreetingsFitTheHour(t *testing.T) {
	for hour := range 24 {
		s := mustNew(t, Options{Seed: 1, Start: wednesday.Add(time.Duration(hour) * time.Hour)})
		for l := range languages {
			about := &talk{who: person{lang: l}}
			for range 100 {
				for _, section := range []string{"hello", "opener", "ask.greeting", "agent.hello"} {
					text := strings.ToLower(s.text(about, section))
					for _, g := range greetings {
						if strings.Contains(text, g.word) && !g.fit(hour) {
							t.Fatalf("%q at %d h", text, hour)
						}
					}
				}
			}
		}
	}
}

func TestQuestionsDiffer(t *testing.T) {
	s := mustNew(t, Options{Seed: 1, Start: wednesday.Add(15 * time.Hour)})
	for l := range languages {
		seen := map[string]bool{}
		for range 400 {
			text := s.ask(&talk{who: person{lang: l}, topic: delivery})
			if text == "" || strings.Contains(text, "  ") || strings.Contains(text, "?.") {
				t.Fatalf("%q", text)
			}
			seen[text] = true
		}
		if len(seen) < 180 {
			t.Errorf("language %d: %d different ones of 400", l, len(seen))
		}
	}
}

func TestParsePhrases(t *testing.T) {
	whole := func(without string) string {
		var b strings.Builder
		for _, name := range append([]string{"ask.greeting"}, sections...) {
			if name != without {
				fmt.Fprintf(&b, "[%s]\ntext\n", name)
			}
		}
		for _, x := range topics {
			for _, name := range []string{"ask.", "answer.", "bot."} {
				if name+x.name != without {
					fmt.Fprintf(&b, "[%s]\ntext\n", name+x.name)
				}
			}
		}
		return b.String()
	}
	for _, c := range []struct{ data, err string }{
		{whole(""), ""},
		{whole("nudge"), "section [nudge] is missing"},
		{whole("bot.sales"), "section [bot.sales] is missing"},
		{whole("bot.agent"), ""}, // the bot has no answer to that
		{"text first\n[hello]\n", "line 1 stands under no section"},
	} {
		_, err := parsePhrases(c.data)
		if got := fmt.Sprint(err); (c.err == "") != (err == nil) || err != nil && got != c.err {
			t.Errorf("got %q, want %q", got, c.err)
		}
	}
}
