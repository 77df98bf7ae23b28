// Package validate tells numbers that identify people or their money from other
// numbers, by the check digits that they carry: payment cards, the Brazilian
// CPF and CNPJ, and IBANs. Audits use it to find them in what is written,
// privacy to mask them.
//
// It is pure and never keeps, logs or returns any part of a text: what it finds
// is told by kind and place.
package validate

// Luhn tells whether a number, in ASCII digits only, ends in its check digit by
// Luhn's formula. An empty one does not.
func Luhn(digits string) bool {
	sum, double := 0, false
	for i := len(digits) - 1; i >= 0; i-- {
		d := int(digits[i]) - '0'
		if d < 0 || d > 9 {
			return false
		}
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		double = !double
	}
	return len(digits) > 0 && sum%10 == 0
}

// issuer is a range of the first digits of cards, with the lengths that its
// numbers have.
type issuer struct {
	from, to int // of the first six digits
	lengths  uint32
}

func lengths(list ...int) (set uint32) {
	for _, n := range list {
		set |= 1 << n
	}
	return set
}

// issuers are the ranges in use. Luhn's formula alone lets every tenth number
// pass, and every IMEI; with range and length it is one of some hundreds.
var issuers = []issuer{
	{222100, 272099, lengths(16)},     // Mastercard
	{300000, 305999, lengths(14, 16)}, // Diners Club
	{309500, 309599, lengths(14, 16)}, //
	{340000, 349999, lengths(15)},     // American Express
	{352800, 358999, lengths(16)},     // JCB
	{360000, 369999, lengths(14)},     // Diners Club
	{370000, 379999, lengths(15)},     // American Express
	{380000, 399999, lengths(14, 16)}, // Diners Club
	{384100, 384100, lengths(16, 19)}, // Hipercard
	{400000, 499999, lengths(16, 19)}, // Visa, Elo; 13 digits are of the past, and of barcodes
	{500000, 509999, lengths(16, 19)}, // Maestro, Elo, Aura
	{510000, 559999, lengths(16)},     // Mastercard
	{560000, 589999, lengths(16, 19)}, // Maestro
	{601100, 601199, lengths(16, 19)}, // Discover
	{603493, 603493, lengths(16)},     // Banricompras and other Brazilian ones
	{606282, 606282, lengths(16)},     // Hipercard
	{620000, 629999, lengths(16, 17, 18, 19)},
	{636200, 636399, lengths(16, 19)}, // Elo
	{637000, 637999, lengths(16)},     // Hipercard
	{644000, 659999, lengths(16, 19)}, // Discover, Elo
	{670000, 679999, lengths(16, 19)}, // Maestro
}

// Card tells whether a number, in ASCII digits only, is that of a payment card:
// one of the ranges that are in use, of a length that goes with it, and with its
// check digit.
func Card(digits string) bool {
	n := len(digits)
	if n < 14 || n > 19 {
		return false
	}
	first := 0
	for i := range 6 {
		d := int(digits[i]) - '0'
		if d < 0 || d > 9 {
			return false
		}
		first = first*10 + d
	}
	for _, r := range issuers {
		if first >= r.from && first <= r.to && r.lengths&(1<<n) != 0 {
			return Luhn(digits)
		}
	}
	return false
}

// CPF tells whether a number of a person in Brazil, 11 ASCII digits without
// punctuation, has its two check digits. Those of one digit throughout have, and
// are given to nobody.
func CPF(digits string) bool {
	if len(digits) != 11 || same(digits) {
		return false
	}
	for i := range digits {
		if !isDigit(digits[i]) {
			return false
		}
	}
	for _, n := range [...]int{9, 10} {
		sum := 0
		for i := range n {
			sum += (n + 1 - i) * int(digits[i]-'0')
		}
		if sum*10%11%10 != int(digits[n]-'0') {
			return false
		}
	}
	return true
}

// CNPJ tells whether a number of a company in Brazil, 14 characters without
// punctuation, has its two check digits. Since 2026 the first twelve may be
// letters too, which are upper case here.
func CNPJ(s string) bool {
	if len(s) != 14 || same(s) || !isDigit(s[12]) || !isDigit(s[13]) {
		return false
	}
	for i := range 12 {
		if !isDigit(s[i]) && (s[i] < 'A' || s[i] > 'Z') {
			return false
		}
	}
	for _, n := range [...]int{12, 13} {
		sum := 0
		for i := range n {
			sum += (2 + (n-1-i)%8) * int(s[i]-'0')
		}
		check := 11 - sum%11
		if check > 9 {
			check = 0
		}
		if check != int(s[n]-'0') {
			return false
		}
	}
	return true
}

// ibanLengths are the lengths of the countries that issue IBANs.
var ibanLengths = map[string]int{
	"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29, "BY": 28, "CH": 21,
	"CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FK": 18, "FO": 18,
	"FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23,
	"IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27,
	"MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28,
	"PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27,
	"SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}

// maxIBAN is the longest of them.
const maxIBAN = 33

// IBAN tells whether an account number, in upper case and without spaces, has
// the length of its country and its check digits.
func IBAN(s string) bool {
	if len(s) < 15 || len(s) > maxIBAN || ibanLengths[s[:2]] != len(s) || !isDigit(s[2]) || !isDigit(s[3]) {
		return false
	}
	rest := 0
	for i := range s {
		switch c := s[(i+4)%len(s)]; {
		case isDigit(c):
			rest = (rest*10 + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z':
			rest = (rest*100 + int(c-'A') + 10) % 97
		default:
			return false
		}
	}
	return rest == 1
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// same tells whether all characters of a text that has some are one.
func same(s string) bool {
	for i := range len(s) {
		if s[i] != s[0] {
			return false
		}
	}
	return true
}
