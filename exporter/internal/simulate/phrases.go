package simulate

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

type language uint8

const (
	portuguese language = iota
	spanish
	english
	languages
)

// currencies stand before amounts; the decimal mark follows the language.
var currencies = [languages]struct{ sign, mark string }{{"R$ ", ","}, {"$ ", ","}, {"$", "."}}

// contractions join a preposition with the article of a filler.
var contractions = [languages]*strings.Replacer{
	strings.NewReplacer(" de o ", " do ", " de a ", " da ", " em o ", " no ", " em a ", " na "),
	strings.NewReplacer(" de el ", " del ", " a el ", " al "),
	strings.NewReplacer(),
}

// phrases are the texts of one language by section.
type phrases map[string][]phrase

type phrase struct {
	text string
	hours
}

// hours of the day at which people say something; from > to is over midnight.
type hours struct{ from, to int }

func (h hours) fit(hour int) bool {
	if h.from < h.to {
		return h.from <= hour && hour < h.to
	}
	return hour >= h.from || hour < h.to
}

// greetings that belong to a part of the day.
var greetings = []struct {
	word string
	hours
}{
	{"bom dia", hours{5, 12}}, {"buenos días", hours{5, 12}}, {"buen día", hours{5, 13}}, {"good morning", hours{5, 12}},
	{"boa tarde", hours{12, 19}}, {"buenas tardes", hours{12, 20}}, {"good afternoon", hours{12, 18}},
	{"boa noite", hours{18, 5}}, {"buenas noches", hours{19, 5}}, {"good evening", hours{17, 5}},
}

func newPhrase(text string) phrase {
	lower := strings.ToLower(text)
	for _, g := range greetings {
		if strings.HasPrefix(lower, g.word) || strings.Contains(lower, " "+g.word) {
			return phrase{text, g.hours}
		}
	}
	return phrase{text, hours{0, 24}}
}

//go:embed texts/*.txt
var textFiles embed.FS

// sections that every language has, beside ask., answer. and bot. of topics.
var sections = []string{
	"hello", "opener", "closer", "more", "nudge", "angry", "person", "thanks", "praise", "patient", "still",
	"caption", "stop", "away", "note", "bot.menu", "bot.handoff", "bot.more", "agent.hello", "agent.ask",
	"agent.sorry", "agent.bye", "agent.hold", "agent.transfer", "campaign.reply", "template.weekly_offer",
	"template.order_update", "survey.csat", "survey.nps", "score.words", "score.forms", "score.none",
	"product", "city", "weekday", "month",
}

// allPhrases reads the embedded texts once. They are part of the program: a
// missing section is a mistake in it, found by any test.
var allPhrases = sync.OnceValue(func() (out [languages]*phrases) {
	for l, file := range [languages]string{"pt", "es", "en"} {
		data, err := textFiles.ReadFile("texts/" + file + ".txt")
		if err != nil {
			panic(err)
		}
		p, err := parsePhrases(string(data))
		if err != nil {
			panic(fmt.Sprintf("texts/%s.txt: %v", file, err))
		}
		out[l] = &p
	}
	return out
})

// parsePhrases reads one text a line, under its [section]. Spaces at the ends
// of lines count: they glue openers and closers on.
func parsePhrases(data string) (phrases, error) {
	p := phrases{}
	section := ""
	for n, line := range strings.Split(data, "\n") {
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[' && strings.HasSuffix(line, "]"):
			section = line[1 : len(line)-1]
		case section == "":
			return nil, fmt.Errorf("line %d stands under no section", n+1)
		default:
			p[section] = append(p[section], newPhrase(line))
		}
	}
	want := sections
	for _, t := range topics {
		want = append(want[:len(want):len(want)], "ask."+t.name, "answer."+t.name)
		if t.byBot > 0 {
			want = append(want, "bot."+t.name)
		}
	}
	for _, s := range want {
		if len(p[s]) == 0 {
			return nil, fmt.Errorf("section [%s] is missing", s)
		}
	}
	return p, nil
}

// choose picks a text of a section that fits the time of day.
func (s *Scenario) choose(t *talk, section string) string {
	from := (*s.texts[t.who.lang])[section]
	if len(from) == 0 {
		panic("simulate: no texts in section " + section)
	}
	hour := s.clock(s.now).Hour()
	for range 32 {
		if p := pick(s.rng, from); p.fit(hour) {
			return p.text
		}
	}
	return from[0].text
}

// text picks a text of a section in the customer's language and fills it in.
func (s *Scenario) text(t *talk, section string) string { return s.fill(t, s.choose(t, section)) }

// ask puts a question together: bare, with a greeting before or a plea
// behind, in lower case as many people type.
func (s *Scenario) ask(t *talk) string {
	r := s.rng
	text := s.text(t, "ask."+topics[t.topic].name)
	if t.topic == greeting {
		return text
	}
	if r.chance(0.3) {
		opener := s.choose(t, "opener")
		if end := strings.TrimRight(opener, " "); strings.HasSuffix(end, ",") {
			text = lowerFirst(text)
		}
		text = opener + text
	}
	if r.chance(0.22) {
		closer := s.choose(t, "closer")
		first, _ := utf8.DecodeRuneInString(closer[1:])
		if last := text[len(text)-1]; last != '?' && last != '!' && last != '.' && (unicode.IsUpper(first) || first == '¿') {
			text += "."
		}
		text += closer
	}
	if r.chance(0.3) {
		text = strings.ToLower(text)
	}
	return text
}

func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[n:]
}

// fill replaces the placeholders: {order}, {amount}, {days} by numbers, the
// others by words of the section of that name. Unknown ones ({score}) stay.
func (s *Scenario) fill(t *talk, text string) string {
	if strings.IndexByte(text, '{') < 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 24)
	for start := true; ; start = false {
		i := strings.IndexByte(text, '{')
		j := strings.IndexByte(text, '}')
		if i < 0 || j < i {
			b.WriteString(text)
			return contractions[t.who.lang].Replace(b.String())
		}
		b.WriteString(text[:i])
		word := s.filler(t, text[i+1:j])
		if start && i == 0 { // a sentence begins with it
			r, n := utf8.DecodeRuneInString(word)
			word = string(unicode.ToUpper(r)) + word[n:]
		}
		b.WriteString(word)
		text = text[j+1:]
	}
}

func (s *Scenario) filler(t *talk, name string) string {
	r := s.rng
	switch name {
	case "order":
		return "#" + strconv.Itoa(10000+r.IntN(90000))
	case "days":
		return strconv.Itoa(2 + r.IntN(13))
	case "amount":
		c := currencies[t.who.lang]
		return c.sign + strconv.Itoa(15+r.IntN(480)) + c.mark + strconv.Itoa(10+r.IntN(90))
	}
	if words := (*s.texts[t.who.lang])[name]; len(words) > 0 {
		return pick(r, words).text
	}
	return "{" + name + "}"
}
