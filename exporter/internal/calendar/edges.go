package calendar

// Both searches go from day to day, each day read with the offset that holds
// then. A week that is neither all open nor all closed has an edge at its next
// ordinary day or two; otherwise only holidays have, and the days between them
// are skipped. So both arrive, however far the edge is.

// end gives the end of the stretch of one state around at, Max where it has
// none.
func (c *Calendar) end(at int64) int64 {
	if c.uniform && len(c.holidays) == 0 {
		return Max
	}
	open := c.Open(at)
	for i := c.at(at); i < len(c.zone); i++ {
		bound := Max
		if i+1 < len(c.zone) {
			bound = c.zone[i+1].start
		}
		date, clock := c.zone[i].local(at)
		for {
			until := c.on(date).until(clock, open)
			if uint64(until-clock) >= uint64(bound)-uint64(at) {
				break
			}
			at += until - clock
			if until < nsDay {
				return at
			}
			date, clock = date+1, 0
			days := c.ahead(date, open)
			if uint64(days) >= (uint64(bound)-uint64(at))/uint64(nsDay)+1 {
				break
			}
			date, at = date+days, at+days*nsDay
		}
		at = bound
	}
	return Max
}

// start gives the start of the stretch of one state around at, Min where it has
// none.
func (c *Calendar) start(at int64) int64 {
	if c.uniform && len(c.holidays) == 0 {
		return Min
	}
	open := c.Open(at)
	for i := c.at(at); i >= 0; i-- {
		bound := c.zone[i].start
		date, clock := c.zone[i].local(at)
		for {
			if clock == 0 {
				date, clock = date-1, nsDay
				days := c.behind(date, open)
				if uint64(days) >= (uint64(at)-uint64(bound))/uint64(nsDay)+1 {
					break
				}
				date, at = date-days, at-days*nsDay
			}
			since := c.on(date).since(clock, open)
			if uint64(clock-since) >= uint64(at)-uint64(bound) {
				break
			}
			at -= clock - since
			if since > 0 {
				return at
			}
			clock = 0
		}
		at = bound
	}
	return Min
}

// ahead gives how many days from date on are in state open for certain, because
// every day is but holidays; Max where no holiday comes.
func (c *Calendar) ahead(date int64, open bool) int64 {
	if !c.uniform || c.days[0].open(0) != open {
		return 0
	}
	if i := c.holiday(date); i < len(c.holidays) {
		return c.holidays[i].date - date
	}
	return Max
}

// behind is ahead for the days up to and with date.
func (c *Calendar) behind(date int64, open bool) int64 {
	if !c.uniform || c.days[0].open(0) != open {
		return 0
	}
	if i := c.holiday(date + 1); i > 0 {
		return date - c.holidays[i-1].date
	}
	return Max
}
