package text

// word is what a word may do in a message that is a rating.
type word uint8

const (
	wordNone word = iota
	// wordNumber is a number; wordArticle is one that may also stand before
	// another ("um 5", "le doy un 5").
	wordNumber
	wordArticle
	// wordStrong says that what follows is a rating.
	wordStrong
	// wordWeak says nothing: before a rating it needs a strong word ("em 5" is
	// a time), behind it one of those, a unit or thanks.
	wordWeak
	// wordUnit is what ratings are counted in.
	wordUnit
	// wordOf stands between a rating and its scale; without a rating it is weak.
	wordOf
	wordThanks
	// wordMany stands beside thanks.
	wordMany
)

type wordMeaning struct {
	word  word
	value int // of numbers
}

// ratingWords has Portuguese, Spanish and English words, folded.
var ratingWords = func() map[string]wordMeaning {
	words := map[string]wordMeaning{}
	for value, names := range [...][]string{
		{"zero", "cero"},
		{"uno"},
		{"dois", "duas", "dos", "two"},
		{"tres", "three"},
		{"quatro", "cuatro", "four"},
		{"cinco", "five"},
		{"seis", "six"},
		{"sete", "siete", "seven"},
		{"oito", "ocho", "eight"},
		{"nove", "nueve", "nine"},
		{"dez", "diez", "ten"},
	} {
		for _, n := range names {
			words[n] = wordMeaning{word: wordNumber, value: value}
		}
	}
	for w, names := range map[word][]string{
		wordArticle: {"um", "uma", "un", "una", "one"},
		wordStrong: {
			"nota", "dou", "daria", "avalio", "avaliacao", "pontuacao", "classificacao",
			"doy", "califico", "calificacion", "puntuo", "puntuacion", "puntaje", "valoracion",
			"score", "rate", "rating", "grade", "give",
		},
		wordWeak: {
			"eu", "minha", "meu", "a", "o", "e", "com", "em", "para", "pra", "pro", "pelo", "pela", "ao", "do", "da", "seu", "sua", "voce", "voces",
			"atendimento", "servico", "ajuda", "atencao", "tudo",
			"yo", "mi", "es", "y", "le", "les", "te", "con", "por", "el", "la", "al", "su", "tu", "ti", "ustedes", "servicio", "atencion", "ayuda", "todo",
			"my", "is", "s", "i", "it", "d", "ll", "would", "will", "you", "and", "this", "the", "your", "for", "with", "as", "service", "support", "help", "everything",
		},
		wordUnit: {
			"estrela", "estrelas", "estrelinha", "estrelinhas", "estrella", "estrellas", "estrellita", "estrellitas", "star", "stars",
			"ponto", "pontos", "punto", "puntos", "point", "points", "pts",
		},
		wordOf:     {"de", "of", "out", "sobre"},
		wordThanks: {"obrigado", "obrigada", "brigado", "brigada", "obg", "obgd", "valeu", "vlw", "gracias", "thanks", "thank", "thx"},
		wordMany:   {"muito", "muita", "muitissimo", "muchas", "mil", "many", "so", "much"},
	} {
		for _, n := range names {
			words[n] = wordMeaning{word: w}
		}
	}
	for name, m := range words {
		if m.word == wordArticle {
			m.value = 1
			words[name] = m
		}
	}
	return words
}()

// longestWord of ratingWords, in bytes.
var longestWord = func() (n int) {
	for w := range ratingWords {
		n = max(n, len(w))
	}
	return n
}()
