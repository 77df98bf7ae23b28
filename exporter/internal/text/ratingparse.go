package text

// readRating reads a folded text that is a rating and nothing else.
func readRating(folded string) (value int, ok bool) {
	if len(folded) > maxRatingText {
		return 0, false
	}
	p := ratingParser{scanner: scanner{s: folded}, value: unset, of: unset}
	for {
		t := p.next()
		if t.kind == tokenEnd {
			return p.result()
		}
		if !p.accept(t) {
			return 0, false
		}
	}
}

const unset = -1

// ratingParser goes through the parts of a message.
type ratingParser struct {
	scanner
	value int // of a number, or unset
	of    int // m of "n/m", or unset
	// article: value is that of a word that may also be an article ("um").
	article bool
	stars   int
	hollow  int
	// What was seen beside the rating; weak words before and behind it.
	strong, weakBefore, weakBehind, unit, thanks, many, mood bool
	// padded: n of "n/m" begins with a zero, as dates do.
	padded bool
}

// rated tells whether the rating has been read, so that only what may follow it
// may come. A word that may be an article is none yet.
func (p *ratingParser) rated() bool { return p.value != unset && !p.article || p.stars > 0 }

// accept tells whether a part may stand where it does.
func (p *ratingParser) accept(t token) bool {
	switch t.kind {
	case tokenNumber:
		article := t.word == wordArticle
		if p.value != unset && (!p.article || article) {
			return false
		}
		p.value, p.article, p.padded = t.value, article, t.padded
		return true
	case tokenStar:
		p.stars++
		return p.hollow == 0
	case tokenHollow:
		p.hollow++
		return p.stars > 0
	case tokenMood:
		p.mood = true
		return true
	case tokenOf:
		return p.scale(t)
	case tokenWord:
		return p.beside(t.word)
	}
	return false
}

// scale reads what follows in "5/5", "5 de 5", "5 out of 5". Without a number
// before it "de" is a weak word.
func (p *ratingParser) scale(t token) bool {
	if p.value == unset && t.word == wordOf {
		p.weakBefore = true
		return true
	}
	if t = p.next(); t.kind == tokenOf && t.word == wordOf { // out of
		t = p.next()
	}
	if t.kind != tokenNumber || t.padded || p.of != unset || p.value == unset {
		return false
	}
	p.of, p.article = t.value, false
	return true
}

func (p *ratingParser) beside(w word) bool {
	switch w {
	case wordStrong:
		p.strong = true
		return !p.rated()
	case wordUnit:
		p.unit, p.article = true, false
		return p.value != unset || p.stars > 0
	case wordThanks:
		p.thanks = true
		return true
	case wordMany:
		p.many = true
		return true
	case wordWeak:
		switch {
		case p.rated():
			p.weakBehind = true
		case !p.thanks: // "thank you"
			p.weakBefore = true
		}
		return true
	}
	return false
}

// result gives the rating, if the parts make one.
func (p *ratingParser) result() (int, bool) {
	switch {
	case p.weakBefore && !p.strong,
		p.weakBehind && !p.strong && !p.unit && !p.thanks,
		p.many && !p.thanks,
		p.article && (p.thanks || p.mood), // "um obrigado"
		p.of != unset && (p.of != 5 && p.of != 10 || p.value > p.of || p.padded),
		p.hollow > 0 && p.stars+p.hollow != 5 && p.stars+p.hollow != maxStars,
		p.stars > maxStars:
		return 0, false
	case p.value == unset:
		return p.stars, p.stars > 0
	case p.value > MaxRating, p.stars > 1 && p.stars != p.value:
		return 0, false
	}
	return p.value, true
}
