// Package simulate makes believable helpdesk days: canonical events of
// customers, a bot and agents with shifts, deterministic for a seed, and a
// Sender that posts them as a vendor's signed webhooks.
//
// A Scenario is a small discrete-event simulation. It keeps only the
// conversations in progress, reads no clock and is not safe for concurrent
// use. The people in it are invented: first names, phone numbers of a range
// that nobody holds. It never reads what an exporter made of its events.
package simulate

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Profile says which vendor's vocabulary the events keep to.
type Profile uint8

const (
	// ProfileHelpdesk is a helpdesk that reports everything: assignments,
	// hand-offs, resolutions, presence, notes.
	ProfileHelpdesk Profile = iota
	// ProfileMeta is the plain WhatsApp Business Cloud API: customers'
	// messages, sends with actor, agent and team but without text, statuses,
	// surveys answered in words, consent and changes of the line; times are
	// whole seconds.
	ProfileMeta
)

// Options describe a day. The zero value of each field but Start means its
// default, in brackets.
type Options struct {
	Seed uint64
	// Start is the time of the first possible event. Its location is where
	// the helpdesk stands: shifts and peaks go by it.
	Start time.Time
	// Duration after which the scenario ends, conversations in progress
	// included [never].
	Duration time.Duration
	// Conversations that customers begin on an average working day [600].
	Conversations float64
	// Rate multiplies Conversations [1].
	Rate    float64
	Profile Profile
	// Source is written by WriteNDJSON only [events].
	Source string
	// Inboxes by which customers come in, the first one by most
	// [main, shop; for ProfileMeta 300000000000001, 300000000000002].
	Inboxes []string
	// Teams share the request types: the first takes what is left over
	// [support, billing, sales; with fewer than six agents support only].
	Teams []string
	// Agents, shared out over teams and shifts [by volume, at least 3].
	Agents int
	// BotShare of conversations that the bot takes first [0.85]; below 0 none.
	BotShare float64
	// Languages customers write in [0.78, 0.12, 0.10].
	Languages Languages
	// Tidy leaves out duplicates and lateness: every event is sent once, at
	// its own time.
	Tidy bool
	// WholeSeconds cuts the times of events to the second, as many vendors do.
	WholeSeconds bool
	// Without is what this helpdesk does not do.
	Without Without
}

// Without leaves out what a vendor has no word for and what would change the
// rest of the day: whoever is never asked does not answer.
type Without struct {
	// Surveys at all, or those of kind NPS.
	Surveys, NPS bool
	// Links: customers who hide their phone and give it later.
	Links bool
	// Merges of a customer's two conversations.
	Merges bool
}

// Languages are weights; they need not add up to 1.
type Languages struct{ Portuguese, Spanish, English float64 }

// ErrOptions is wrapped by New's errors.
var ErrOptions = errors.New("simulation cannot run with these options")

// maxAgents keeps labels and the search for a free agent small; beyond it
// customers wait longer instead.
const maxAgents = 400

// Nobody can foresee more than this; it also keeps phone numbers in range.
const maxVolume = 5_000_000

func (o Options) complete() (Options, error) {
	if o.Start.IsZero() {
		return o, fmt.Errorf("%w: Start is not set", ErrOptions)
	}
	o.Start = o.Start.Round(0) // event times carry no monotonic reading
	if o.Duration < 0 {
		return o, fmt.Errorf("%w: Duration %s is negative", ErrOptions, o.Duration)
	}
	if o.Duration == 0 {
		o.Duration = math.MaxInt64
	}
	if o.Conversations == 0 {
		o.Conversations = 600
	}
	if o.Rate == 0 {
		o.Rate = 1
	}
	volume := o.Conversations * o.Rate
	if !(volume > 0 && o.Rate > 0 && volume <= maxVolume) {
		return o, fmt.Errorf("%w: %g conversations a day at rate %g; more than 0 and at most %d are possible", ErrOptions, o.Conversations, o.Rate, maxVolume)
	}
	if o.Source == "" {
		o.Source = "events"
	}
	if len(o.Inboxes) == 0 {
		o.Inboxes = []string{"main", "shop"}
		if o.Profile == ProfileMeta {
			o.Inboxes = []string{"300000000000001", "300000000000002"}
		}
	}
	if o.Agents < 0 {
		return o, fmt.Errorf("%w: %d agents", ErrOptions, o.Agents)
	}
	if o.Agents == 0 {
		o.Agents = min(max(3, int(math.Round(volume/conversationsPerAgent))), maxAgents)
	}
	if len(o.Teams) == 0 {
		o.Teams = []string{"support", "billing", "sales"}
		if o.Agents < 6 {
			o.Teams = o.Teams[:1]
		}
	}
	if o.BotShare == 0 {
		o.BotShare = 0.85
	}
	if o.BotShare > 1 || math.IsNaN(o.BotShare) {
		return o, fmt.Errorf("%w: BotShare %g is above 1", ErrOptions, o.BotShare)
	}
	l := &o.Languages
	if *l == (Languages{}) {
		*l = Languages{Portuguese: 0.78, Spanish: 0.12, English: 0.10}
	}
	if !(l.Portuguese >= 0 && l.Spanish >= 0 && l.English >= 0 && l.Portuguese+l.Spanish+l.English > 0) {
		return o, fmt.Errorf("%w: weights of languages must not be negative", ErrOptions)
	}
	return o, nil
}
