package topic

import "math"

// judge applies the built-in rules of a language.
func (c *Classifier) judge(folded string, s *scratch, language int) Result {
	sentences, uncovered := c.read(folded, s, language)
	var w weights
	for i := range sentences {
		c.builtin.rules.judge(s.pos[i], s.neg[i], 0, &w)
		if i > 0 {
			c.builtin.rules.judge(s.pos[i].or(s.pos[i-1]), s.neg[i].or(s.neg[i-1]), apart, &w)
		}
	}
	first, second := -1, -1
	total := func(t int) float32 { return w[t].best + min(w[t].hits*0.05, 0.4) }
	for t := range typeVeto {
		switch {
		case w[t].best < floor:
		case first < 0 || total(t) > total(first):
			first, second = t, first
		case second < 0 || total(t) > total(second):
			second = t
		}
	}
	if w[typeVeto].best > 0 && (first < 0 || w[typeVeto].best > w[first].best) {
		return Result{}
	}
	if first < 0 {
		return c.greeting(s, sentences, uncovered)
	}
	if c.names[first] == "" {
		listed := -1
		for t := range typeVeto {
			if c.names[t] != "" && w[t].best >= max(floor, w[first].best-behind) && (listed < 0 || total(t) > total(listed)) {
				listed = t
			}
		}
		if listed < 0 {
			return Result{}
		}
		return Result{Type: c.names[listed], Score: grade(total(listed), total(first))}
	}
	var other float32
	if second >= 0 {
		other = total(second)
	}
	return Result{Type: c.names[first], Score: grade(total(first), other)}
}

// greeting tells whether a message that asks for nothing else is one: it has
// such a word, and hardly any that mean something.
func (c *Classifier) greeting(s *scratch, sentences, uncovered int) Result {
	greets := false
	for i := range sentences {
		greets = greets || s.pos[i].or(s.neg[i]).meets(c.builtin.greets)
	}
	if !greets || uncovered > 2 || c.names[typeGreeting] == "" {
		return Result{}
	}
	return Result{Type: c.names[typeGreeting], Score: 0.9 - 0.2*float64(uncovered), Opening: true}
}

// grade gives a score from the weight of a type and of the next best.
func grade(weight, next float32) float64 {
	lead := min(max(weight-next, 0), 3) / 3
	score := float64(min(weight, 10)/10) * (0.6 + 0.4*float64(lead))
	return math.Round(1000*score) / 1000
}

// read finds the concepts of each sentence. It gives how many sentences there
// are, and how many words say something that is none of the greeting's.
func (c *Classifier) read(folded string, s *scratch, language int) (sentences, uncovered int) {
	lex := &c.builtin.lexicons[language]
	s.pos, s.neg = [maxSentences]concepts{}, [maxSentences]concepts{}
	for i := range s.tokens {
		t := &s.tokens[i]
		t.means = t.hash
		if a := lex.aliases.get(t.hash); a != 0 {
			t.means = lex.same[a-1]
		} else if n := t.to - t.from; n > minStem && folded[t.to-1] == folded[t.to-2] && lex.words.get(t.hash) == 0 {
			// Of a long vowel folding leaves two: tardee is tarde.
			if short := hashWord(folded[t.from : t.to-1]); lex.words.get(short) != 0 {
				t.means = short
			}
		}
	}
	words, denied := 0, 0
	for i := 0; i < len(s.tokens); {
		e, n := lex.lookup(folded, s.tokens[i:])
		last := &s.tokens[i+n-1]
		words += n
		switch {
		case e == nil:
			if t := &s.tokens[i]; t.kind != isSign {
				uncovered++
				if t.kind == isNumber && t.to-t.from >= 4 {
					s.pos[sentences].add(c.builtin.number)
				}
			}
		default:
			if !e.filler && !e.means.meets(c.builtin.greets) {
				uncovered++
			}
			pos, neg := e.means, e.denies
			if denied > 0 {
				pos, neg = neg, pos
			}
			s.pos[sentences] = s.pos[sentences].or(pos)
			s.neg[sentences] = s.neg[sentences].or(neg)
		}
		denied = max(denied-n, 0)
		if e != nil && e.negates {
			denied = scope
		}
		i += n
		if last.ends != goesOn {
			denied = 0
		}
		if last.ends == questionEnds {
			s.pos[sentences].add(c.builtin.asks)
		}
		if last.ends >= sentenceEnds && sentences+1 < maxSentences && i < len(s.tokens) {
			sentences++
		}
	}
	if words <= fewWords {
		for i := range sentences + 1 {
			s.pos[i].add(c.builtin.short)
		}
	}
	return sentences + 1, uncovered
}

// lookup gives what the first of the tokens mean and how many they are: the
// longest phrase, else the word, else its longest stem, else what it resembles.
func (l *lexicon) lookup(folded string, tokens []token) (*entry, int) {
	t := &tokens[0]
	if longest := int(l.words.get(t.means ^ startSalt)); longest > 0 {
		var value uint32
		n, h := 0, t.means
		for i := 1; i < min(longest, len(tokens)) && tokens[i-1].ends < sentenceEnds; i++ {
			h = addWord(h, tokens[i].means)
			if v := l.words.get(h); v != 0 {
				value, n = v, i+1
			}
		}
		if value != 0 {
			return &l.entries[value-1], n
		}
	}
	if v := l.words.get(t.means); v != 0 {
		return &l.entries[v-1], 1
	}
	if t.kind != isWord {
		return nil, 1
	}
	var value uint32
	h := uint64(hashSeed)
	word := folded[t.from:t.to]
	for i := range len(word) {
		h = (h ^ uint64(word[i])) * hashPrime
		if i+1 >= minStem {
			if v := l.words.get(h ^ stemSalt); v != 0 {
				value = v
			}
		}
	}
	if value == 0 {
		value = l.near.find(word)
	}
	if value == 0 {
		return nil, 1
	}
	return &l.entries[value-1], 1
}
