package recount

import "time"

// turn is the open turn, or how the last one ended.
type turn struct {
	open  bool
	start time.Time
	index int // of the entry that started it
	// negative is its first negative customer message; zero without.
	negative time.Time
	// answer: somebody of ours wrote in it, though the turn goes on.
	answer bool
	// last is the outcome of the turn before, "" where there was none.
	last string
}

// turn reads the log for the turns of section 3.
func (c *conversation) turn() (t turn) {
	_, after := c.owners()
	for i, e := range c.log {
		switch e.kind {
		case customerWrote:
			if e.closing {
				t = turn{last: "no_reply_needed"}
				continue
			}
			if !t.open {
				t = turn{open: true, start: e.at, index: i, last: t.last}
			}
			if e.negative && t.negative.IsZero() {
				t.negative = e.at
			}
		case humanWrote:
			if t.open {
				t = turn{last: "answered"}
			}
		case botWrote:
			if t.open && after[i] == bot {
				t = turn{last: "answered"}
			}
			t.answer = t.open
		case timerFired:
			if t.open && e.name == timerWindow {
				t = turn{last: "expired"}
			}
		}
	}
	return t
}

// clock is the headline clock of section 2: whether it runs, and since when.
func (c *conversation) clock() (start time.Time, running bool) {
	if c.once["first_response"] {
		return start, false
	}
	var customer bool
	from, after := c.owners()
	for i, e := range c.log {
		was := before(i, from, after)
		now := after[i]
		switch e.kind {
		case customerWrote:
			customer = true
			// a closing phrase needs no reply, so no clock runs for it
			if now != bot && !running && !e.closing {
				start, running = e.at, true
			}
		case handedOff, assigned:
			if was == bot && now == human && customer {
				start, running = e.at, true
			}
		case handedBack:
			running = false
		case botWrote:
			if was == queue && now == bot {
				running = false
			}
		case humanWrote:
			running = false
		}
	}
	return start, running
}

// implicitStart is where the headline clock of an implicit handoff starts: the
// earliest customer message that came after the bot's last one, else the last
// before it.
func (c *conversation) implicitStart() time.Time {
	lastBot := -1
	for i, e := range c.log {
		if e.kind == botWrote {
			lastBot = i
		}
	}
	var first time.Time
	for _, e := range c.log[lastBot+1:] {
		if e.kind == customerWrote && !e.closing && (first.IsZero() || e.at.Before(first)) {
			first = e.at
		}
	}
	if first.IsZero() {
		first, _ = c.lastCustomer()
	}
	return first
}

// assignment is the assignment that waits for its agent's first message.
func (c *conversation) assignment() (agent string, since time.Time, waits bool) {
	for _, e := range c.log {
		switch {
		case e.kind == assigned && !e.repeat:
			agent, since, waits = e.agent, e.at, e.agent != ""
		case e.kind == unassigned:
			agent, waits = "", false
		case e.kind == humanWrote && e.agent == agent:
			waits = false
		}
	}
	return agent, since, waits
}

// pauses are the stretches of pending; the last may be open (until is zero).
type pause struct{ since, until time.Time }

func (c *conversation) pauses() (list []pause) {
	pending := false
	start, after := c.owners()
	for i, e := range c.log {
		switch e.kind {
		case setPending:
			if !pending {
				pending = true
				list = append(list, pause{since: e.at})
			}
		case customerWrote, humanWrote, handedOff, assigned:
			isHandoff := before(i, start, after) == bot && after[i] == human
			if pending && (e.kind != assigned || isHandoff) {
				pending = false
				list[len(list)-1].until = e.at
			}
		}
	}
	return list
}

func (c *conversation) pending() bool {
	p := c.pauses()
	return len(p) > 0 && p[len(p)-1].until.IsZero()
}

// paused is how long the conversation was pending between from and to.
func (c *conversation) paused(from, to time.Time) (sum time.Duration) {
	for _, p := range c.pauses() {
		until := to
		if !p.until.IsZero() {
			until = earlier(p.until, to)
		}
		if d := until.Sub(later(p.since, from)); d > 0 {
			sum += d
		}
	}
	return sum
}

// fired finds a timer that fired, looking at the entries from index on.
func (c *conversation) fired(name string, from int) bool {
	for _, e := range c.log[from:] {
		if e.kind == timerFired && e.name == name {
			return true
		}
	}
	return false
}

// state of the gauge helpdesk_conversations.
func (c *conversation) state() string {
	switch {
	case c.pending():
		return "pending"
	case c.owner() == bot:
		return "bot"
	case c.turn().open:
		return "waiting"
	}
	return "answered"
}

// overTarget: beyond the resolution target and, where the source sends no
// resolve events, with a turn that is open.
func (c *conversation) overTarget() bool {
	if !c.fired(timerResolution, 0) || c.pending() {
		return false
	}
	return c.source.Resolves || c.turn().open
}

// escalations are the reasons that stand: escalated, and since then neither
// replied to nor set pending.
func (c *conversation) escalations() map[string]bool {
	standing := map[string]bool{}
	pending := false
	start, after := c.owners()
	for i, e := range c.log {
		switch e.kind {
		case escalated:
			if !pending {
				standing[e.name] = true
			}
		case setPending:
			pending = true
			clear(standing)
		case humanWrote:
			pending = false
			clear(standing)
		case botWrote:
			if after[i] == bot {
				clear(standing)
			}
		case customerWrote, handedOff:
			pending = false
		case assigned:
			if before(i, start, after) == bot && after[i] == human {
				pending = false
			}
		}
	}
	return standing
}
