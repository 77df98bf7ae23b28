package consistency

import (
	"encoding/binary"
	"math"
	"math/bits"
	"sync"
	"unicode"
	"unicode/utf8"
)

const (
	// bands and rows are how a Signature is looked up: two that have 29 of 42
	// places in common have one whole band in common at least, since 13
	// differences cannot touch all of 14 bands. What is alike enough is
	// therefore always found.
	bands = 14
	rows  = 3
	// places of a Signature.
	places = bands * rows
	// surely is in how many places two signatures have to agree to be found for
	// sure.
	surely = places - bands + 1
)

// Signature stands for a text: the share of places in which two agree estimates
// how many of their features they share (MinHash, a byte a place). No text can
// be read out of it; whoever knows the seed can test a guess.
type Signature [places]byte

// agree counts the places in which two signatures agree.
func (s *Signature) agree(o *Signature) (n int) {
	at := 0
	for ; at+8 <= places; at += 8 {
		x := binary.LittleEndian.Uint64(s[at:]) ^ binary.LittleEndian.Uint64(o[at:])
		// The top bit of each byte of y tells that the byte of x is not 0.
		y := (x&low7 + low7) | x
		n += 8 - bits.OnesCount64(y&^low7)
	}
	for ; at < places; at++ {
		if s[at] == o[at] {
			n++
		}
	}
	return n
}

// low7 are the lower seven bits of each byte.
const low7 = 0x7f7f7f7f7f7f7f7f

// one is a similarity of 1: similarities are whole numbers of millionths, so
// that sums do not depend on the order.
const one = 1_000_000

// likeness turns agreement into similarity. Two places that have nothing to do
// with each other agree once in 256 times, which is taken off.
func likeness(agree int) int64 {
	return int64(max(0, agree*256-places)) * one / (places * 255)
}

// agreement is in how many places signatures of a similarity agree at least.
func agreement(similarity float64) int {
	for n := range places {
		if float64(likeness(n)) >= similarity*one-0.5 {
			return n
		}
	}
	return places
}

// Similarity of two texts by their signatures, 0 to 1; its standard error is
// 0.08 at most.
func Similarity(a, b Signature) float64 { return float64(likeness(a.agree(&b))) / one }

// Signer makes signatures. It is never changed and may be used concurrently.
type Signer struct {
	factors, offsets [places]uint64
}

// NewSigner gives a Signer; signatures of different seeds cannot be compared. A
// seed that is derived from the privacy key keeps strangers from testing guesses.
func NewSigner(seed uint64) *Signer {
	s := &Signer{}
	next := func() uint64 {
		// splitmix64
		seed += 0x9e3779b97f4a7c15
		z := seed
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		return z ^ z>>31
	}
	for i := range s.factors {
		s.factors[i], s.offsets[i] = next()|1, next()
	}
	return s
}

const (
	// maxText is how much of a message counts, in bytes.
	maxText = 4 << 10
	// maxFeatures of a text count.
	maxFeatures = 1024
	// minQuestion and minAnswer are the least that is compared, in letters and
	// digits of words that say something. Below, messages are alike that have
	// nothing in common.
	minQuestion = 10
	minAnswer   = 8
)

type signing struct {
	words    []word
	norm     []byte
	features []uint64
}

type word struct {
	from, to int // of norm
	hash     uint64
}

var signings = sync.Pool{New: func() any {
	return &signing{make([]word, 0, 64), make([]byte, 0, 512), make([]uint64, 0, 512)}
}}

// giveBack keeps nothing of a message.
func (g *signing) giveBack() {
	clear(g.norm[:cap(g.norm)])
	signings.Put(g)
}

// Question gives the signature of what a customer asks, from the message as
// text.Fold gives it; ok is false where it says too little to be compared.
//
// Greetings, politeness and words that say nothing ("qual o", "por favor") are
// left out, numbers are one number whatever they are ("pedido 123" is "pedido
// 456"), and what is left is compared by its triples of letters, so that typos
// and endings matter little and another word matters much.
func (s *Signer) Question(folded string) (sig Signature, ok bool) {
	g := signings.Get().(*signing)
	defer g.giveBack()
	if g.normalise(folded, true) < minQuestion {
		return Signature{}, false
	}
	// Words stand between spaces; triples reach over them.
	n := g.norm
	for i := 0; i+3 <= len(n) && len(g.features) < maxFeatures; i++ {
		g.features = append(g.features, uint64(n[i])<<16|uint64(n[i+1])<<8|uint64(n[i+2]))
	}
	return s.sign(g.features), true
}

// Answer gives the signature of what is answered; the same holds. Answers are
// compared by their words and pairs of words, and numbers of up to three digits
// count ("5 dias" is not "10 dias"); longer ones, which are those of an order, are
// one number.
func (s *Signer) Answer(folded string) (sig Signature, ok bool) {
	g := signings.Get().(*signing)
	defer g.giveBack()
	if g.normalise(folded, false) < minAnswer {
		return Signature{}, false
	}
	last := uint64(0)
	for _, w := range g.words {
		if len(g.features)+2 > maxFeatures {
			break
		}
		g.features = append(g.features, w.hash, last*hashPrime^w.hash)
		last = w.hash
	}
	return s.sign(g.features), true
}

func (s *Signer) sign(features []uint64) (sig Signature) {
	var least [places]uint64
	for i := range least {
		least[i] = math.MaxUint64
	}
	for _, f := range features {
		// Features are small numbers or hashes; mixed once, they differ in all
		// bits.
		f = (f ^ f>>31) * 0x7fb5d329728ea185
		f ^= f >> 29
		for i := range least {
			h := f*s.factors[i] + s.offsets[i]
			least[i] = min(least[i], h)
		}
	}
	for i, h := range least {
		h = (h ^ h>>32) * 0x9e3779b97f4a7c15
		sig[i] = byte(h >> 56)
	}
	return sig
}

const (
	hashSeed  = 14695981039346656037
	hashPrime = 1099511628211
)

// normalise takes a folded text apart into words that say something, and gives
// how many letters and digits they have.
func (g *signing) normalise(folded string, question bool) (letters int) {
	g.words, g.norm, g.features = g.words[:0], g.norm[:0], g.features[:0]
	if len(folded) > maxText {
		folded = folded[:maxText]
	}
	leave := &leftOutOfAnswers
	if question {
		leave = &leftOutOfQuestions
	}
	g.norm = append(g.norm, ' ')
	for i := 0; i < len(folded); {
		from, digits := i, 0
		h := uint64(hashSeed)
		for i < len(folded) {
			c := folded[i]
			if c >= utf8.RuneSelf {
				r, n := utf8.DecodeRuneInString(folded[i:])
				if !unicode.IsLetter(r) {
					break
				}
				for j := range n {
					h = (h ^ uint64(folded[i+j])) * hashPrime
				}
				i += n
				continue
			}
			if c >= '0' && c <= '9' {
				digits++
			} else if c < 'a' || c > 'z' {
				break
			}
			h = (h ^ uint64(c)) * hashPrime
			i++
		}
		if i == from {
			_, n := utf8.DecodeRuneInString(folded[i:])
			i += n
			continue
		}
		if (*leave)[h] {
			continue
		}
		w := folded[from:i]
		start := len(g.norm)
		switch {
		case digits == 0, !question && digits == len(w) && len(w) <= 3:
			g.norm = append(g.norm, w...)
		default:
			// A number, an order, a code: which one is nobody else's.
			g.norm = append(g.norm, '0')
			h = hashSeed
		}
		letters += len(g.norm) - start
		g.words = append(g.words, word{start, len(g.norm), h})
		g.norm = append(g.norm, ' ')
	}
	return letters
}

// wordSet holds words by their hashes.
type wordSet map[uint64]bool

func newWordSet(lists ...string) wordSet {
	set := wordSet{}
	for _, list := range lists {
		h := uint64(hashSeed)
		for i := 0; i <= len(list); i++ {
			switch {
			case i < len(list) && list[i] > ' ':
				h = (h ^ uint64(list[i])) * hashPrime
			case h != hashSeed:
				set[h] = true
				h = hashSeed
			}
		}
	}
	return set
}

// The words that are left out, folded. Negations stay: they turn a sentence
// round.
var (
	leftOutOfQuestions = newWordSet(articles, greetings, politeness, askers)
	leftOutOfAnswers   = newWordSet(articles, greetings, politeness)
)

const (
	articles = `
		a o as os um uma uns umas de do da dos das em no na nos nas ao aos e ou que pra para por pelo pela com me meu minha meus minhas seu sua seus suas
		eu voce voces vc vcs se la ai ja so isso esse essa este esta isto lhe te
		el los las un unos unas del al en y u por para con mi mis su sus tu tus yo usted ustedes lo le les eso ese esa esto
		the an of in on at to for and or with my your our i you we it is are be this that these those am was`
	greetings = `
		oi oie ola opa bom boa dia tarde noite tudo bem hola buenos buenas buen dias tardes noches hi hello hey good morning afternoon evening there
		prezado prezada caro cara estimado estimada dear sr sra senhor senhora senor senora`
	politeness = `
		favor porfavor pf pfv pls plz please gentileza obrigado obrigada obg valeu gracias thanks thank thx desculpa desculpe disculpa disculpe sorry
		ajudar ajuda ayuda ayudar help assist assistance gostaria queria quiero quero quisiera saber want wanna know like would tirar duvida duda question
		pergunta pregunta preciso precisava necesito necesitaba need needs informacao informacoes informacion information info sobre about`
	askers = `
		qual quais cual cuales what which e eh es ser sera how como tem tienen tiene hay do does did can could pode podem posso poderia puede pueden puedo podria
		consegue conseguem consigo me dizer informar decir tell possivel posible possible alguem alguien someone somebody have has got ya u ur will should tenho que tengo`
)
