package topic

// table maps hashes of words and phrases to small numbers. The hashes are
// 64 bits of text that we wrote ourselves or that a configuration holds; that a
// customer's word collides with one would cost a wrong type, no more.
type table struct {
	slots []slot
	count int
}

type slot struct {
	hash  uint64
	value uint32 // 0 is free
}

// get gives 0 where there is nothing.
func (t *table) get(hash uint64) uint32 {
	if len(t.slots) == 0 {
		return 0
	}
	mask := uint64(len(t.slots) - 1)
	for i := spread(hash) & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		if s.value == 0 || s.hash == hash {
			return s.value
		}
	}
}

// put sets the value of hash, which is not 0.
func (t *table) put(hash uint64, value uint32) {
	if 3*(t.count+1) > len(t.slots) {
		old := t.slots
		t.slots, t.count = make([]slot, max(64, 2*len(old))), 0
		for _, s := range old {
			if s.value != 0 {
				t.put(s.hash, s.value)
			}
		}
	}
	mask := uint64(len(t.slots) - 1)
	for i := spread(hash) & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		if s.value == 0 {
			*s = slot{hash, value}
			t.count++
			return
		}
		if s.hash == hash {
			s.value = value
			return
		}
	}
}

// spread makes the low bits depend on all of them.
func spread(h uint64) uint64 { return h ^ h>>29 ^ h>>47 }

// Kinds of hashes that share a table with those of whole words.
const (
	stemSalt  = 0x9e3779b97f4a7c15
	startSalt = 0xc2b2ae3d27d4eb4f
)

// hashWord hashes as tokenize does.
func hashWord(s string) uint64 {
	h := uint64(hashSeed)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * hashPrime
	}
	return h
}

// addWord gives the hash of a phrase and its next word.
func addWord(phrase, word uint64) uint64 {
	h := (phrase ^ word ^ word>>31) * 0xff51afd7ed558ccd
	return h ^ h>>33
}
