package text

import (
	"strings"
	"testing"
)

func TestRating(t *testing.T) {
	for _, tc := range []struct {
		in   string
		want int
	}{
		// digits
		{"5", 5}, {" 5 ", 5}, {"5!", 5}, {"5!!!", 5}, {"5.", 5}, {"0", 0}, {"10", 10}, {"100", 100}, {"05", 5}, {"5,0", 5}, {"10.0", 10},
		{"(5)", 5}, {"*5*", 5}, {"\"5\"", 5}, {"5 :)", 5}, {"５", 5}, {"⑤", 5}, {"- 5", 5}, {"=5", 5}, {"5\n", 5},
		// keycaps
		{"4️⃣", 4}, {"0️⃣", 0}, {"1️⃣0️⃣", 10}, {"🔟", 10}, {"5️⃣!", 5}, {"nota 5️⃣", 5}, {"🔟/10", 10},
		// words
		{"zero", 0}, {"um", 1}, {"uma", 1}, {"dois", 2}, {"duas", 2}, {"três", 3}, {"Tres!", 3}, {"quatro", 4}, {"CINCO", 5}, {"cincooo", 5},
		{"seis", 6}, {"sete", 7}, {"oito", 8}, {"nove", 9}, {"dez", 10}, {"Deeez", 10},
		{"cero", 0}, {"uno", 1}, {"un", 1}, {"dos", 2}, {"cuatro", 4}, {"siete", 7}, {"ocho", 8}, {"nueve", 9}, {"¡Diez!", 10},
		{"one", 1}, {"two", 2}, {"three", 3}, {"four", 4}, {"five", 5}, {"six", 6}, {"seven", 7}, {"eight", 8}, {"nine", 9}, {"Ten.", 10},
		// stars
		{"⭐", 1}, {"⭐⭐⭐⭐", 4}, {"⭐️⭐️⭐️⭐️⭐️", 5}, {"⭐ ⭐ ⭐", 3}, {"🌟🌟", 2}, {"★★★★☆", 4}, {"★☆☆☆☆", 1}, {"★★★★★★★★☆☆", 8},
		{"*****", 5}, {"***", 3}, {"* * * *", 4}, {" ** \n", 2}, {"⭐⭐⭐⭐⭐⭐⭐⭐⭐⭐", 10}, {"5 ⭐", 5}, {"5⭐⭐⭐⭐⭐", 5}, {"⭐ 5", 5}, {"⭐⭐⭐⭐⭐ 5", 5},
		{"4 ★★★★☆", 4}, {"⭐⭐⭐⭐⭐!!", 5}, {"⭐⭐⭐⭐⭐ estrelas", 5}, {"⭐⭐⭐⭐⭐ obrigada", 5}, {"cinco ⭐", 5},
		// with a scale
		{"5/5", 5}, {"10/10", 10}, {"4 / 5", 4}, {"7/10!", 7}, {"0/10", 0}, {"5 de 5", 5}, {"nota 9 de 10", 9}, {"4 of 5", 4}, {"8 out of 10", 8},
		{"5 sobre 5", 5}, {"cinco de cinco", 5}, {"5/5 estrelas", 5}, {"5 estrelas de 5", 5}, {"um de cinco", 1}, {"5/5 👏", 5},
		// with words
		{"nota 5", 5}, {"Nota: 10", 10}, {"nota dez!", 10}, {"nota - 4", 4}, {"nota5", 5}, {"NOTA 10!!!", 10}, {"minha nota é 8", 8}, {"A nota é 9", 9},
		{"dou 5", 5}, {"dou nota 5", 5}, {"eu dou 10", 10}, {"dou um 5", 5}, {"dou um cinco", 5}, {"dou um", 1}, {"Avaliação: 3", 3}, {"nota um", 1},
		{"nota 10 pro atendimento", 10}, {"dou nota 10 para o atendimento, muito obrigado", 10}, {"5 estrelas", 5}, {"cinco estrelas", 5}, {"uma estrela", 1},
		{"5 estrelinhas", 5}, {"5 pontos", 5}, {"5 estrelas para o atendimento", 5},
		{"mi nota es 4", 4}, {"le doy un 5", 5}, {"un 10!", 10}, {"Calificación: 5", 5}, {"5 estrellas", 5}, {"cinco estrellas", 5}, {"una estrella", 1}, {"10 puntos", 10},
		{"5 stars", 5}, {"five stars", 5}, {"one star", 1}, {"rating: 4", 4}, {"my rating is 4", 4}, {"I'd give it a 5", 5}, {"I’d give it 5 stars", 5}, {"score 9", 9}, {"I rate 5", 5},
		// with moods and thanks
		{"5 👍", 5}, {"5👍🏽", 5}, {"👍 5", 5}, {"1 😡", 1}, {"10 ❤️", 10}, {"5 🙏🙏", 5}, {"😍😍 dez", 10},
		{"5, obrigado", 5}, {"5 obrigada!", 5}, {"obrigado, 5", 5}, {"muito obrigado! nota 10", 10}, {"5 gracias", 5}, {"5. Muchas gracias", 5},
		{"thank you, 5", 5}, {"5 thank you so much", 5}, {"5 e obrigado pela ajuda", 5}, {"uma estrela, obrigado", 1},
		{strings.Repeat(" ", 500) + "5" + strings.Repeat("!", 500), 5},
	} {
		if got, ok := Rating(tc.in, Fold(tc.in)); !ok || got != tc.want {
			t.Errorf("Rating(%q) = %d, %v; want %d", tc.in, got, ok, tc.want)
		}
	}
}

func TestNoRating(t *testing.T) {
	for _, in := range []string{
		"", " ", "?", "!", "...", "oi", "obrigado", "ok", "👍", "nota", "dou", "minha nota", "estrelas", "de", "nota de atendimento", "/", "a", "e", "muito",
		// of something
		"5 dias", "5 pedidos", "quero 5", "cinco dias", "5 reais", "R$ 5", "5 kg", "5kg", "5h", "5x", "x5", "n5", "5%", "5+", "#5", "+5", "$5", "5 @", "5 min",
		"em 5", "com 5", "a 5", "para 5", "de 5", "5 para", "5 por favor", "5 a 10", "opção 5", "item 5", "5 ou 4", "5 e 4", "5 5", "5, 4", "1 2 3", "dois um",
		"um atendente", "1 atendente", "1 atendente, obrigado", "uma pergunta", "uma dúvida", "um momento", "um minuto", "um obrigado", "uma 🙏", "mil gracias", "one moment", "um um",
		"5 mil", "5 muito", "duas pizzas", "2 🍕", "cinco 🎂", "quero nota 5", "nota fiscal 5", "nota fiscal", "5 notas",
		// dates, times, fractions, ranges
		"15/03", "5/12", "05/10", "5/05", "10/10/2025", "5/5/5", "12/10", "6/5", "11/10", "5/", "/5", "5//5", "10:30", "4-5", "4,5", "4.5", "5.00", "1.000", "½", "4⁄5", "1⁄2",
		// not 0 to 100
		"101", "1000", "2025", "5511900000001", "00", "007", "-1", "-10", "−5", "–5", "nota -5", "nota -10", "menos 5", "onze", "once", "eleven", "cem", "mil", "nota mil",
		// questions
		"5?", "nota 5?", "¿5?", "⭐⭐⭐?", "um?", "5？",
		// stars that are none
		"☆☆☆", "☆★", "★★☆", "★☆★☆★", "⭐⭐⭐⭐⭐⭐⭐⭐⭐⭐⭐", "***********", "** ok", "**-**", "3 ⭐⭐⭐⭐⭐", "⭐⭐⭐ 5", "⭐ promoções", "✡", "**?",
		// words around
		"5 porque demorou", "1, ninguém resolveu", "nota 5 mas demorou", "dou 5 amanhã", "meu pedido 5", "pedido 5", "tenho 5", "5 não", "não 5", "give me 5", "give up 5", "thank you",
		"nota " + strings.Repeat("5 ", 100), strings.Repeat("⭐", 200), strings.Repeat("a", 200) + " 5", "привет 5", "५", "٥",
	} {
		if got, ok := Rating(in, Fold(in)); ok || got != 0 {
			t.Errorf("Rating(%q) = %d, %v", in, got, ok)
		}
	}
}

func TestChoice(t *testing.T) {
	for _, tc := range []struct {
		in   string
		want int
	}{
		{"5", 5}, {"5 - Excelente", 5}, {"⭐⭐⭐⭐ Bom", 4}, {"4) Good", 4}, {"Nota 3 · ok", 3}, {"10 – Muito provável", 10}, {"0 — Nada provável", 0},
		{"3. Regular", 3}, {"3.Regular", 3}, {"2: Malo", 2}, {"1 | Péssimo", 1}, {"5 (Ótimo)", 5}, {"(5) Ótimo", 5}, {"[4] Bom", 4}, {"*5* Excelente", 5}, {"5 = ótimo", 5},
		{"5️⃣ Ótimo", 5}, {"1️⃣0️⃣ Muito provável", 10}, {"🔟 Muito provável", 10}, {"5️⃣", 5}, {"⭐ Péssimo", 1}, {"⭐ - Péssimo", 1}, {"★★★★☆ Bueno", 4}, {"⭐⭐⭐⭐⭐ Excelente!", 5},
		{"😡 1 - Péssimo", 1}, {"😍 5", 5}, {"5/5 - Excelente", 5}, {"9 de 10: muito bom", 9}, {"5 estrelas - Excelente", 5}, {"5 estrelas", 5}, {"Cinco - Excelente", 5},
		{"Nota: 4 - Bom", 4}, {"4 - Muito bom (quase 5)", 4}, {"5 • Muy satisfecho", 5}, {"1-Ruim", 1}, {"5 - 😀", 5}, {"5.0 - ok", 5}, {"4 - Recomenda?", 4},
		{"5️⃣ ⭐⭐⭐⭐⭐", 5}, {"1 - Muito insatisfeito", 1}, {"3 - Nem bom nem ruim", 3}, {"5 - Very satisfied", 5}, {"2 - Poco satisfecho", 2},
	} {
		if got, ok := Choice(tc.in, Fold(tc.in)); !ok || got != tc.want {
			t.Errorf("Choice(%q) = %d, %v; want %d", tc.in, got, ok, tc.want)
		}
	}
	for _, in := range []string{
		"1 - Vendas", "⭐ Promoções", "2) Segunda via do boleto", "3. Support", "12 - Outros", "1 - Financeiro", "2️⃣ Rastrear pedido",
		"", "-", "Excelente", "Excelente - 5", "Sim", "Falar com atendente", "5 dias úteis", "5 Excelente", "2 a 3 dias", "10:30 - 11:00", "10h - 11h", "10 - 12", "9 – 10",
		"05/10 - Segunda", "15/03 - Sábado", "10% - desconto", "1ª via - boleto", "1º - lugar", "100+ - itens", "-5 - Ruim", "4,5 - Bom", "150 - Outros", "R$ 5 - Frete",
		"quero 5 - já", "- Excelente", "· ok", "Plano 5️⃣ - ok", "☆☆ Ruim", "⭐⭐ 3 dias", "1.5 - ok", "2ª - feira", strings.Repeat("x", 200) + " - 5", strings.Repeat("5️⃣", 100) + " ok",
	} {
		if got, ok := Choice(in, Fold(in)); ok || got != 0 {
			t.Errorf("Choice(%q) = %d, %v", in, got, ok)
		}
	}
}

// TestRatingWordsAreFolded: a word that Fold changes would never be found.
func TestRatingWordsAreFolded(t *testing.T) {
	for w := range ratingWords {
		if Fold(w) != w {
			t.Errorf("%q folds to %q", w, Fold(w))
		}
	}
}

func TestRatingAllocatesNothing(t *testing.T) {
	for _, in := range []string{"oi", "meu pedido ainda nao chegou", "nota 5", "5 estrelas", "⭐⭐⭐⭐⭐", "*****", "dou nota 10 para o atendimento"} {
		folded := Fold(in)
		if n := testing.AllocsPerRun(100, func() { Rating(in, folded); Choice(in, folded) }); n != 0 {
			t.Errorf("%q: %v allocations", in, n)
		}
	}
}

func FuzzRating(f *testing.F) {
	for _, s := range []string{
		"5", "nota: 10", "★★★★☆", "*****", "5/5", "8 out of 10", "dou um 5 👍🏽", "5️⃣ Ótimo", "4) Good", "-10", "05/10", "🔟", "I'd give it a 5", "10 – Muito provável",
		"\xff5", "5\u200b", "⭐️ ⭐️", "1.000,00", "cinco de cinco, obrigado",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		folded := Fold(s)
		v, ok := Rating(s, folded)
		if v < 0 || v > MaxRating || !ok && v != 0 {
			t.Fatalf("Rating(%q) = %d, %v", s, v, ok)
		}
		if c, cok := Choice(s, folded); c < 0 || c > MaxRating || !cok && c != 0 || ok && (c != v || !cok) {
			t.Fatalf("Choice(%q) = %d, %v; Rating %d, %v", s, c, cok, v, ok)
		}
		// What is a rating is one however it is cased and spaced.
		if ok && folded != "" {
			if w, wok := Rating("  "+folded+" ", folded); !wok || w != v {
				t.Fatalf("Rating(%q) = %d, but of the folded %q %d, %v", s, v, folded, w, wok)
			}
		}
	})
}

func BenchmarkRating(b *testing.B) {
	for name, in := range map[string]string{
		"question": "meu pedido ainda nao chegou, pode verificar",
		"number":   "5",
		"words":    "dou nota 5 para o atendimento",
		"stars":    "⭐⭐⭐⭐⭐",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Rating(in, in)
			}
		})
	}
}
