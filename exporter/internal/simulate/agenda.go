package simulate

import "time"

// entry is something due: a step of the simulation, or an item to be sent.
type entry struct {
	at   time.Duration // since the scenario's start
	seq  uint64        // breaks ties in the order of scheduling
	run  func()
	item *Item
}

// agenda is a binary heap of what is due, earliest first.
type agenda struct {
	heap []entry
	seq  uint64
}

func (a *agenda) before(i, j int) bool {
	x, y := &a.heap[i], &a.heap[j]
	return x.at < y.at || x.at == y.at && x.seq < y.seq
}

func (a *agenda) push(e entry) {
	a.seq++
	e.seq = a.seq
	a.heap = append(a.heap, e)
	for i := len(a.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !a.before(i, up) {
			return
		}
		a.heap[i], a.heap[up] = a.heap[up], a.heap[i]
		i = up
	}
}

func (a *agenda) pop() (entry, bool) {
	if len(a.heap) == 0 {
		return entry{}, false
	}
	top := a.heap[0]
	last := len(a.heap) - 1
	a.heap[0] = a.heap[last]
	a.heap[last] = entry{}
	a.heap = a.heap[:last]
	for i := 0; ; {
		low := 2*i + 1
		if low >= last {
			break
		}
		if right := low + 1; right < last && a.before(right, low) {
			low = right
		}
		if !a.before(low, i) {
			break
		}
		a.heap[i], a.heap[low] = a.heap[low], a.heap[i]
		i = low
	}
	return top, true
}
