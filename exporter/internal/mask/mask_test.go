package mask

import (
	"strings"
	"testing"
	"unicode"
)

func TestText(t *testing.T) {
	f := func(s, want string) {
		t.Helper()
		if got := Text(s); got != want {
			t.Errorf("%q became %q, want %q", s, got, want)
		}
	}
	f("", "")
	f("onde está meu pedido?", "onde está meu pedido?")
	f("pedido 1234567", "pedido 1234567")
	f("meu número é (11) 98765-4321, obrigado", "meu número é [phone], obrigado")
	f("+55 11 98765 4321", "[phone]")
	f("+5511987654321 ou +49 171 1234567.", "[phone] ou [phone].")
	f("liga ５５１１９８７６５４３２１", "liga [phone]")
	f("٠١٢٣٤٥٦٧٨٩", "[phone]")
	f("meu cartão 4111 1111 1111 1111", "meu cartão [card]")
	f("4111-1111-1111-1111 e 4111 1111 1111 1112", "[card] e [number]")
	f("CPF 529.982.247-25", "CPF [cpf]")
	f("CNPJ 11.222.333/0001-81", "CNPJ [cnpj]")
	f("IBAN DE89 3704 0044 0532 0130 00 bitte", "IBAN [iban] bitte")
	f("escreva para maria.souza+loja@exemplo.com.br hoje", "escreva para [email] hoje")
	f("joão@exemplo.com", "[email]")
	f("a @ b", "a @ b")
	f("@loja", "@loja")
	f("no dia 2026-11-22 às 10:30", "no dia 2026-11-22 às 10:30")
	f("22-11-2026, 22.11.2026", "22-11-2026, 22.11.2026")
	f("boleto 34191.79001 01043.510047 91020.150008 5 84410026000", "boleto [number]")
	f("R$ 1.234,56", "R$ 1.234,56")
	f("5511987654321@s.whatsapp.net", "[email]")
}

// FuzzText: no eight digits in a row are left over but those of dates, nothing is
// masked twice, and the words around stay.
func FuzzText(f *testing.F) {
	for _, s := range []string{"liga 11 98765-4321", "a@b.co 4111111111111111", "529.982.247-25", "2026-11-22", "\xff\xfe12345678"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := Text(s)
		if again := Text(out); again != out {
			t.Fatalf("%q became %q and then %q", s, out, again)
		}
		run := 0
		for _, r := range out {
			if unicode.IsDigit(r) {
				run++
			} else {
				run = 0
			}
			if run >= 8 {
				t.Fatalf("%q became %q", s, out)
			}
		}
		if !strings.ContainsFunc(s, unicode.IsDigit) && !strings.Contains(s, "@") && s != out {
			t.Fatalf("%q became %q", s, out)
		}
	})
}

func BenchmarkText(b *testing.B) {
	s := "Olá! Meu telefone é (11) 98765-4321 e o pedido 1234567 ainda não chegou, podem verificar por favor?"
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		Text(s)
	}
}
