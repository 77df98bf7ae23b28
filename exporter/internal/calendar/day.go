package calendar

import "slices"

// day is the hours of a date: blocks in order that neither touch nor overlap.
type day struct {
	blocks []block
	total  int64
}

// block is open from from to to, in nanoseconds of the day; before is what the
// blocks before it have.
type block struct{ from, to, before int64 }

// newDay sorts and joins valid blocks.
func newDay(blocks []Block) (d day) {
	blocks = slices.Clone(blocks)
	slices.SortFunc(blocks, func(a, b Block) int { return a.From - b.From })
	for _, b := range blocks {
		from, to := int64(b.From)*nsMinute, int64(b.To)*nsMinute
		if n := len(d.blocks); n > 0 && from <= d.blocks[n-1].to {
			d.blocks[n-1].to = max(d.blocks[n-1].to, to)
			continue
		}
		d.blocks = append(d.blocks, block{from: from, to: to})
	}
	for i := range d.blocks {
		d.blocks[i].before = d.total
		d.total += d.blocks[i].to - d.blocks[i].from
	}
	return d
}

// last gives the last block that starts at clock or before; nil for none.
func (d *day) last(clock int64) *block {
	for i := len(d.blocks) - 1; i >= 0; i-- {
		if d.blocks[i].from <= clock {
			return &d.blocks[i]
		}
	}
	return nil
}

func (d *day) open(clock int64) bool {
	b := d.last(clock)
	return b != nil && clock < b.to
}

// sum is the open time of the day before clock.
func (d *day) sum(clock int64) int64 {
	b := d.last(clock)
	if b == nil {
		return 0
	}
	return b.before + min(clock, b.to) - b.from
}

// until gives how long from clock on the day is in state open: clock itself
// where it is not at all, nsDay where it is to its end.
func (d *day) until(clock int64, open bool) int64 {
	for i := range d.blocks {
		b := &d.blocks[i]
		switch {
		case b.to <= clock:
		case clock < b.from:
			if open {
				return clock
			}
			return b.from
		case open:
			return b.to
		default:
			return clock
		}
	}
	if open {
		return clock
	}
	return nsDay
}

// since gives since when, up to clock, the day is in state open: clock itself
// where it was not just before, 0 where it was from its beginning.
func (d *day) since(clock int64, open bool) int64 {
	for i := len(d.blocks) - 1; i >= 0; i-- {
		b := &d.blocks[i]
		switch {
		case clock <= b.from:
		case b.to < clock:
			if open {
				return clock
			}
			return b.to
		case open:
			return b.from
		default:
			return clock
		}
	}
	if open {
		return clock
	}
	return 0
}
