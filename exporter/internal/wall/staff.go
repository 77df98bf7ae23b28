package wall

import (
	"math"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// staffStates are the values of the label state, by measure's indexes.
var staffStates = [...]string{
	measure.AgentAvailable: "available", measure.AgentBusy: "busy", measure.AgentAway: "away", measure.AgentOffline: "offline",
}

// freshFor is how long after a look at the agents' time another one tells what
// they do now: a page that is open looks more often.
const freshFor = 3 * refreshSeconds * time.Second

// staff is what all agents do. The state shows the time that they spent; what
// they do now is how it grew since the page was last looked at.
type staff struct {
	received time.Time
	// awake: somebody is not offline. The time grows each second then.
	awake bool
	// agents is how many are known, 0 where the state does not tell; seconds how long they were in each state.
	agents  int
	seconds [len(staffStates)]float64

	// known: now says how many are in each state.
	known bool
	now   [len(staffStates)]int
}

// add counts a series, of which an agent has one a state.
func (s *staff) add(state string, seconds float64) {
	for i, name := range staffStates {
		if name == state {
			s.seconds[i] += seconds
		}
	}
}

// since tells what the agents do from what they did at an earlier look.
func (s *staff) since(before *staff) {
	elapsed := s.received.Sub(before.received)
	switch {
	case !s.awake && s.agents > 0:
		s.known, s.now = true, [len(staffStates)]int{measure.AgentOffline: s.agents}
	case elapsed == 0:
		s.known, s.now = before.known, before.now
	case elapsed > 0 && elapsed <= freshFor:
		s.known = true
		s.divide(before, elapsed.Seconds())
	}
}

// divide rounds the mean numbers in each state so that they add up to the
// agents that there are: the largest remainders are rounded up.
func (s *staff) divide(before *staff, elapsed float64) {
	var rest [len(staffStates)]float64
	all, whole := 0.0, 0
	for i := range rest {
		mean := max(0, s.seconds[i]-before.seconds[i]) / elapsed
		s.now[i] = int(mean)
		rest[i] = mean - math.Floor(mean)
		all += mean
		whole += s.now[i]
	}
	for n := int(math.Round(all)) - whole; n > 0; n-- {
		most := 0
		for i := range rest {
			if rest[i] > rest[most] {
				most = i
			}
		}
		s.now[most]++
		rest[most] = -1
	}
}
