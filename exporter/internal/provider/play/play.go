// Package play holds what the writers have in common that play a vendor for
// simulations and tests: which events they can write, how the vendor numbers
// what canonical events name, and that it knows a customer by several ids.
package play

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// Field is one that a writer cannot do without; several are a sum of them.
type Field uint8

// Fields, in the order in which they are missed.
const (
	Inbox Field = 1 << iota
	Contact
	Agent
	ID
	Time
)

// Need tells which of the fields events[i] lacks; its error wraps
// provider.ErrEvent.
func Need(events []event.Event, i int, fields Field) error {
	e := &events[i]
	for _, f := range [...]struct {
		field   Field
		name    string
		missing bool
	}{
		{Inbox, "inbox", e.Inbox == ""}, {Contact, "contact", e.Contact == ""}, {Agent, "agent.id", e.Agent.ID == ""},
		{ID, "id", e.ID == ""}, {Time, "time", e.Time.IsZero()},
	} {
		if f.missing && fields&f.field != 0 {
			return fmt.Errorf("event %d of %d, %s: %w: %s is missing", i+1, len(events), e.Kind, provider.ErrEvent, f.name)
		}
	}
	return nil
}

// Known are a vendor's customers by each of their ids.
type Known[T any] map[string]*T

// Of gives the customer of an event, a new one where nobody is known by its
// contact or its alias, and makes the two ids one customer's.
func (k Known[T]) Of(e *event.Event, made func() *T) *T {
	c := k[e.Contact]
	if c == nil && e.Alias != "" {
		c = k[e.Alias]
	}
	if c == nil {
		c = made()
	}
	for _, id := range [...]string{e.Contact, e.Alias} {
		if id != "" {
			k[id] = c
		}
	}
	return c
}

// Phone is the phone among an event's contact and alias, the alias first, with
// a plus; "" where neither is one.
func Phone(e *event.Event) string {
	for _, id := range [...]string{e.Alias, e.Contact} {
		if IsPhone(id) {
			return "+" + strings.TrimPrefix(id, "+")
		}
	}
	return ""
}

// IsPhone tells phones, of 7 to 15 digits (E.164 allows 15), from other ids.
func IsPhone(id string) bool {
	digits := strings.TrimPrefix(id, "+")
	return len(digits) >= 7 && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
}

// Numeric makes up the number below upTo by which a vendor would know
// something; what is a number already, and no phone's, stays it.
func Numeric(id string, upTo uint64) int64 {
	if n, err := strconv.ParseInt(id, 10, 64); err == nil && n > 0 && !IsPhone(id) {
		return n
	}
	h := fnv.New64a()
	h.Write([]byte(id))
	return int64(upTo/10 + h.Sum64()%(upTo-upTo/10))
}
