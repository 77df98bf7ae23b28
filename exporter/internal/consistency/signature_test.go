package consistency

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
)

var signer = NewSigner(1)

func question(t testing.TB, s string) Signature {
	t.Helper()
	sig, ok := signer.Question(text.Fold(s))
	if !ok {
		t.Fatalf("%q has no signature", s)
	}
	return sig
}

func TestQuestionsAlike(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		// Portuguese
		{"Qual o prazo de entrega?", "oi, bom dia! qual é o prazo da entrega", true},
		{"Vocês fazem entrega no sábado?", "voces fazem entrega sabado", true},
		{"Quando chega meu pedido 100200?", "Quando chega meu pedido 100377 por favor", true},
		{"Como faço para cancelar a assinatura?", "como faco pra cancelar minha assinatura", true},
		{"Qual o prazo de entrega?", "Qual o prazo de troca?", false},
		{"Como faço para cancelar a assinatura?", "Como faço para renovar a assinatura?", false},
		{"Meu pedido não chegou", "Meu pedido chegou quebrado", false},
		{"Vocês aceitam cartão?", "Vocês aceitam cartão de outro banco em doze vezes?", false},
		// Spanish
		{"¿Cuál es el plazo de entrega?", "hola, cual es el plazo de la entrega", true},
		{"¿Cómo puedo cambiar mi contraseña?", "Buenas tardes como cambiar la contraseña", true},
		{"¿Hacen envíos a provincia?", "Hacen envios a provincias?", true},
		{"¿Cómo puedo cambiar mi contraseña?", "¿Cómo puedo cambiar mi dirección?", false},
		// English
		{"What are your opening hours?", "hi there, what are the opening hours please", true},
		{"How do I reset my password?", "how can i reset the pasword", true},
		{"Where is my order 4711?", "Hello! Where is my order 4712", true},
		{"How do I reset my password?", "How do I reset my device?", false},
		// across
		{"Qual o prazo de entrega?", "What are your opening hours?", false},
	} {
		got := Similarity(question(t, c.a), question(t, c.b))
		if (got >= 0.7) != c.same {
			t.Errorf("%q, %q: %.2f", c.a, c.b, got)
		}
	}
}

func TestAnswersAlike(t *testing.T) {
	answer := func(s string) Signature {
		sig, ok := signer.Answer(text.Fold(s))
		if !ok {
			t.Fatalf("%q has no signature", s)
		}
		return sig
	}
	for _, c := range []struct {
		a, b      string
		low, high float64
	}{
		{"O prazo é de 5 dias úteis após o pagamento.", "Olá! O prazo é de 5 dias úteis após o pagamento :)", 0.9, 1},
		{"Seu pedido 100200 chega amanhã.", "Seu pedido 100377 chega amanhã!", 0.9, 1},
		{"O prazo é de 5 dias úteis após o pagamento.", "O prazo é de 15 dias úteis após o pagamento.", 0.3, 0.85},
		{"Sim, entregamos no sábado até as 14h.", "Não entregamos aos sábados, só de segunda a sexta.", 0, 0.2},
		{"You can return it within 30 days for a full refund.", "Returns are not possible for sale items.", 0, 0.2},
		{"El envío tarda 3 días hábiles.", "El envío tarda 3 días hábiles, gracias por escribirnos.", 0.5, 1},
	} {
		if got := Similarity(answer(c.a), answer(c.b)); got < c.low || got > c.high {
			t.Errorf("%q, %q: %.2f, want %.2f to %.2f", c.a, c.b, got, c.low, c.high)
		}
	}
}

func TestTooLittle(t *testing.T) {
	for _, s := range []string{"", "oi", "bom dia!", "por favor me ajuda", "ok", "👍👍👍👍👍👍👍👍👍👍👍", "????", "qual é o seu", "123456789012", "\u200b", strings.Repeat(" ", 100)} {
		if _, ok := signer.Question(text.Fold(s)); ok {
			t.Errorf("%q has a signature", s)
		}
	}
	for _, s := range []string{"", "ok", "sim", "obrigado", "5 dias", "de nada"} {
		if _, ok := signer.Answer(text.Fold(s)); ok {
			t.Errorf("answer %q has a signature", s)
		}
	}
}

func TestSeeds(t *testing.T) {
	s := text.Fold("quando chega o meu pedido de ontem")
	a, _ := NewSigner(1).Question(s)
	b, _ := NewSigner(1).Question(s)
	c, _ := NewSigner(2).Question(s)
	if a != b {
		t.Error("one seed gives two signatures")
	}
	if n := a.agree(&c); n > 4 {
		t.Errorf("two seeds agree in %d places", n)
	}
	// What is stored in journals has to stay what it is.
	if got := a[0:6]; string(got) != string(golden) {
		t.Errorf("the signature begins with %#v", got)
	}
}

// TestEstimate: similarity is the share of features in common, with the error that
// is promised.
func TestEstimate(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, share := range []float64{0, 0.2, 0.5, 0.7, 0.9, 1} {
		const n, runs = 60, 400
		sum, square := 0.0, 0.0
		for range runs {
			// Of n features in all, n*share are in both.
			both := int(math.Round(n * share))
			var a, b []uint64
			for i := range n {
				f := r.Uint64()
				if i < both || i%2 == 0 {
					a = append(a, f)
				}
				if i < both || i%2 == 1 {
					b = append(b, f)
				}
			}
			off := Similarity(signer.sign(a), signer.sign(b)) - float64(both)/n
			sum += off
			square += off * off
		}
		if mean := sum / runs; math.Abs(mean) > 0.02 {
			t.Errorf("share %.1f: off by %.3f in the mean", share, mean)
		}
		if dev := math.Sqrt(square / runs); dev > 0.085 {
			t.Errorf("share %.1f: standard error %.3f", share, dev)
		}
	}
}

func TestAgreement(t *testing.T) {
	if n := agreement(MinQuestionSimilarity); n < surely {
		t.Errorf("%d places are not enough to be found for sure", n)
	}
	for _, c := range []struct {
		similarity float64
		want       int
	}{{0, 0}, {1, places}, {0.7, 30}} {
		if got := agreement(c.similarity); got != c.want {
			t.Errorf("%v is %d places", c.similarity, got)
		}
	}
	for n := range places + 1 {
		if s := float64(likeness(n)) / one; agreement(s) > n || s < 0 || s > 1 {
			t.Errorf("%d places are %v", n, s)
		}
	}
}

func TestLongTexts(t *testing.T) {
	for _, unit := range []string{"pedido ", "a", "0", "👍", "\xff", "é", "abcdefgh"} {
		s := strings.Repeat(unit, 64<<10/len(unit))
		signer.Question(s)
		signer.Answer(s)
	}
}

func FuzzSign(f *testing.F) {
	for _, s := range []string{"quando chega meu pedido 123", "where is my order", "é", "\xff", "👍 ok", "привет как дела друг"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, sign := range []func(string) (Signature, bool){signer.Question, signer.Answer} {
			a, ok := sign(s)
			b, again := sign(s)
			if a != b || ok != again || !ok && a != (Signature{}) {
				t.Fatalf("%q: %x %v, then %x %v", s, a, ok, b, again)
			}
		}
	})
}

func BenchmarkQuestion(b *testing.B) {
	s := text.Fold("Oi, bom dia! Quando chega o meu pedido 100200? Já passou do prazo e preciso dele esta semana, ok?")
	b.ReportAllocs()
	for b.Loop() {
		signer.Question(s)
	}
}

func BenchmarkAnswer(b *testing.B) {
	s := text.Fold("Olá! O prazo é de 5 dias úteis depois do pagamento; o seu pedido saiu ontem e chega até sexta-feira.")
	b.ReportAllocs()
	for b.Loop() {
		signer.Answer(s)
	}
}

// golden begins the signature of TestSeeds with seed 1.
var golden = []byte{0xc5, 0xee, 0x44, 0x68, 0x07, 0x47}
