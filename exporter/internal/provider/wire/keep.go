package wire

import (
	"strings"
	"unicode/utf8"
)

// Keeper copies what an event keeps out of the parser's memory into few large
// strings. In adapters what belongs to the parser is always []byte and what
// belongs to an event is always string, so that one cannot be taken for the
// other.
//
// A piece keeps its whole chunk alive; events live only until they are sealed.
// A Keeper belongs to one Adapt at a time.
type Keeper struct {
	b     strings.Builder
	chunk int
}

const maxChunk = 32 << 10

// Start fits the chunks to a body: about half of it is keys and punctuation.
func (k *Keeper) Start(body int) { k.chunk = min(max(body/2, 64), maxChunk) }

// Drop forgets the last chunk; it belongs to the events now.
func (k *Keeper) Drop() { k.b.Reset() }

// room makes sure that n more bytes do not move the chunk, and gives the
// offset at which they will stand.
func (k *Keeper) room(n int) int {
	if k.b.Cap()-k.b.Len() < n {
		k.b.Reset()
		k.b.Grow(max(n, k.chunk))
	}
	return k.b.Len()
}

// Keep copies b. Bytes that are no UTF-8 are replaced: journal and exposition
// refuse them.
func (k *Keeper) Keep(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if !utf8.Valid(b) {
		return strings.ToValidUTF8(string(b), "\ufffd")
	}
	at := k.room(len(b))
	k.b.Write(b)
	return k.b.String()[at:]
}

// Join copies the pieces into one string.
func (k *Keeper) Join(parts ...string) string {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	at := k.room(n)
	for _, p := range parts {
		k.b.WriteString(p)
	}
	return k.b.String()[at:]
}
