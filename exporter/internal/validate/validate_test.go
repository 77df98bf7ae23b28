package validate

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The numbers are the test numbers that card schemes and registries publish, or
// made for the purpose; none belongs to anybody.

func TestCard(t *testing.T) {
	for _, good := range []string{
		"4111111111111111", "4012888888881881", "5555555555554444", "5105105105105100", "2223003122003222", "378282246310005", "371449635398431",
		"6011111111111117", "3530111333300000", "30569309025904", "38520000023237", "6362970000457013", "6062826786276634",
	} {
		if !Card(good) {
			t.Errorf("%s is a card", good)
		}
	}
	for _, bad := range []string{
		"", "4111111111111112", "411111111111111", "0000000000000000", "1111111111111111", "490154203237518" /* an IMEI */, "356938035643809", /* another */
		"41111111111111111111", "411111111111111a", "9999999999999995", "4111 1111 1111 1111", "37828224631000", "8601234567890128", "4222222222222", /* of 13 digits, like barcodes */
	} {
		if Card(bad) {
			t.Errorf("%s is no card", bad)
		}
	}
}

func TestLuhn(t *testing.T) {
	for s, want := range map[string]bool{"79927398713": true, "79927398710": false, "0": true, "": false, "18": true, "1x8": false, "４": false} {
		if Luhn(s) != want {
			t.Errorf("Luhn(%q) is %v", s, !want)
		}
	}
}

func TestCPF(t *testing.T) {
	for s, want := range map[string]bool{
		"52998224725": true, "11144477735": true, "12345678909": true, "52998224724": false, "52998224735": false, "11111111111": false,
		"5299822472": false, "529982247250": false, "529.982.247-25": false, "5299822472x": false, "": false,
	} {
		if CPF(s) != want {
			t.Errorf("CPF(%q) is %v", s, !want)
		}
	}
}

func TestCNPJ(t *testing.T) {
	for s, want := range map[string]bool{
		"11222333000181": true, "11444777000161": true, "12ABC34501DE35": true, "11222333000182": false, "11222333000191": false, "00000000000000": false,
		"12abc34501de35": false, "12ABC34501DE36": false, "12ABC34501DEX5": false, "1122233300018": false, "": false,
	} {
		if CNPJ(s) != want {
			t.Errorf("CNPJ(%q) is %v", s, !want)
		}
	}
}

func TestIBAN(t *testing.T) {
	for s, want := range map[string]bool{
		"GB82WEST12345698765432": true, "DE89370400440532013000": true, "ES9121000418450200051332": true, "PT50000201231234567890154": true,
		"BR1800360305000010009795493C1": true, "NO9386011117947": true, "LC55HEMM000100010012001200023015": true,
		"GB82WEST12345698765433": false, "DE8937040044053201300": false, "XX82WEST12345698765432": false, "gb82west12345698765432": false,
		"GB82 WEST 1234 5698 7654 32": false, "": false, "DE": false, "DE8937040044053201300!": false,
	} {
		if IBAN(s) != want {
			t.Errorf("IBAN(%q) is %v", s, !want)
		}
	}
}

// One wrong digit, and all swaps of neighbours that the formula promises to
// find, are found.
func TestOneWrongDigit(t *testing.T) {
	for _, c := range []struct {
		number string
		valid  func(string) bool
	}{{"4111111111111111", Luhn}, {"52998224725", CPF}, {"11222333000181", CNPJ}, {"DE89370400440532013000", IBAN}} {
		for i := range c.number {
			for d := byte('0'); d <= '9'; d++ {
				if !isDigit(c.number[i]) || d == c.number[i] {
					continue
				}
				if wrong := c.number[:i] + string(d) + c.number[i+1:]; c.valid(wrong) {
					// The last digit of CPF and CNPJ stands for 10 and 0, so that one
					// other first check digit can pass, never one of these.
					t.Errorf("%s passes for %s", wrong, c.number)
				}
			}
		}
	}
}

func show(s string) string {
	var b strings.Builder
	for _, f := range Scan(nil, s) {
		fmt.Fprintf(&b, "%s[%s] ", [...]string{"", "card", "cpf", "cnpj", "iban"}[f.Kind], s[f.Start:f.End])
	}
	return strings.TrimSpace(b.String())
}

func TestScan(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"meu cartão é 4111 1111 1111 1111, vale 12/28", "card[4111 1111 1111 1111]"},
		{"4111-1111-1111-1111", "card[4111-1111-1111-1111]"},
		{"4111111111111111", "card[4111111111111111]"},
		{"4111 1111 1111 1111 12/28 123", "card[4111 1111 1111 1111]"},
		{"amex 3782 822463 10005.", "card[3782 822463 10005]"},
		{"4111\u00a01111\u00a01111\u00a01111", "card[4111\u00a01111\u00a01111\u00a01111]"},
		{"4111–1111–1111–1111", "card[4111–1111–1111–1111]"},
		{"pedido 12 e cartão 5555555555554444 e outro 4012888888881881", "card[5555555555554444] card[4012888888881881]"},
		{"4111 1111 1111 1112", ""},
		{"4111\n1111\n1111\n1111", ""},
		{"x4111111111111111", ""},
		{"4111111111111111x", ""},
		{"411111111111111111111111111111", ""},
		{"34191.79001 01043.510047 91020.150008 5 84410026000", ""}, // a boleto's line
		{"CPF 529.982.247-25", "cpf[529.982.247-25]"},
		{"cpf:52998224725", "cpf[52998224725]"},
		{"529982247-25", "cpf[529982247-25]"},
		{"529 982 247 25", "cpf[529 982 247 25]"},
		{"529.982.247-26", ""},
		{"11 90000-0001", ""},
		{"+5511900000001", ""},
		{"2026-11-23 10:30", ""},
		{"R$ 1.234,56", ""},
		{"CNPJ 11.222.333/0001-81", "cnpj[11.222.333/0001-81]"},
		{"11222333000181", "cnpj[11222333000181]"},
		{"11222333/0001-81", "cnpj[11222333/0001-81]"},
		{"12.ABC.345/01DE-35 e 12.abc.345/01de-35", "cnpj[12.ABC.345/01DE-35] cnpj[12.abc.345/01de-35]"},
		{"12.ABC.345/01DE-36", ""},
		{"IBAN GB82 WEST 1234 5698 7654 32, obrigado", "iban[GB82 WEST 1234 5698 7654 32]"},
		{"de89370400440532013000", "iban[de89370400440532013000]"},
		{"ES91 2100 0418 4502 0005 1332", "iban[ES91 2100 0418 4502 0005 1332]"},
		{"GB82 WEST 1234 5698 7654 33", ""},
		{"AA123456789BR", ""},
		{"de 89", ""},
		{"", ""},
		{"4", ""},
		{"AB12", ""},
		{"\xff4111111111111111\xff", "card[4111111111111111]"},
	} {
		if got := show(c.text); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestPunctuated(t *testing.T) {
	for s, want := range map[string]bool{"529.982.247-25": true, "52998224725": false, "4111 1111 1111 1111": true, "4111111111111111": false, "11222333000181": false} {
		if f := Scan(nil, s); len(f) != 1 || f[0].Punctuated != want {
			t.Errorf("%s: %+v", s, f)
		}
	}
}

func TestScanIsLinear(t *testing.T) {
	for name, unit := range map[string]string{"digits": "1", "groups": "4111 ", "words": "DE89", "spaced": "D E 8 9 ", "cnpj": "11.222.333/0001-8"} {
		s := strings.Repeat(unit, 1<<20/len(unit))
		start := time.Now()
		Scan(nil, s)
		if took := time.Since(start); took > time.Second {
			t.Errorf("%s: %v for a megabyte", name, took)
		}
	}
}

func FuzzScan(f *testing.F) {
	for _, s := range []string{"4111 1111 1111 1111", "529.982.247-25 / 12.ABC.345/01DE-35", "GB82 WEST 1234 5698 7654 32", "AB12", "DE89 ", "11222333/0001-81", "4111–1111"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		last := 0
		for _, f := range Scan(nil, s) {
			if f.Start < last || f.End <= f.Start || f.End > len(s) {
				t.Fatalf("%q: %+v after %d", s, f, last)
			}
			last = f.End
			clean := strings.Map(func(r rune) rune {
				if r < 0x80 && (isDigit(byte(r)) || isLetter(byte(r))) {
					return r
				}
				return -1
			}, strings.ToUpper(s[f.Start:f.End]))
			switch f.Kind {
			case KindCard:
				if !Card(clean) {
					t.Fatalf("%q is no card", clean)
				}
			case KindCPF:
				if !CPF(clean) {
					t.Fatalf("%q is no CPF", clean)
				}
			case KindCNPJ:
				if !CNPJ(clean) {
					t.Fatalf("%q is no CNPJ", clean)
				}
			case KindIBAN:
				if !IBAN(clean) {
					t.Fatalf("%q is no IBAN", clean)
				}
			}
		}
	})
}

func BenchmarkScan(b *testing.B) {
	s := "Pode pagar com o cartão 4111 1111 1111 1111 ou no CPF 529.982.247-25, pedido 100200, dia 12/10 às 14:30."
	found := make([]Found, 0, 8)
	b.ReportAllocs()
	for b.Loop() {
		found = Scan(found[:0], s)
	}
}
