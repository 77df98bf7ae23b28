package transcript

import m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"

// recentEntries is how many of the last entries are remembered for those who
// follow along, some 3 MB.
const recentEntries = 1 << 16

// Recent is an entry that came a moment ago.
type Recent struct {
	Entry
	ID m.ConversationID
}

// ring holds the last entries. It is no part of snapshots.
type ring struct {
	list []Recent
	// all is how many there ever were.
	all uint64
}

func (g *ring) add(r Recent) {
	if len(g.list) < recentEntries {
		g.list = append(g.list, r)
	} else {
		g.list[g.all%recentEntries] = r
	}
	g.all++
}

// Recent appends to dst what came after mark, at most max entries, the oldest
// first. next is the mark to go on with, lost how many are not remembered any
// more. The mark of the beginning is 0.
func (x *Index) Recent(dst []Recent, mark uint64, max int) (list []Recent, next, lost uint64) {
	g := &x.recent
	first := g.all - uint64(len(g.list))
	switch {
	case mark > g.all: // of another process
		mark = g.all
	case mark < first:
		lost, mark = first-mark, first
	}
	for ; mark < g.all && max > 0; mark, max = mark+1, max-1 {
		dst = append(dst, g.list[mark%recentEntries])
	}
	return dst, mark, lost
}

// Mark is the mark of what comes next.
func (x *Index) Mark() uint64 { return x.recent.all }
