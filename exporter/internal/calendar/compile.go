package calendar

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
	_ "time/tzdata" // zones for machines without zone data
)

// Block is a stretch of the local day in minutes from midnight, [From, To):
// 0 <= From < To <= 1440.
type Block struct{ From, To int }

// MinutesOfDay is the latest end of a block.
const MinutesOfDay = 24 * 60

// Spec is what a calendar is made of.
type Spec struct {
	// Zone is a name of the IANA list ("America/Sao_Paulo", "UTC").
	Zone string
	// Weekly are the hours of each weekday, by time.Weekday. Blocks may stand
	// in any order; those that overlap or touch are one.
	Weekly [7][]Block
	// Holidays are dates (2006-01-02) with hours of their own; without any
	// block they are closed.
	Holidays map[string][]Block
}

// Errors of Compile; it joins all that it finds.
var (
	ErrZone = errors.New("unknown time zone")
	ErrDate = errors.New("not a date")
	// ErrBlock: a block's minutes are out of range or in the wrong order.
	ErrBlock = errors.New("not opening hours")
)

// Compile makes a calendar, which does not alias spec.
func Compile(spec Spec) (*Calendar, error) {
	c := &Calendar{}
	zone, err := loadZone(spec.Zone)
	errs := []error{err}
	for i, blocks := range spec.Weekly {
		errs = append(errs, check(time.Weekday(i).String(), blocks))
	}
	for _, name := range slices.Sorted(maps.Keys(spec.Holidays)) {
		t, err := time.Parse(time.DateOnly, name)
		if err != nil {
			errs = append(errs, fmt.Errorf("holiday %q: %w: write it as 2006-01-02 and let it exist", name, ErrDate))
		}
		errs = append(errs, check("holiday "+name, spec.Holidays[name]))
		c.holidays = append(c.holidays, holiday{date: t.Unix() / int64(nsDay/int64(time.Second))})
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	c.setWeek(&spec)
	c.setHolidays(&spec)
	c.setZone(zone)
	return c, nil
}

func loadZone(name string) (*time.Location, error) {
	switch name {
	case "":
		return nil, fmt.Errorf("%w: none is named, write one of the IANA list such as America/Sao_Paulo, or UTC", ErrZone)
	case "Local":
		return nil, fmt.Errorf("%w: Local is another one on each machine, write one of the IANA list such as America/Sao_Paulo, or UTC", ErrZone)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%w %q: write one of the IANA list such as America/Sao_Paulo, or UTC", ErrZone, name)
	}
	return zone, nil
}

func check(name string, blocks []Block) error {
	var errs []error
	for _, b := range blocks {
		switch {
		case b.From < 0 || b.To > MinutesOfDay:
			errs = append(errs, fmt.Errorf("%s: %w: minutes %d to %d are not all within 0 to %d", name, ErrBlock, b.From, b.To, MinutesOfDay))
		case b.To <= b.From:
			errs = append(errs, fmt.Errorf("%s: %w: %s to %s does not end after it starts; hours after midnight are the next day's",
				name, ErrBlock, clockTime(b.From), clockTime(b.To)))
		}
	}
	return errors.Join(errs...)
}

// clockTime writes minutes of the day as a clock does.
func clockTime(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

func (c *Calendar) setWeek(spec *Spec) {
	for i, blocks := range spec.Weekly {
		c.days[i] = newDay(blocks)
		c.before[i] = c.week
		c.week += c.days[i].total
	}
	c.uniform = c.week == 0 || c.week == 7*nsDay
}

// setHolidays fills in what stands on the dates, which are in order: the names
// of dates sort like them.
func (c *Calendar) setHolidays(spec *Spec) {
	var extra int64
	for i, name := range slices.Sorted(maps.Keys(spec.Holidays)) {
		h := &c.holidays[i]
		h.day = newDay(spec.Holidays[name])
		_, weekday := week(h.date)
		extra += h.day.total - c.days[weekday].total
		h.extra = extra
	}
}

func (c *Calendar) setZone(zone *time.Location) {
	c.location = zone
	c.zone = stretches(zone)
	for i := 1; i < len(c.zone); i++ {
		s, last := &c.zone[i], &c.zone[i-1]
		s.shift = last.shift + c.sumLocal(last.local(s.start)) - c.sumLocal(s.local(s.start))
	}
}
