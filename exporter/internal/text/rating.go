package text

import "strings"

// MaxRating is the largest number that is taken for a rating; order numbers and
// years are larger.
const MaxRating = 100

const (
	// maxStars is the longest scale that stars stand for.
	maxStars = 10
	// maxRatingText bounds, in bytes, a folded message that may be a rating.
	maxRatingText = 96
)

// Rating reads a message that is a rating and nothing else: a number from 0 to
// MaxRating in digits ("5", "5!", "4️⃣", "5,0"), in words up to ten in
// Portuguese, Spanish or English ("três", "cero", "ten") or in up to ten stars
// (⭐⭐⭐⭐, ★★★★☆ is 4, *****), with what people put around it: "nota: 10",
// "dou 5", "5/5", "5 de 5", "5 estrelas", "5 👍", "5, obrigado".
//
// What counts something else is no rating ("5 dias", "quero 5", "15/03", "5%"),
// nor is a question ("5?"), a fraction or a number below zero. n/m is n where m
// is 5 or 10 and n not above it; which scale was asked for is the caller's to
// know.
//
// folded is Fold(raw), which the caller has at hand. raw is needed for what Fold
// removes: asterisks, question marks and the sign of a number.
func Rating(raw, folded string) (value int, ok bool) {
	if folded == "" {
		return asterisks(raw)
	}
	if value, ok = readRating(folded); !ok || isAsked(raw) || isNegative(raw) {
		return 0, false
	}
	return value, true
}

// Choice reads the title of a button or of a row of a list: a rating, or one
// that stands before words which say how good that is: "5 - Excelente",
// "4) Good", "3. Regular", "5️⃣ Ótimo", "⭐⭐⭐⭐ Bom", "Nota 3 · ok". The row of a
// numbered menu ("1 - Vendas") is none. The parameters are those of Rating.
func Choice(raw, folded string) (value int, ok bool) {
	if value, ok = Rating(raw, folded); ok || isNegative(raw) {
		return value, ok
	}
	if i := strings.LastIndex(raw, keycap); i >= 0 && len(raw) <= maxRatingText {
		// The key's frame ends the number, and folding would remove it.
		folded = Fold(raw[:i] + ")" + raw[i+len(keycap):])
	}
	for i, r := range folded {
		if i > maxRatingText {
			break
		}
		switch r {
		case ')', ']', '.', ':', '-', '–', '—', '·', '•', '|', '=', '(', '*':
		default:
			continue
		}
		if value, ok = readRating(folded[:i]); ok && endsNumber(folded[i:]) && isOpinion(folded[i:]) {
			return value, true
		}
	}
	head := leadingSigns(folded)
	if value, ok = readRating(folded[:head]); ok && endsNumber(folded[head:]) && isOpinion(folded[head:]) {
		return value, true
	}
	return 0, false
}

// keycap is the frame of 5️⃣ around a digit.
const keycap = "\u20e3"

// endsNumber tells whether what follows a rating in a title does not begin with
// another number, as the second half of a time or a range does.
func endsNumber(rest string) bool {
	s := scanner{s: rest}
	s.skip()
	return s.at < len(rest) && !isDigit(rest[s.at])
}

// leadingSigns gives the length of the stars and the 🔟 that s begins with.
func leadingSigns(s string) int {
	for i, r := range s {
		switch kindOf(r) {
		case tokenStar, tokenHollow, tokenNumber:
		default:
			if r != ' ' {
				return i
			}
		}
	}
	return len(s)
}

// asterisks counts the stars of a message that has nothing else.
func asterisks(raw string) (int, bool) {
	n := 0
	for _, r := range strings.TrimSpace(raw) {
		switch r {
		case '*':
			n++
		case ' ':
		default:
			return 0, false
		}
	}
	if n > maxStars {
		return 0, false
	}
	return n, n > 0
}

func isAsked(raw string) bool { return strings.ContainsAny(raw, "?¿？") }

// isNegative tells whether the first digit has a sign right before it.
func isNegative(raw string) bool {
	i := strings.IndexAny(raw, "0123456789")
	if i < 0 {
		return false
	}
	for _, sign := range [...]string{"-", "−", "–", "—", "‐", "‑", "‒", "﹣", "－"} {
		if strings.HasSuffix(raw[:i], sign) {
			return true
		}
	}
	return false
}
