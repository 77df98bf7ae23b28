package topic

import (
	"encoding/base64"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
)

func (c *Classifier) message(s, language string) Result {
	return c.Classify(text.Fold(s), language, Asks(s))
}

// What is promised of the rules, beside the figures of TestEval.
func TestClassify(t *testing.T) {
	c := mustNew(t, defaults())
	for _, tc := range []struct{ language, text, want string }{
		// A greeting that brings a request is the request.
		{"pt", "oi, cadê meu pedido", "delivery"},
		{"pt", "Boa tarde!! Quero cancelar minha assinatura, obrigado", "cancellation"},
		{"es", "hola buenas, me pasas el precio?", "sales"},
		{"en", "Hello, good morning. I forgot my password", "account"},
		// Without accents, elongated, in capitals, abbreviated, misspelled.
		{"pt", "NAO CONSIGO ENTRAR NA MINHA CONTA", "account"},
		{"pt", "cadeeee meu pedidooo", "delivery"},
		{"pt", "qto custa?", "sales"},
		{"pt", "vcs tem q me dar o reenbolso", "refund"},
		{"pt", "meu pacote n chegou", "delivery"},
		{"es", "kiero cancelar xfa", "cancellation"},
		{"en", "where is my pakcage", "delivery"},
		{"en", "i want a refudn pls", "refund"},
		{"en", "I didn’t receive my order", "delivery"},
		// Negation.
		{"pt", "não quero cancelar, só mudar o endereço de entrega", "delivery"},
		{"es", "no quiero cancelar, quiero saber cuándo llega mi pedido", "delivery"},
		{"en", "I don't want to cancel, where is my order?", "delivery"},
		{"pt", "por que não cancelaram meu pedido ainda?", "cancellation"},
		{"pt", "o app funciona bem", ""},
		{"pt", "o app não funciona", "support"},
		{"es", "no funciona la aplicación", "support"},
		{"en", "it works fine now", ""},
		{"en", "it doesn't work", "support"},
		// The request goes before what it is about.
		{"pt", "quero falar com alguém sobre a cobrança", "agent"},
		{"es", "me cobraron dos veces y quiero el reembolso", "refund"},
		{"en", "my parcel arrived broken and I want my money back", "refund"},
		// Words that mean something else in another language.
		{"pt", "no momento não", ""},
		{"es", "creo que sí", ""},
		// Mixed languages.
		{"pt", "cadê o tracking do meu pedido", "delivery"},
		{"es", "necesito un refund", "refund"},
		// What has no type.
		{"pt", "ok", ""},
		{"es", "jajaja", ""},
		{"en", "Are you hiring?", ""},
		{"", "kkkkk", ""},
		// A language that is not known.
		{"", "cadê meu pedido?", "delivery"},
		{"", "dónde está mi pedido", "delivery"},
		{"", "where is my order", "delivery"},
		{"fr", "I forgot my password", "account"},
	} {
		r := c.message(tc.text, tc.language)
		if r.Type != tc.want {
			t.Errorf("%s %q is %q %.2f, want %q", tc.language, tc.text, r.Type, r.Score, tc.want)
		}
		if (r.Score > 0) != (r.Type != "") || r.Score > 1 || r.Opening != (r.Type == "greeting") || r.Configured {
			t.Errorf("%q: %+v", tc.text, r)
		}
	}
}

func TestAsks(t *testing.T) {
	for s, want := range map[string]bool{
		"": false, "?": true, "tem?": true, "tem? ": true, "what?!": true, "why?\n": true, "what? no": false,
		"¿qué": false, strings.Repeat("!", 100) + "?": true, "?" + strings.Repeat(" ", 100): false,
	} {
		if Asks(s) != want {
			t.Errorf("Asks(%q) is %v", s, !want)
		}
	}
}

// Types that are not listed are never given, nor are those that have no rules
// left.
func TestListedTypesOnly(t *testing.T) {
	c := mustNew(t, []Type{{Name: "delivery"}, {Name: "billing", OwnOnly: true}, {Name: other}})
	for msg, want := range map[string]string{
		"where is my order?":   "delivery",
		"oi":                   "",
		"I forgot my password": "",
		"send me the invoice":  "",
		"I want to cancel":     "",
	} {
		if r := c.message(msg, "en"); r.Type != want {
			t.Errorf("%q is %q, want %q", msg, r.Type, want)
		}
	}
}

func TestNoisyInput(t *testing.T) {
	c := mustNew(t, defaults())
	for name, s := range map[string]string{
		"empty":       "",
		"spaces":      " \n\t ",
		"punctuation": "?!.,;:--''",
		"emoji":       "🔥🚀😂",
		"family":      "👨‍👩‍👧‍👦",
		"zero width":  "\u200b\u200d\ufeff",
		"controls":    "\x00\x01\x02\x1b[0m",
		"not UTF-8":   "\xff\xfe\xc3\x28",
		"base64":      base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x13\x9c\xf7Zq", 13000))),
		"one letter":  strings.Repeat("x", 64<<10),
		"letters":     strings.Repeat("x ", 32<<10),
		"Cyrillic":    strings.Repeat("привет ", 1000),
		"Chinese":     "你好吗",
		"numbers":     "0000 1111 2222",
		"apostrophes": strings.Repeat("'a", 1000),
	} {
		start := time.Now()
		for _, l := range append([]string{""}, languages[:]...) {
			if r := c.message(s, l); r != (Result{}) {
				t.Errorf("%s: %+v", name, r)
			}
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
	// Whatever comes after it, the beginning of a message counts.
	long := "where is my order? " + strings.Repeat("bla bla. ", 8000)
	if r := c.message(long, "en"); r.Type != "delivery" {
		t.Errorf("a long message is %+v", r)
	}
	if r := c.message(strings.Repeat("xy ", MaxText)+" refund", "en"); r.Type != "" {
		t.Errorf("what comes after %d bytes gives %+v", MaxText, r)
	}
}

func TestConcurrently(t *testing.T) {
	c := mustNew(t, defaults())
	var wg sync.WaitGroup
	for _, tc := range [][2]string{{"cadê meu pedido", "delivery"}, {"I want a refund", "refund"}, {"esqueci minha senha", "account"}} {
		wg.Go(func() {
			for range 500 {
				if r := c.message(tc[0], ""); r.Type != tc[1] {
					t.Errorf("%q is %q", tc[0], r.Type)
					return
				}
			}
		})
	}
	wg.Wait()
}

func FuzzClassify(f *testing.F) {
	for _, l := range languages {
		for i, m := range readLabelled(f, "testdata/"+l+"-dev.tsv") {
			if i%6 == 0 {
				f.Add(m.text, l)
			}
		}
	}
	f.Add("\x00’'-a-' 1.5? . ?", "")
	f.Add(strings.Repeat("não ", 300)+"quero", "pt")
	types := defaults()
	types[0].Keywords = []Rule{{Text: "bla bla"}, {Language: "pt", Text: "ação"}}
	types[1].Patterns = []Rule{{Text: `x{3,}y`}, {Language: "es", Text: "ñ"}}
	c, again := mustNew(f, types), mustNew(f, types)
	names := map[string]bool{"": true}
	for _, typ := range types {
		names[typ.Name] = true
	}
	f.Fuzz(func(t *testing.T, s, language string) {
		r := c.message(s, language)
		if !names[r.Type] || r.Score < 0 || r.Score > 1 || (r.Score > 0) != (r.Type != "") {
			t.Errorf("%q gives %+v", s, r)
		}
		if second := again.message(s, language); second != r {
			t.Errorf("%q gives %+v, then %+v", s, r, second)
		}
		// Nothing may rest on the text being folded.
		c.Classify(s, language, true)
	})
}

func BenchmarkClassify(b *testing.B) {
	keywords := defaults()
	for i := range 500 {
		keywords[i%9].Keywords = append(keywords[i%9].Keywords, Rule{Text: "produto " + strings.Repeat("x", i%30+1) + string(rune('a'+i%26)) + string(rune('a'+i/26))})
	}
	patterns := defaults()
	patterns[0].Patterns = []Rule{{Text: `\bos ?\d{5,}\b`}, {Text: "garant[ií]as?"}}
	msg := "oi, bom dia! comprei um tenis e ate agora nao chegou, cade?"
	for _, bc := range []struct {
		name, text, language string
		types                []Type
	}{
		{"builtin", msg, "pt", defaults()},
		{"anyLanguage", msg, "", defaults()},
		{"500keywords", msg, "pt", keywords},
		{"patterns", msg, "pt", patterns},
		{"unknownWords", "xywzabcd qwertyuio plokmijnu hbvgytfcx rdzesawqm nbvcxzlkj", "en", defaults()},
		{"64KB", strings.Repeat("lorem ipsum dolor sit amet ", 2400), "en", defaults()},
	} {
		c := mustNew(b, bc.types)
		folded := text.Fold(bc.text)
		b.Run(bc.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.Classify(folded, bc.language, false)
			}
		})
	}
}

func TestNoAllocation(t *testing.T) {
	c := mustNew(t, defaults())
	folded := text.Fold("Oi, bom dia! Comprei um tênis e até agora não chegou, cadê?")
	if n := testing.AllocsPerRun(200, func() { c.Classify(folded, "pt", true) }); n > 0.5 {
		t.Errorf("%v allocations a message", n)
	}
}
