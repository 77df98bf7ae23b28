package recount

import "time"

// trigger is decided by the first message of the customer or ours.
func (c *conversation) trigger(reopenWindow time.Duration) string {
	for _, e := range c.log {
		if e.isOurs() {
			return "outbound"
		}
		if e.kind == customerWrote {
			if !c.reopened.IsZero() && e.at.Sub(c.reopened) <= reopenWindow {
				return "reopen"
			}
			return "inbound"
		}
	}
	return "outbound"
}

// requestType is the last one the provider gave, or the text; once it is decided
// without either, that of a greeting if there was one.
func (c *conversation) requestType() string {
	t := otherType
	if c.once["type"] && c.count(greeted) > 0 {
		t = greetingType
	}
	for _, e := range c.log {
		if e.kind == labelled {
			t = e.name
		}
	}
	return t
}

// team is the inbox's until an assignment names one, or a human who has one
// writes while nobody is assigned; an assignment without a team changes none.
func (c *conversation) team() string {
	agent, team := "", c.inbox.Team
	for _, e := range c.log {
		switch e.kind {
		case assigned, handedOff:
			if e.team != "" {
				team = e.team
			}
			if e.kind == assigned {
				agent = e.agent
			}
		case unassigned:
			agent = ""
		case humanWrote:
			if agent == "" && e.team != "" {
				team = e.team
			}
		}
	}
	return team
}

// assignee is the agent to whom it is assigned, "" for none.
func (c *conversation) assignee() (agent string) {
	for _, e := range c.log {
		if e.kind == assigned || e.kind == unassigned {
			agent = e.agent
		}
	}
	return agent
}

// agent is the assigned one, else the last human sender that is known.
func (c *conversation) agent() string {
	agent := c.assignee()
	for i := len(c.log) - 1; i >= 0 && agent == ""; i-- {
		if c.log[i].kind == humanWrote {
			agent = c.log[i].agent
		}
	}
	return agent
}

// responsible is the agent who has it while humans do.
func (c *conversation) responsible() string {
	if c.owner() == bot {
		return ""
	}
	return c.agent()
}

// oneTouch: not reopened, never pending, and the human messages are one run.
func (c *conversation) oneTouch(reopenWindow time.Duration) string {
	runs, inRun := 0, false
	for _, e := range c.log {
		switch {
		case e.kind == humanWrote && !inRun:
			runs, inRun = runs+1, true
		case e.kind == customerWrote && !e.closing:
			inRun = false
		}
	}
	if runs == 1 && c.count(setPending) == 0 && c.trigger(reopenWindow) != "reopen" {
		return "true"
	}
	return "false"
}
