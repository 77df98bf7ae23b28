package recount

import "time"

const (
	quarter = 15 * time.Minute
	// keptHours is for how long it is known when customers came.
	keptHours = 13 * 7 * 24 * time.Hour
)

// came is something that happened at a place, which has labels.
type came struct {
	labels []string
	at     time.Time
	opened bool
}

// comes notes that something happened, unless it is too old or too new.
func (r *recount) comes(at time.Time, opened bool, labels []string) {
	if at.Before(r.now.Add(-keptHours)) || at.After(r.now.Add(24*time.Hour)) {
		return
	}
	r.came = append(r.came, came{labels[:6:6], at, opened})
}

// typical is the mean of the openings in the same hour of the weekday in the last
// four weeks, by the clock of the calendar, each quarter of an hour by itself.
// Weeks before anything happened, and without such an hour, are left out.
func (r *recount) typical() {
	since := map[string]time.Time{}
	places := map[string][]string{}
	for _, c := range r.came {
		series := Series("helpdesk_opened_typical", c.labels...)
		if first, ok := since[series]; !ok || c.at.Before(first) {
			since[series] = c.at
		}
		places[series] = c.labels
	}
	for series, first := range since {
		first = first.Truncate(quarter)
		if oldest := r.now.Add(-keptHours); first.Before(oldest) {
			first = oldest
		}
		zone := time.UTC
		// labels are source, its value, inbox, its value, team, its value.
		if c := r.calendar(places[series][3], places[series][5]); c != nil {
			zone = c.zone
		}
		now := r.now.In(zone)
		sum, weeks := 0.0, 0
		for week := 1; week <= 4; week++ {
			date := time.Date(now.Year(), now.Month(), now.Day()-7*week, 12, 0, 0, 0, zone).Format(time.DateOnly)
			var quarters []time.Time
			about := r.now.Add(-time.Duration(week) * 7 * 24 * time.Hour).Truncate(quarter)
			for q := about.Add(-48 * time.Hour); q.Before(about.Add(48 * time.Hour)); q = q.Add(quarter) {
				if l := q.In(zone); l.Format(time.DateOnly) == date && l.Hour() == now.Hour() {
					quarters = append(quarters, q)
				}
			}
			if len(quarters) == 0 || quarters[0].Before(first) {
				continue
			}
			weeks++
			n := 0
			for _, c := range r.came {
				for _, q := range quarters {
					if c.opened && Series("helpdesk_opened_typical", c.labels...) == series && c.at.Truncate(quarter).Equal(q) {
						n++
					}
				}
			}
			sum += float64(n) * 4 / float64(len(quarters))
		}
		if weeks > 0 {
			r.totals[series] = sum / float64(weeks)
		}
	}
}
