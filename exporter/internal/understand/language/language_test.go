package language

import (
	"slices"
	"strings"
	"testing"
)

func TestDetect(t *testing.T) {
	for text, want := range map[string]string{
		"cadê meu pedido":                        "pt",
		"nao chegou":                             "pt",
		"NÃO CHEGOU AINDA":                       "pt",
		"oiiiii boa tardeeee":                    "pt",
		"vc pode me ajudar pq tbm nao sei":       "pt",
		"kkkkkkk":                                "pt",
		"Oi, sou o John Smith, tudo bem?":        "pt",
		"na\u0303o chegou o pre\u0301dio":        "pt", // decomposed accents
		"quiero un reembolso":                    "es",
		"xq no llega mi pedido":                  "es",
		"¿Dónde está?":                           "es",
		"manan\u0303a":                           "es",
		"hola, soy Mary Johnson":                 "es",
		"where is my order":                      "en",
		"u there? pls reply":                     "en",
		"I can’t log in":                         "en",
		"Hi, João Pereira da Silva here":         "en",
		"meu pedido https://example.com/my/cart": "pt",
		"mi pedido 48213 👍 123":                  "es",
		"my e-mail is maria.silva@example.com":   "en",
	} {
		g := Detect(text)
		if g.Language != want || g.Confidence <= 0.5 || g.Confidence > 1 {
			t.Errorf("%q: %+v, want %s", text, g, want)
		}
	}
	for _, text := range []string{
		"", " ", "\n\t", "ok", "OK!", "okkkk", "👍", "123 456", "12:30", "+55 11 98888-0000", "....", "\x00\x01\x02",
		"\u200b\u200b\u200d", "\xff\xfe\xfd", "https://example.com/onde/esta/meu/pedido", "www.example.com", "where@example.org",
		"aGVsbG8gd29ybGQgaG93IGFyZSB5b3U=", "你好吗", "привет как дела", "<name> <url>", "@where_is_my_order",
	} {
		if g := Detect(text); g != (Guess{}) {
			t.Errorf("%q: %+v, want nothing", text, g)
		}
	}
}

// Marks that one cannot see change nothing.
func TestInvisibleMarks(t *testing.T) {
	plain := Detect("onde está o meu pedido")
	for _, text := range []string{
		"\ufeffonde está o meu pedido", "onde\u00a0está\u2003o meu pedido", "\u202aonde está o meu pedido\u202c", "on\u00adde está o meu pedido",
	} {
		if got := Detect(text); got.Language != plain.Language || got.Confidence < plain.Confidence-0.05 {
			t.Errorf("%q: %+v, want %+v", text, got, plain)
		}
	}
}

// hard are texts that are long or strange: none may cost more than a long one.
func hard() map[string]string {
	blob := strings.Repeat("aGVsbG8gd29ybGQgdGhpcyBpcyBiYXNlNjQ", 2000)
	return map[string]string{
		"64 KB of words":        strings.Repeat("meu pedido não chegou ainda. ", 2300),
		"64 KB of one word":     strings.Repeat("a", 64<<10),
		"64 KB of letters":      strings.Repeat("ab cd ", 11<<10),
		"64 KB of spaces":       strings.Repeat(" ", 64<<10),
		"64 KB of apostrophes":  strings.Repeat("a'", 32<<10),
		"64 KB of marks":        "a" + strings.Repeat("\u0301", 32<<10),
		"64 KB of zero width":   strings.Repeat("\u200b", 21<<10),
		"64 KB of wrong UTF-8":  strings.Repeat("\xff", 64<<10),
		"64 KB of emoji":        strings.Repeat("👍", 16<<10),
		"64 KB of Chinese":      strings.Repeat("订单", 11<<10),
		"base64":                blob,
		"base64 in lines":       strings.Join(slices.Collect(lines(blob, 76)), "\n"),
		"mixed scripts":         strings.Repeat("oi привет 你好 hola ", 2000),
		"full stops, no spaces": strings.Repeat("a.b,", 16<<10),
	}
}

func lines(s string, n int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for len(s) > n && yield(s[:n]) {
			s = s[n:]
		}
	}
}

func TestHardTextsAreBounded(t *testing.T) {
	for name, text := range hard() {
		if n := len(Features(text, make([]uint32, 0, maxFeatures))); n > maxFeatures {
			t.Errorf("%s: %d features", name, n)
		}
		if got, short := Detect(text), Detect(text[:maxBytes]); got != short {
			t.Errorf("%s: %+v, of its first kilobyte %+v", name, got, short)
		}
		if n := testing.AllocsPerRun(10, func() { Detect(text) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	for _, name := range []string{"base64", "base64 in lines", "64 KB of emoji", "64 KB of Chinese", "64 KB of wrong UTF-8", "64 KB of zero width"} {
		if g := Detect(hard()[name]); g.Language != "" {
			t.Errorf("%s: %+v", name, g)
		}
	}
	if g := Detect(hard()["64 KB of words"]); g.Language != "pt" {
		t.Errorf("long text: %+v", g)
	}
}

func TestFeaturesKeepWithinCapacity(t *testing.T) {
	if got := Features("onde está o meu pedido", make([]uint32, 0, 5)); len(got) != 5 || cap(got) != 5 {
		t.Errorf("%d of %d", len(got), cap(got))
	}
	if got := Features("onde", nil); len(got) != 0 {
		t.Errorf("%d features without room", len(got))
	}
}

func TestSqueeze(t *testing.T) {
	for in, want := range map[string]string{
		"oiiii": "oi", "kkkkkk": "kkk", "kk": "kk", "carro": "carro", "soooo": "so", "": "", "aaabbbccc": "abc", "péssimooo": "péssimo",
	} {
		if got := string(squeeze([]rune(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzDetect(f *testing.F) {
	for _, l := range mustRead(f, "testdata/dev.tsv", "") {
		if len(l.text)%4 == 0 {
			f.Add(l.text)
		}
	}
	for _, text := range hard() {
		f.Add(text[:100])
	}
	f.Fuzz(func(t *testing.T, s string) {
		g := Detect(s)
		if again := Detect(s); again != g {
			t.Fatalf("%+v, then %+v", g, again)
		}
		if g.Language == "" && g.Confidence != 0 || g.Language != "" && !(g.Confidence > 0 && g.Confidence <= 1) || !slices.Contains(names[:], g.Language) {
			t.Fatalf("%+v", g)
		}
		if n := testing.AllocsPerRun(1, func() { Detect(s) }); n != 0 {
			t.Fatalf("%v allocations", n)
		}
	})
}

func BenchmarkDetect(b *testing.B) {
	texts := map[string]string{
		"60 characters": "Oi, meu pedido 48213 ainda não chegou, vcs podem me ajudar??",
		"10 characters": "nao chegou",
	}
	for name, text := range hard() {
		texts[name] = text
	}
	for name, text := range texts {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Detect(text)
			}
		})
	}
}
