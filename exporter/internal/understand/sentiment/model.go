package sentiment

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"sync"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/understand/linear"
)

// The model is one table for the three languages. It is made by
//
//	go run ./exporter/internal/understand/train sentiment --data <folder>
//
// and is compressed in the repository.
//
//go:embed model.bin.gz
var encoded []byte

var model = sync.OnceValue(func() *linear.Model {
	z, err := gzip.NewReader(bytes.NewReader(encoded))
	if err != nil {
		panic("sentiment: embedded model: " + err.Error())
	}
	b, err := io.ReadAll(z)
	if err != nil {
		panic("sentiment: embedded model: " + err.Error())
	}
	m, err := linear.Decode(b)
	if err != nil || m.Classes() != len(labels) {
		panic("sentiment: embedded model is of another kind")
	}
	return m
})

// modelScore is the probability of positive less that of negative.
func (s *scratch) modelScore() float64 {
	s.features = s.appendFeatures(s.features[:0])
	if len(s.features) == 0 {
		return 0
	}
	var scores [len(labels)]float32
	linear.Softmax(model().Scores(s.features, scores[:]))
	return float64(scores[Positive]) - float64(scores[Negative])
}

// maxFeatures of a message are counted.
const maxFeatures = 1024

const (
	hashSeed  = uint32(2166136261)
	hashPrime = uint32(16777619)
	// Seeds keep words, pairs and pieces apart.
	pairSeed  = hashSeed ^ 0x5bd1e995
	pieceSeed = hashSeed ^ 0x1b873593
	negated   = 0x9e3779b9
)

// negations of the three languages: they mark the words that follow, which mean
// something else then.
var negations = map[string]bool{
	"nao": true, "n": true, "nem": true, "nunca": true, "jamais": true, "sem": true, "no": true, "ni": true, "jamas": true, "sin": true, "tampoco": true,
	"not": true, "never": true, "dont": true, "doesnt": true, "didnt": true, "isnt": true, "wasnt": true, "cant": true, "cannot": true, "couldnt": true,
	"wont": true, "wouldnt": true, "havent": true, "hasnt": true, "without": true, "arent": true, "werent": true, "aint": true,
}

// Features gives the hashes of a folded text's words, pairs of words and pieces
// of words, for training.
func Features(folded string) []uint32 {
	s := scratches.Get().(*scratch)
	defer s.giveBack()
	s.split(cut(folded))
	return s.appendFeatures(nil)
}

func (s *scratch) appendFeatures(dst []uint32) []uint32 {
	last, left := uint32(0), 0
	for _, w := range s.words {
		text := s.of(w)
		if len(text) == 0 || w.quiet || len(dst)+2*maxWord > maxFeatures {
			last = 0
			continue
		}
		if isDigit(text[0]) {
			last, left = 0, 0
			continue
		}
		mark := uint32(0)
		if left > 0 {
			mark = negated
			left--
		}
		if negations[string(text)] {
			left = reach
		}
		h := hashOf(hashSeed, text) ^ mark
		if h == last {
			continue // said over and over, it says no more
		}
		dst = append(dst, h)
		if last != 0 {
			dst = append(dst, (last*hashPrime^h)*hashPrime^pairSeed)
		}
		last = h
		for size := 3; size <= 4; size++ {
			for i := 0; i+size <= len(text); i++ {
				seed := pieceSeed
				if i == 0 {
					seed++
				}
				if i+size == len(text) {
					seed += 2
				}
				dst = append(dst, hashOf(seed, text[i:i+size])^mark)
			}
		}
		if w.ends != goesOn {
			last, left = 0, 0
		}
	}
	return dst
}

func hashOf(h uint32, b []byte) uint32 {
	for _, c := range b {
		h = (h ^ uint32(c)) * hashPrime
	}
	return h
}
