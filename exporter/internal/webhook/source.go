package webhook

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/time/rate"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/threads"
)

// table is what the configuration says about sources, made for look-ups. It is
// never changed after it was made.
type table struct {
	sources map[string]*source
	// proxies by phone number id, openProxy for any other id.
	proxies   map[string]*source
	openProxy *source
}

type source struct {
	Source
	channels set
	inboxes  set
	limiter  *rate.Limiter
	keepRate *rate.Limiter
	proxy    *proxy
	metrics  *sourceMetrics
	// threads is nil where the provider's events need no memory. It outlives a
	// reload.
	threads    *threads.Source
	giveUpRate *rate.Limiter
}

type set map[string]struct{}

func newSet(names []string) set {
	s := make(set, len(names))
	for _, name := range names {
		s[name] = struct{}{}
	}
	return s
}

func (s set) has(name string) bool { _, ok := s[name]; return ok }

func (s *Server) newTable(sources []Source) (*table, error) {
	t := &table{sources: make(map[string]*source, len(sources)), proxies: make(map[string]*source)}
	for _, configured := range sources {
		src, err := s.newSource(configured)
		if err != nil {
			return nil, fmt.Errorf("webhook source %q: %w", configured.Name, err)
		}
		if t.sources[src.Name] != nil {
			return nil, fmt.Errorf("webhook source %q: is configured twice", src.Name)
		}
		t.sources[src.Name] = src
		if src.proxy == nil {
			continue
		}
		if err := t.addProxy(src); err != nil {
			return nil, fmt.Errorf("webhook source %q: %w", src.Name, err)
		}
	}
	return t, nil
}

func (s *Server) newSource(configured Source) (*source, error) {
	if configured.Name == "" {
		return nil, errors.New("has no name")
	}
	if configured.Adapter == nil {
		return nil, errors.New("has no adapter")
	}
	configured.MalformedStatus = cmp.Or(configured.MalformedStatus, http.StatusBadRequest)
	configured.UnauthorizedStatus = cmp.Or(configured.UnauthorizedStatus, http.StatusUnauthorized)
	for name, status := range map[string]int{"malformed": configured.MalformedStatus, "unauthorized": configured.UnauthorizedStatus} {
		if status < 200 || status > 599 {
			return nil, fmt.Errorf("%s status %d is not between 200 and 599", name, status)
		}
	}
	if len(configured.Channels) == 0 {
		configured.Channels = []string{provider.WhatsApp}
	}
	src := &source{
		Source:   configured,
		channels: newSet(configured.Channels),
		inboxes:  newSet(configured.Inboxes),
		metrics:  s.metrics.source(configured.Name),
		// The rejected log keeps the newest 100 of a source: copying more
		// than a few a second only wears the disk.
		keepRate: rate.NewLimiter(20, 200),
	}
	if configured.Remembers {
		src.threads, src.giveUpRate = s.memory.Source(configured.Name), newGiveUpRate()
	}
	if s.opts.RatePerSecond > 0 {
		src.limiter = rate.NewLimiter(rate.Limit(s.opts.RatePerSecond), s.opts.Burst)
	}
	if configured.Proxy != nil {
		var err error
		if src.proxy, err = newProxy(configured.Proxy); err != nil {
			return nil, fmt.Errorf("send proxy: %w", err)
		}
	}
	return src, nil
}

// addProxy refuses what would leave open which source sends for a number.
func (t *table) addProxy(src *source) error {
	if len(src.Inboxes) == 0 {
		if t.openProxy != nil {
			return fmt.Errorf("send proxy: source %q sends for every number already; list the inboxes of each", t.openProxy.Name)
		}
		t.openProxy = src
	}
	for _, id := range src.Inboxes {
		if other := t.proxies[id]; other != nil && other != src {
			return fmt.Errorf("send proxy: inbox %s belongs to source %q too", id, other.Name)
		}
		t.proxies[id] = src
	}
	return nil
}

func (t *table) proxyFor(phoneNumberID string) *source {
	if src := t.proxies[phoneNumberID]; src != nil {
		return src
	}
	return t.openProxy
}

func (t *table) closeIdle() {
	for _, src := range t.sources {
		if src.proxy != nil {
			src.proxy.client.CloseIdleConnections()
		}
	}
}

// tally is what one request contributes to the event counters.
type tally struct {
	kinds                                                     [len(event.Kinds)]int
	otherChannel, otherInbox, noMessage, noThread, sameThread int
}

// allows tells whether an inbox is on the allow-list; an event that names none
// is let in.
func (src *source) allows(inbox string) bool {
	return len(src.inboxes) == 0 || inbox == "" || src.inboxes.has(inbox)
}

// only is the inbox of a source that has just one, else empty.
func (src *source) only() string {
	if len(src.Inboxes) == 1 {
		return src.Inboxes[0]
	}
	return ""
}

// filter keeps what counts, in place and in order, and stamps it with the
// source and the receive time. An event without a channel is on WhatsApp;
// presence belongs to no inbox, and a change of the line may name the number in
// another way than messages do (Meta: as it is displayed). Events of a thread
// that does not say whose it is, or where, go to unknown, if that is not nil.
func (src *source) filter(events []event.Event, received time.Time, t *tally, unknown *[]event.Event) []event.Event {
	kept := 0
	for i := range events {
		ev := &events[i]
		if ev.Channel == provider.WhatsApp {
			ev.Channel = ""
		}
		ofThread := threads.OfThread(ev)
		switch {
		case ev.Channel == "" && !src.channels.has(provider.WhatsApp), ev.Channel != "" && !src.channels.has(ev.Channel):
			t.otherChannel++
			continue
		case ofThread && !src.allows(ev.Inbox):
			t.otherInbox++
			continue
		case ev.NoMessage():
			t.noMessage++
			continue
		case ofThread && unknown != nil && !threads.Complete(ev):
			*unknown = append(*unknown, *ev)
			continue
		case src.threads != nil && src.threads.SelfMerge(ev):
			t.sameThread++
			continue
		}
		ev.Source, ev.Received = src.Name, received
		if int(ev.Kind) < len(t.kinds) {
			t.kinds[ev.Kind]++
		}
		if kept != i {
			events[kept] = *ev
		}
		kept++
	}
	return events[:kept]
}
