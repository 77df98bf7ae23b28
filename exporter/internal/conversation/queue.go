package conversation

// queue is a binary heap of things by due time. Things that got a later due
// time keep their old place and are moved when it comes up, so that pushing a
// deadline on costs nothing.
type queue[T any] struct {
	items []queued[T]
}

type queued[T any] struct {
	due  int64
	what T
}

func (q *queue[T]) clear() { q.items = q.items[:0] }

func (q *queue[T]) push(due int64, what T) {
	q.items = append(q.items, queued[T]{due, what})
	i := len(q.items) - 1
	for i > 0 {
		p := (i - 1) / 2
		if q.items[p].due <= q.items[i].due {
			break
		}
		q.items[p], q.items[i] = q.items[i], q.items[p]
		i = p
	}
}

func (q *queue[T]) pop() queued[T] {
	top := q.items[0]
	n := len(q.items) - 1
	q.items[0] = q.items[n]
	q.items[n] = queued[T]{}
	q.items = q.items[:n]
	i := 0
	for {
		c := 2*i + 1
		if c >= n {
			return top
		}
		if c+1 < n && q.items[c+1].due < q.items[c].due {
			c++
		}
		if q.items[i].due <= q.items[c].due {
			return top
		}
		q.items[i], q.items[c] = q.items[c], q.items[i]
		i = c
	}
}

// ranking orders conversations by a moment, oldest first, and knows each one's
// place, so that any of them can leave.
type ranking struct {
	items []ranked
	pos   func(*conv) *int32
}

type ranked struct {
	at int64
	c  *conv
}

func (r ranked) before(o ranked) bool {
	if r.at != o.at {
		return r.at < o.at
	}
	return string(r.c.id[:]) < string(o.c.id[:])
}

func (r *ranking) add(at int64, c *conv) {
	r.items = append(r.items, ranked{at, c})
	r.up(len(r.items) - 1)
}

func (r *ranking) remove(c *conv) {
	i := int(*r.pos(c))
	n := len(r.items) - 1
	if i != n {
		r.items[i] = r.items[n]
	}
	r.items[n] = ranked{}
	r.items = r.items[:n]
	if i < n {
		r.up(r.down(i))
	}
}

func (r *ranking) up(i int) {
	for i > 0 {
		p := (i - 1) / 2
		if !r.items[i].before(r.items[p]) {
			break
		}
		r.items[p], r.items[i] = r.items[i], r.items[p]
		*r.pos(r.items[i].c) = int32(i)
		i = p
	}
	*r.pos(r.items[i].c) = int32(i)
}

func (r *ranking) down(i int) int {
	for {
		c := 2*i + 1
		if c >= len(r.items) {
			break
		}
		if c+1 < len(r.items) && r.items[c+1].before(r.items[c]) {
			c++
		}
		if !r.items[c].before(r.items[i]) {
			break
		}
		r.items[c], r.items[i] = r.items[i], r.items[c]
		*r.pos(r.items[i].c) = int32(i)
		i = c
	}
	*r.pos(r.items[i].c) = int32(i)
	return i
}

// first calls fn for the n oldest, in order, without touching the rest.
func (r *ranking) first(n int, fn func(ranked)) {
	if len(r.items) == 0 {
		return
	}
	frontier := []int{0}
	for ; n > 0 && len(frontier) > 0; n-- {
		best := 0
		for i := range frontier {
			if r.items[frontier[i]].before(r.items[frontier[best]]) {
				best = i
			}
		}
		i := frontier[best]
		fn(r.items[i])
		frontier[best] = frontier[len(frontier)-1]
		frontier = frontier[:len(frontier)-1]
		for c := 2*i + 1; c <= 2*i+2 && c < len(r.items); c++ {
			frontier = append(frontier, c)
		}
	}
}
