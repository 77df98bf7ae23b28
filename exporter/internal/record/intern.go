package record

import "github.com/cespare/xxhash/v2"

const (
	internSlots  = 4096
	internLength = 256
)

// interned keeps strings by their hash, one a slot: a newcomer takes the slot
// of the one before it. So the table never grows, whatever a sender names, and
// the few strings that make up nearly all of a journal stay.
type interned struct {
	slots []string
}

func (t *interned) get(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > internLength {
		return string(b)
	}
	if t.slots == nil {
		t.slots = make([]string, internSlots)
	}
	slot := &t.slots[xxhash.Sum64(b)%internSlots]
	if *slot != string(b) {
		*slot = string(b)
	}
	return *slot
}
