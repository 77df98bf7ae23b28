package threads

// table names what an entry's key is.
type table uint8

// The values are part of the stored form.
const (
	conversations table = iota
	contacts
	inboxes
	tableEnd
)

// place is what is known by a key; empty fields are not known.
type place struct {
	contact, inbox, channel string
	// mark tells when it is on disk: once Memory.durable has reached it.
	mark uint64
}

func (p place) known() bool { return p.contact != "" || p.inbox != "" || p.channel != "" }

func (p place) same(q place) bool {
	return p.contact == q.contact && p.inbox == q.inbox && p.channel == q.channel
}

// over gives p, with what it leaves open from older. A channel goes with its
// inbox: that of another inbox says nothing.
func (p place) over(older place) place {
	if p.contact == "" {
		p.contact = older.contact
	}
	if p.channel == "" && (p.inbox == "" || older.inbox == "" || p.inbox == older.inbox) {
		p.channel = older.channel
	}
	if p.inbox == "" {
		p.inbox = older.inbox
	}
	return p
}

// recent keeps the keys that were used last, in two generations: when the young
// one is full it becomes the old one, and what nobody has used since is gone.
// No key is in both.
type recent struct {
	limit      int
	young, old map[string]place
}

// peek looks without using.
func (r *recent) peek(key string) (p place, ok bool) {
	if p, ok = r.young[key]; !ok {
		p, ok = r.old[key]
	}
	return p, ok
}

// put takes in a key that stays as long as the memory, and tells whether a
// generation was forgotten for it.
func (r *recent) put(key string, p place) (forgot bool) {
	if _, ok := r.young[key]; ok {
		r.young[key] = p
		return false
	}
	delete(r.old, key)
	if len(r.young) >= r.limit || r.young == nil {
		forgot = len(r.old) > 0
		r.young, r.old = make(map[string]place), r.young
	}
	r.young[key] = p
	return forgot
}

func (r *recent) len() int { return len(r.young) + len(r.old) }

// forget removes the entries that match.
func (r *recent) forget(match func(key string, p place) bool) (n int) {
	for _, generation := range []map[string]place{r.old, r.young} {
		for key, p := range generation {
			if match(key, p) {
				delete(generation, key)
				n++
			}
		}
	}
	return n
}
