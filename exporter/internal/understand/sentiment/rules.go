package sentiment

import (
	"math"
	"strings"
)

// The rules' numbers. They follow VADER's (Hutto, Gilbert 2014) where it has the
// rule, and the dev messages where it has not.
const (
	// reach is how many words after a negation are turned round.
	reach = 3
	// turned is what becomes of a positive word, eased of a negative one.
	turned, eased = -0.75, -0.35
	stronger      = 1.3
	weaker        = 0.6
	beforeBut     = 0.5
	afterBut      = 1.4
	// asked is what counts of a positive word in a question, doubted of a
	// negative one.
	asked, doubted = 0.4, 0.75
	ironic         = -3
	// praised is what a praise says that might have mocked.
	praised   = 2.5
	capitals  = 1.25
	exclaimed = 1.12
	drawnOut  = 1.15
	// impatient is what "???" says.
	impatient = -1.0
	// normal is the sum at which the score is 0.71.
	normal = 3.5
	// surely is a sum beyond which words decide alone.
	surely = 0.92
)

// hit is an entry that was found, at words from to to-1.
type hit struct {
	from, to int
	role     role
	value    float64
}

// lexicalScore judges by words; certain tells that they leave no doubt.
func lexicalScore(s *scratch, raw, language string) (score float64, certain bool) {
	all := lexicons()
	best, most, said := 0.0, -1, false
	for i, name := range languages {
		if language != "" && language != name {
			continue
		}
		s.match(all[i])
		known, neutral, valued := 0, 0, false
		for _, h := range s.found {
			known += h.to - h.from
			if h.role == isNeutral {
				neutral += h.to - h.from
			}
			valued = valued || h.role == hasValence || h.role == isIrony || h.role == mocks
		}
		if known > most {
			s.hush()
			best, most = s.sum(), known
			said = neutral > 0 && !valued && len(s.words)-neutral <= 1
		}
	}
	sum := best + s.signs(best) + smileys(raw)
	sum = s.loudness(sum, raw)
	score = sum / math.Sqrt(sum*sum+normal*normal)
	return score, said && score == 0 || math.Abs(score) > surely
}

// match finds the entries of a lexicon, the longest at each place.
func (s *scratch) match(l *lexicon) {
	s.found = s.found[:0]
	for i := 0; i < len(s.words); {
		if s.words[i].sign != 0 {
			i++
			continue
		}
		e, n := l.find(s, i)
		if e == nil {
			i++
			continue
		}
		value := e.valence
		if e.role == mocks {
			value = praised
		}
		s.found = append(s.found, hit{i, i + n, e.role, value})
		i += n
	}
}

// hush marks the words of phrases that say nothing, for the model.
func (s *scratch) hush() {
	for i := range s.words {
		s.words[i].quiet = false
	}
	for _, h := range s.found {
		for i := h.from; h.role == isNeutral && i < h.to; i++ {
			s.words[i].quiet = true
		}
	}
}

// sum adds up what was found.
func (s *scratch) sum() float64 {
	sum, praise, irony, mocked := 0.0, 0.0, false, -1
	for i, h := range s.found {
		switch h.role {
		case contrasts:
			sum *= beforeBut
			for k := i + 1; k < len(s.found); k++ {
				s.found[k].value *= afterBut
			}
		case isIrony:
			irony = true
		case hasValence, mocks:
			v := h.value
			for k := i - 1; k >= 0 && s.reaches(s.found[k], h); k-- {
				switch before := s.found[k]; {
				case before.role == negates && v > 0:
					v *= turned
				case before.role == negates:
					v *= eased
				case before.role == strengthens && h.from-before.to <= 1:
					v *= stronger
				case before.role == weakens && h.from-before.to <= 1:
					v *= weaker
				}
			}
			// "bom demais": what strengthens may follow.
			if i+1 < len(s.found) && s.found[i+1].role == strengthens && s.found[i+1].from == h.to && s.words[h.to-1].ends == goesOn {
				v *= stronger
			}
			if s.inQuestion(h) {
				if v > 0 {
					v *= asked
				} else {
					v *= doubted
				}
			}
			if h.role == mocks && v > 0 && mocked < 0 {
				mocked, praise = i, v
				continue
			}
			sum += v
		}
	}
	if irony {
		return min(sum, 0) + ironic
	}
	if mocked >= 0 {
		return sum + s.mocked(mocked, sum, praise)
	}
	return sum
}

// mocked gives what a praise says: itself, unless nothing but complaints follow
// it.
func (s *scratch) mocked(at int, sum, praise float64) float64 {
	worst, best := 0.0, 0.0
	for _, h := range s.found[at+1:] {
		switch {
		case h.role == contrasts:
			return praise * beforeBut
		case h.role == hasValence:
			worst, best = min(worst, h.value), max(best, h.value)
		}
	}
	if worst <= -1.5 && best < 1.5 && sum < 0 {
		return ironic / 2.0
	}
	return praise
}

// reaches tells whether what was found before has anything to do with h.
func (s *scratch) reaches(before, h hit) bool {
	if h.from-before.to > reach-1 {
		return false
	}
	for i := before.to - 1; i < h.from; i++ {
		if s.words[i].ends != goesOn {
			return false
		}
	}
	return true
}

// inQuestion tells whether the sentence of h ends with a question mark.
func (s *scratch) inQuestion(h hit) bool {
	for i := h.to - 1; i < len(s.words); i++ {
		if e := s.words[i].ends; e >= sentenceEnds {
			return e == questionEnds
		}
	}
	return false
}

// signs adds up emoji. Applause and laughter beside a complaint mock.
func (s *scratch) signs(words float64) (sum float64) {
	for _, w := range s.words {
		v := emoji[w.sign]
		if v > 0 && words < -1 && mocking[w.sign] {
			v = -1
		}
		sum += v
	}
	return min(max(sum, -6), 6)
}

// smileys are those that are typed, at the end of what they belong to.
func smileys(raw string) (sum float64) {
	for _, t := range typed {
		if n := strings.Count(raw, t.text); n > 0 {
			sum += t.value * float64(min(n, 2))
		}
	}
	return min(max(sum, -3), 3)
}

var typed = []struct {
	text  string
	value float64
}{
	{":)", 1.5}, {":-)", 1.5}, {"=)", 1.5}, {":D", 2}, {"<3", 2}, {"(:", 1}, {";)", 1},
	{":(", -2}, {":-(", -2}, {"=(", -2}, {":'(", -2}, {"):", -2}, {" :/", -1.2}, {":@", -3},
}

// loudness is what capitals, signs and drawn out letters add.
func (s *scratch) loudness(sum float64, raw string) float64 {
	upper, lower, marks, asks, drawn := 0, 0, 0, 0, false
	last, run := byte(0), 0
	for i := range len(raw) {
		c := raw[i]
		switch {
		case 'A' <= c && c <= 'Z':
			upper++
		case 'a' <= c && c <= 'z':
			lower++
		case c == '!':
			marks++
		case c == '?':
			asks++
		}
		if c == last && (c|0x20 >= 'a' && c|0x20 <= 'z') {
			if run++; run >= 3 && c|0x20 != 'k' && c|0x20 != 'w' {
				drawn = true
			}
		} else {
			last, run = c, 1
		}
	}
	if upper >= 8 && upper > 2*lower {
		if sum == 0 && marks > 0 {
			sum = impatient / 2
		}
		sum *= capitals
	}
	if asks >= 2 && sum <= 1 {
		sum += impatient
	}
	for range min(marks, 3) {
		sum *= exclaimed
	}
	if drawn {
		sum *= drawnOut
	}
	return sum
}

// mocking are positive emoji that turn round beside a complaint.
var mocking = map[rune]bool{'👏': true, '👌': true, '🙃': true, '😂': true, '🤣': true, '😆': true, '🎉': true, '👍': true, '🙂': true, '😊': true, '😅': true}

// emoji by what they say. Skin tones and variants are folded away.
var emoji = map[rune]float64{
	'❤': 3, '♥': 3, '😍': 3, '🥰': 3, '🤩': 3, '😻': 3, '💖': 3, '💕': 3, '💗': 3, '💓': 3, '😘': 2, '💜': 2, '💙': 2, '💚': 2, '💛': 2, '🧡': 2,
	'😊': 2, '😃': 2, '😄': 2, '😁': 2, '😀': 2, '☺': 2, '🤗': 2, '😎': 2, '🙌': 2, '👏': 2, '👍': 2, '👌': 2, '🎉': 2, '🥳': 2, '💯': 2, '🌟': 2,
	'🌹': 2, '🌷': 1, '🌸': 1, '🙂': 1, '😉': 1, '🙏': 1, '💪': 1, '🔥': 1, '✨': 1, '⭐': 1, '🤝': 1, '😋': 1, '😇': 1.5, '😂': 0.2, '🤣': 0.2, '😆': 0.5,
	'😡': -4, '🤬': -4, '🤮': -4, '😠': -3, '😤': -3, '👎': -3, '💩': -3, '🤡': -3, '🤢': -3, '💔': -3, '😾': -3, '🖕': -4, '🤥': -3,
	'😭': -2, '😢': -2, '😞': -2, '😔': -2, '😒': -2, '🙄': -2, '😩': -2, '😫': -2, '😣': -2, '😖': -2, '🤦': -2, '😑': -2, '😥': -1.5, '😓': -1.5,
	'☹': -2, '🙁': -2, '😟': -1.5, '😰': -1.5, '😨': -1.5, '😱': -1.5, '😕': -1.5, '😬': -1, '😐': -1, '🤨': -1, '🤔': -0.5, '🙃': 0.3,
	'❌': -1, '⚠': -0.5, '🚫': -1, '🤷': -0.7, '💀': -0.7, '🥺': -1, '⏳': -0.5, '⏰': -0.5, '🐌': -1.5, '🐢': -1,
}
