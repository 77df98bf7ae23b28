package wall

import (
	"math"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// goal is a share beside its target.
func (p *page) goal(name, what, definition string, s share, target float64) fact {
	f := fact{Name: name, What: what, Definition: definition, Value: plain(p.percent(s.part, s.of))}
	if s.of > 0 {
		f.Goal = judge(float64(s.part)/float64(s.of), target, 1)
	}
	return f
}

// against are the arguments of messages that name the part, the whole and the
// target.
func (p *page) against(s share, target float64) []any {
	return []any{p.number(s.part), p.number(s.of), p.target(target)}
}

// busy is how much of their time agents were busy.
func (p *page) busy(f *figures) fact {
	worked := f.busy + f.available
	out := fact{
		Name: p.text("busy"), What: p.text("busy.what", p.target(f.busyMin), p.target(f.busyMax)),
		Definition: p.text("busy.def"), Value: plain(none),
	}
	if worked > 0 {
		out.Value = plain(p.percent(int(f.busy), int(worked)))
		out.Goal = judge(f.busy/worked, f.busyMin, f.busyMax)
	}
	return out
}

// agents is what they do now.
func (p *page) agents(s *staff) fact {
	out := fact{Name: p.text("agents"), What: p.text("agents.unknown"), Definition: p.text("agents.def"), Value: plain(none)}
	if s.known {
		busy, available, away := s.now[measure.AgentBusy], s.now[measure.AgentAvailable], s.now[measure.AgentAway]
		out.Value = plain(p.number(busy + available))
		out.What = p.text("agents.what", p.number(busy), p.number(available), p.number(away), p.number(s.now[measure.AgentOffline]))
	}
	return out
}

// judge tells whether a value is within its target.
func judge(value, low, high float64) *risk {
	if value < low || value > high {
		return &missed
	}
	return &met
}

// target writes a share of 1 as it was configured: without decimals that it
// does not have.
func (l language) target(share float64) string {
	tenths := int(math.Round(share * 1000))
	if tenths%10 == 0 {
		return l.number(tenths/10) + "%"
	}
	return l.percent(tenths, 1000)
}
