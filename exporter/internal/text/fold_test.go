package text

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestFold(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"", ""},
		{"obrigado", "obrigado"},
		{"Obrigado", "obrigado"},
		{"OBRIGADA!!!", "obrigada"},
		{"  muito \t\n obrigado  ", "muito obrigado"},
		{"obrigadooo", "obrigado"},
		{"obrigadoOoO", "obrigado"},
		{"correo, pessoa, reembolso às 11", "correo, pessoa, reembolso as 11"},
		{"São João não está", "sao joao nao esta"},
		{"Sa\u0303o", "sao"},
		{"¡Gracias!", "gracias"},
		{"¿Hablo con alguien?", "hablo con alguien"},
		{"mañana", "manana"},
		{"“thanks”", "thanks"},
		{"thank you :)", "thank you"},
		{"thank you =)", "thank you"},
		{"*obrigado*", "obrigado"},
		{"ok, obrigado...", "ok, obrigado"},
		{"ok… obrigado…", "ok... obrigado"},
		{"👍", "👍"},
		{"👍🏽", "👍"},
		{"👍🏿👍🏿", "👍👍"},
		{"❤️", "❤"},
		{"❤", "❤"},
		{"4️⃣", "4"},
		{"⭐⭐⭐⭐⭐", "⭐⭐⭐⭐⭐"},
		{"５", "5"},
		{"½", "1⁄2"},
		{"👩‍👧", "👩👧"},
		{"o\u200bk\ufeff", "ok"},
		{"\u202eobrigado\u202c", "obrigado"},
		{"o\u00adbrigado", "obrigado"},
		{"ok\u00a0obrigado\u3000", "ok obrigado"},
		{"100000", "100000"},
		{"R$ 1.000,00", "r$ 1.000,00"},
		{"+5511900000001", "+5511900000001"},
		{"50%", "50%"},
		{"?", ""},
		{" \u200b ", ""},
		{"kkkkkk", "k"},
		{"aaabbbccc", "abc"},
		{"aa aa", "aa aa"},
		{"ááá", "a"},
		{"ação", "acao"},
		{"İstanbul", "istanbul"},
		{"Straße ΣΑΣ", "straße σασ"},
		{"ﬁm", "fim"},
		{"a\x00b\x07", "ab"},
		{"a\u0085b", "a b"},
		{"\xff\xfeok\x80", "ok"},
		{"ok\xff👍", "ok👍"},
		{"привет", "привет"},
		{"ПРИВЕЕЕТ", "привет"},
	} {
		if got := Fold(tc.in); got != tc.want {
			t.Errorf("Fold(%q) = %q, want %q", tc.in, got, tc.want)
		}
		if got := Fold(tc.want); got != tc.want {
			t.Errorf("Fold(%q) = %q: folding twice changes it", tc.want, got)
		}
	}
}

func TestFoldAllocatesNothingWhenFolded(t *testing.T) {
	for _, s := range []string{"", "obrigado", "quero falar com um atendente", "obrigado!", "  valeu :) ", "pedido 1000 nao chegou"} {
		if n := testing.AllocsPerRun(100, func() { Fold(s) }); n != 0 {
			t.Errorf("Fold(%q) allocates %v times", s, n)
		}
	}
}

// A customer may send 64 KiB of anything: the time has to stay linear.
func TestFoldLongMessages(t *testing.T) {
	const size = 64 << 10
	for name, unit := range map[string]string{
		"ascii":    "Meu pedido NAO chegou ainda!  ",
		"accents":  "ação não é só isso, à tarde ",
		"marks":    "\u0301",
		"zalgo":    "a" + strings.Repeat("\u0301\u0327", 40),
		"emoji":    "👩🏽‍👧❤️",
		"ligature": "\ufdfa", // the longest compatibility decomposition
		"same":     "o",
		"spaces":   " ",
		"invalid":  "\xff",
	} {
		s := strings.Repeat(unit, size/len(unit)+1)
		start := time.Now()
		got := Fold(s)
		if took := time.Since(start); took > time.Second {
			t.Errorf("%s: took %v", name, took)
		}
		if again := Fold(got); again != got {
			t.Errorf("%s: folding twice changes the text", name)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{
		"Obrigadooo!!! 👍🏽", "São Paulo, ação…", "¿Puedo hablar con una persona?", "4️⃣", "ﬁm\u00a0½", "İΣß", "a\u0301\u0327b",
		"\xff\x00o\u200bk", "❤️ \u202e\u2066", "안녕하세요", "नमस्ते", "ㅋㅋㅋㅋ", "e\u034f\u0345\u1e9e",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Fold(s)
		if !utf8.ValidString(got) {
			t.Errorf("Fold(%q) = %q is not UTF-8", s, got)
		}
		if again := Fold(got); again != got {
			t.Errorf("Fold(%q) = %q, and again %q", s, got, again)
		}
		if whole := foldWhole(s); whole != got {
			t.Errorf("Fold(%q) = %q, taken apart as a whole it is %q", s, got, whole)
		}
		for _, bad := range []string{"  ", "\n", "\u200b", "\ufe0f"} {
			if strings.Contains(got, bad) {
				t.Errorf("Fold(%q) = %q holds %q", s, got, bad)
			}
		}
	})
}

// foldWhole is Fold without its short cuts.
func foldWhole(s string) string {
	var f folder
	var it norm.Iter
	it.InitString(norm.NFKD, trimASCII(s))
	for !it.Done() {
		f.addDecomposed(it.Next())
	}
	return f.String()
}

// TestFoldLatin goes through every letter that has a short cut, alone and
// before an accent of its own.
func TestFoldLatin(t *testing.T) {
	for r := rune(0x80); r < latinEnd+0x10; r++ {
		for _, s := range []string{"a" + string(r) + "b", string(r), "x" + string(r) + "\u0301\u0327y", "N" + string(r)} {
			if got, want := Fold(s), foldWhole(s); got != want {
				t.Errorf("Fold(%q) = %q, want %q", s, got, want)
			}
		}
	}
}

func BenchmarkFold(b *testing.B) {
	for name, s := range map[string]string{
		"folded":  "meu pedido ainda nao chegou, pode verificar",
		"ascii":   "Meu pedido ainda nao chegou, pode verificar?",
		"accents": "Meu pedido ainda não chegou, pode verificar? 🙏🏽",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Fold(s)
			}
		})
	}
}
