package chatwoot

import (
	"hash/fnv"
	"strconv"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// requestType reads the configured custom attribute, where it has changed.
func (r *reader) requestType() {
	if typ := r.attribute(r.rules.typeAttribute); len(typ) > 0 {
		r.add(event.ConversationLabeled, "type", r.base.Conversation, r.stamp).RequestType = r.keeper.Keep(wire.Cut(typ, wire.MaxName))
	}
}

// attribute gives a custom attribute that has changed, nil where it has not.
func (r *reader) attribute(name string) []byte {
	if name == "" {
		return nil
	}
	c := r.change("custom_attributes")
	current, previous := value(wire.Object(c, "current_value"), name), value(wire.Object(c, "previous_value"), name)
	if string(current) == string(previous) {
		return nil
	}
	return current
}

// maxLabels bounds what one event says.
const maxLabels = 100

// labels reads those that were added.
func (r *reader) labels() {
	c := r.change("label_list")
	if c == nil {
		return
	}
	current := wire.List(c, "current_value")
	if current == nil {
		current = wire.List(r.conv, "labels")
	}
	before := make(map[string]bool)
	for _, v := range wire.List(c, "previous_value") {
		b, _ := v.StringBytes()
		before[string(b)] = true
	}
	var added []string
	sum := fnv.New64a()
	for _, v := range current {
		b, _ := v.StringBytes()
		if len(b) == 0 || len(b) > wire.MaxName || before[string(b)] || len(added) == maxLabels {
			continue
		}
		added = append(added, r.keeper.Keep(b))
		sum.Write(b)
		sum.Write([]byte{0})
	}
	if len(added) == 0 {
		r.ignore(ignoredLabel)
		return
	}
	// Not every version dates the conversation anew for a label.
	var buf [16]byte
	e := r.add(event.ConversationLabeled, "labels", r.base.Conversation, r.stamp)
	e.ID = r.keeper.Join(e.ID, ":", r.keeper.Keep(strconv.AppendUint(buf[:0], sum.Sum64(), 16)))
	e.Labels = added
}
