package simulate

import (
	"fmt"
	"math"
	"time"
)

// person is a customer: everything about one follows from the number.
type person struct {
	n     uint64
	key   uint64
	phone string
	// bsuid is the business-scoped user id by which Meta knows the person.
	bsuid string
	name  string
	lang  language
	// byName people hide their phone until they give it.
	byName bool
}

// phoneBase begins a range that is kept for examples: +55 11 9 0000-0000 on.
const phoneBase = 5511900000000

var firstNames = [...]string{
	"Ana", "Bruno", "Carla", "Diego", "Elisa", "Fábio", "Gabi", "Hugo", "Inês", "João", "Karen", "Lucas",
	"Marta", "Nico", "Olga", "Paulo", "Rita", "Sofia", "Tiago", "Vera", "Alex", "Eva", "Luis", "Emma",
}

func (s *Scenario) person(n uint64) person {
	h := mix(n ^ mix(s.opts.Seed))
	p := person{
		n: n, key: mix(h ^ n),
		phone: fmt.Sprintf("%d", phoneBase+n),
		bsuid: fmt.Sprintf("BR.1%019d", n),
		name:  firstNames[h%uint64(len(firstNames))],
	}
	l := s.opts.Languages
	switch x := share(mix(h+1)) * (l.Portuguese + l.Spanish + l.English); {
	case x < l.Portuguese:
		p.lang = portuguese
	case x < l.Portuguese+l.Spanish:
		p.lang = spanish
	default:
		p.lang = english
	}
	p.byName = !s.opts.Without.Links && share(mix(h+2)) < 0.05
	return p
}

// stranger is somebody who is not in a conversation; false where everybody
// that was tried is.
func (s *Scenario) stranger() (person, bool) {
	for range 8 {
		n := 1 + s.rng.Uint64N(s.contacts)
		if s.talking[n] == nil {
			return s.person(n), true
		}
	}
	return person{}, false
}

// hourly is how many conversations begin in each local hour, in parts of the
// day's: a hump at lunch and a higher one in the evening.
var hourly = func() (h [25]float64) {
	h = [25]float64{
		0.6, 0.3, 0.2, 0.1, 0.1, 0.2, 0.6, 1.6, 3.4, 5.0, 6.0, 7.2,
		8.6, 7.4, 5.6, 5.0, 5.2, 6.2, 8.4, 10.4, 9.4, 6.6, 3.6, 1.6,
	}
	h[24] = h[0]
	return h
}()

var (
	hourlySum = func() (sum float64) {
		for _, h := range hourly[:24] {
			sum += h
		}
		return sum
	}()
	hourlyMax = func() (top float64) {
		for _, h := range hourly {
			top = max(top, h)
		}
		return top
	}()
)

// weekly scales the days, Sunday first.
var weekly = [7]float64{0.55, 1.08, 1.02, 1, 1, 1.05, 0.8}

// demand is how many conversations begin per hour at a moment, in parts of an
// average working day's.
func (s *Scenario) demand(at time.Duration) float64 {
	t := s.clock(at)
	h := t.Hour()
	part := (float64(t.Minute()) + float64(t.Second())/60) / 60
	// The values stand for the middle of their hours.
	from, to := h, h+1
	if part -= 0.5; part < 0 {
		from, to, part = (h+23)%24, h, part+1
	}
	return (hourly[from]*(1-part) + hourly[to]*part) / hourlySum * weekly[t.Weekday()]
}

// openDoors starts the stream of customers: a Poisson process of the highest
// rate that ever occurs, thinned out to the rate of the moment.
func (s *Scenario) openDoors() {
	top := hourlyMax / hourlySum * weekly[1]
	perHour := s.opts.Conversations * s.opts.Rate * top
	gap := time.Duration(math.Max(1, float64(time.Hour)/perHour))
	var ring func()
	ring = func() {
		s.after(s.rng.exponential(gap), ring)
		if s.rng.chance(s.demand(s.now) / top) {
			if p, ok := s.stranger(); ok {
				s.begin(p, story{})
			}
		}
	}
	s.after(s.rng.exponential(gap), ring)
}
