package sentiment

import (
	"slices"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
)

func score(s, language string) Result { return Score(s, text.Fold(s), language) }

// TestPhenomena: what each rule is for.
func TestPhenomena(t *testing.T) {
	for _, c := range []struct {
		what, language, text string
		want                 Label
	}{
		{"negated praise", "pt", "não gostei nada", Negative},
		{"negated praise", "es", "no me gusta nada", Negative},
		{"negated praise", "en", "not happy with this at all", Negative},
		{"no complaint", "pt", "sem problemas, recebi tudo", Positive},
		{"no complaint", "es", "sin problemas, todo bien", Positive},
		{"no complaint", "en", "no complaints here", Positive},
		{"contrast", "pt", "o produto é bom, mas o atendimento é péssimo", Negative},
		{"contrast", "es", "llegó tarde, pero la calidad es excelente", Positive},
		{"contrast", "en", "shipping was slow but the product is amazing", Positive},
		{"elongation", "pt", "péssimooooo", Negative},
		{"elongation", "es", "buenísimooo", Positive},
		{"elongation", "en", "sooo baaad", Negative},
		{"capitals", "pt", "CADE MEU PEDIDO QUE NAO CHEGOU", Negative},
		{"without accents", "pt", "nao funciona, pessimo", Negative},
		{"without accents", "es", "esta danado y no sirve", Negative},
		{"irony", "pt", "parabéns hein, atrasou de novo", Negative},
		{"irony", "es", "qué maravilla, otra vez sin internet", Negative},
		{"irony", "en", "great, my order is lost again", Negative},
		{"irony", "en", "thanks for nothing", Negative},
		{"no irony", "pt", "parabéns pelo atendimento", Positive},
		{"no irony", "es", "felicidades por el servicio", Positive},
		{"no irony", "en", "congrats on the new store", Positive},
		{"emoji", "", "😡", Negative},
		{"emoji", "", "❤️", Positive},
		{"emoji beside a complaint", "pt", "mais um atraso 👏👏", Negative},
		{"smiley", "en", "it never came :(", Negative},
		{"impatience", "pt", "cadê meu pedido????", Negative},
		{"trade", "pt", "cobraram duas vezes", Negative},
		{"trade", "es", "no me llegó el pedido", Negative},
		{"trade", "en", "I was overcharged", Negative},
		{"a request", "pt", "quero cancelar o pedido", Neutral},
		{"a request", "es", "quiero cambiar mi contraseña", Neutral},
		{"a request", "en", "I forgot my password", Neutral},
		{"a question", "pt", "quanto tempo demora a entrega?", Neutral},
		{"a greeting", "pt", "Bom dia, tudo bem?", Neutral},
		{"a greeting", "es", "Buenas tardes", Neutral},
		{"a greeting", "en", "Good morning", Neutral},
		{"thanks", "pt", "obrigada!", Positive},
		{"thanks", "es", "¡gracias!", Positive},
		{"thanks", "en", "thanks", Positive},
	} {
		if got := score(c.text, c.language); got.Label != c.want {
			t.Errorf("%s: %q is %s (%.2f), want %s", c.what, c.text, got.Label, got.Score, c.want)
		}
	}
}

// TestDegree: more of it is more.
func TestDegree(t *testing.T) {
	for _, list := range [][]string{
		{"um pouco ruim", "ruim", "muito ruim"},
		{"atrasou", "ATRASOU TUDO DE NOVO"},
		{"bom", "bom demais"},
		{"this is bad", "this is bad!!!"},
	} {
		last := 0.0
		for _, s := range list {
			words, _ := lexical(s)
			if words < 0 {
				words = -words
			}
			if words <= last {
				t.Errorf("%q says no more than the one before it: %.3f, %.3f", s, words, last)
			}
			last = words
		}
	}
}

func lexical(s string) (float64, bool) {
	sc := scratches.Get().(*scratch)
	defer sc.giveBack()
	sc.split(text.Fold(s))
	return lexicalScore(sc, s, "")
}

// TestNothingToJudge: what says nothing is neutral.
func TestNothingToJudge(t *testing.T) {
	for name, s := range map[string]string{
		"empty": "", "blank": " \n\t", "number": "123456", "zero width": "\u200b\u200d\ufeff", "control": "\x00\x01\x02", "no text": "\xff\xfe",
		"blob": strings.Repeat("aGVsbG8gd29ybGQ", 2000), "another script": "здравствуйте, где мой заказ", "mixed": "你好 where 123 где",
		"long": strings.Repeat("pedido ", 10_000), "punctuation": "....", "address": "https://loja.example/pedido?id=1",
	} {
		if got := score(s, ""); got.Label != Neutral {
			t.Errorf("%s is %s (%.2f)", name, got.Label, got.Score)
		}
	}
}

// TestLexiconsAreFolded: an entry that no folded text holds would be dead.
func TestLexiconsAreFolded(t *testing.T) {
	for _, name := range languages {
		b, err := data.ReadFile("data/" + name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			head, list, _ := strings.Cut(strings.TrimSpace(line), " ")
			if head == "" || head == "#" {
				continue
			}
			for _, phrase := range strings.Split(list, ",") {
				plain := strings.Join(strings.Fields(strings.ReplaceAll(phrase, "*", "")), " ")
				if folded := text.Fold(plain); folded != plain {
					t.Errorf("%s: %q is folded %q", name, plain, folded)
				}
			}
		}
	}
}

func TestScoreAllocatesNothing(t *testing.T) {
	const raw = "bom dia, meu pedido ainda nao chegou e ninguem responde"
	if n := testing.AllocsPerRun(100, func() { Score(raw, raw, "pt") }); n > 0 {
		t.Errorf("%.0f allocations", n)
	}
}

func FuzzScore(f *testing.F) {
	for _, s := range []string{"não gostei nada!!", "great, another delay 👏", "😡", "\xff", "don't", "10/10", "a,b;c", strings.Repeat("x", 5000)} {
		f.Add(s, "pt")
		f.Add(s, "")
	}
	f.Fuzz(func(t *testing.T, s, language string) {
		if language != "" && !slices.Contains(languages[:], language) {
			language = ""
		}
		r := score(s, language)
		if !(r.Score >= -1 && r.Score <= 1) || r.Label > Positive || r.Label != labelOf(r.Score) {
			t.Fatalf("%+v", r)
		}
		if again := score(s, language); again != r {
			t.Fatalf("%+v, and again %+v", r, again)
		}
	})
}

func BenchmarkScore(b *testing.B) {
	const raw = "Meu pedido ainda não chegou e ninguém responde, péssimo!!"
	folded := text.Fold(raw)
	for _, language := range []string{"pt", ""} {
		b.Run("language="+language, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Score(raw, folded, language)
			}
		})
	}
}
