package record

import "github.com/cespare/xxhash/v2"

// DedupHash is the 64-bit hash by which an id of a source is known: xxHash of
// the source's name, a zero byte and the id; never 0.
func DedupHash(source, id string) uint64 {
	var d xxhash.Digest
	d.Reset()
	_, _ = d.WriteString(source)
	_, _ = d.Write([]byte{0})
	_, _ = d.WriteString(id)
	if h := d.Sum64(); h != 0 {
		return h
	}
	return 1
}
