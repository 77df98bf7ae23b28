package privacy

import "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"

// cache holds a bounded number of keys, found by contact and by place. When it
// is full the clock hand drops the first key that has not been used since it
// came by last. The Keyring's mutex guards it.
//
// Dropping a key that is not written yet does no harm: whoever holds it goes
// on to write it, and the contact's next message gets another one.
type cache struct {
	slots     []*Key
	limit     int
	hand      int
	byContact map[record.Key]*Key
	byPlace   map[place]*Key
}

func newCache(limit int) cache {
	return cache{limit: limit, byContact: map[record.Key]*Key{}, byPlace: map[place]*Key{}}
}

// add takes up a key that is found by nothing yet.
func (c *cache) add(k *Key) {
	k.recent.Store(true)
	if len(c.slots) < c.limit {
		c.slots = append(c.slots, k)
		return
	}
	for c.slots[c.hand].recent.Swap(false) {
		c.hand = (c.hand + 1) % len(c.slots)
	}
	c.drop(c.slots[c.hand])
	c.slots[c.hand] = k
	c.hand = (c.hand + 1) % len(c.slots)
}

func (c *cache) drop(k *Key) {
	if c.byContact[k.contact] == k {
		delete(c.byContact, k.contact)
	}
	if at := place(k.at.Load()); at != 0 && c.byPlace[at] == k {
		delete(c.byPlace, at)
	}
}

// remove drops the keys at these places and returns them. Their slots stay
// taken until the clock hand comes by.
func (c *cache) remove(at map[place]struct{}) []*Key {
	var found []*Key
	for _, k := range c.slots {
		if k.isAt(at) {
			c.drop(k)
			k.recent.Store(false)
			found = append(found, k)
		}
	}
	return found
}
