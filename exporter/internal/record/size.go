package record

import "google.golang.org/protobuf/encoding/protowire"

const (
	// CommitOverhead and BatchOverhead are upper bounds of what a commit and
	// a batch take beside events and configuration.
	CommitOverhead = 8
	BatchOverhead  = 24

	// Tags take one byte up to field 15, two above.
	sizeShort = 1
	sizeLong  = 2
	sizeInt   = 10
	sizeFixed = 8
	sizeSmall = 2 // a varint of 8 bits
)

// SizeEvent is an upper bound of what e takes in a commit, whatever the events
// beside it.
func SizeEvent(e *Event) int {
	n := sizeShort + 4 + // the event as a field of its batch, below 256 MiB
		sizeShort + sizeFixed + // dedup
		sizeShort + sizeInt + // time
		4*(sizeShort+sizeSmall) + 1 + // kind, actor, message_type, flags
		sizeString(sizeLong, e.Source) + sizeString(sizeLong, e.Inbox)
	if e.Contact != (Key{}) {
		n += sizeShort + 1 + len(e.Contact)
	}
	if e.Alias != (Key{}) {
		n += sizeLong + 1 + len(e.Alias)
	}
	if e.Message != 0 {
		n += sizeShort + sizeFixed
	}
	if e.Into != 0 {
		n += sizeLong + sizeFixed
	}
	if len(e.Sealed) > 0 {
		n += sizeShort + protowire.SizeBytes(len(e.Sealed))
	}
	if e.KeyRef != (KeyRef{}) {
		n += sizeShort + 5 + sizeShort + sizeInt
	}
	if e.Agent != (Agent{}) {
		n += sizeString(sizeShort, e.Agent.ID) + sizeString(sizeShort, e.Agent.Team) + sizeString(sizeShort, e.Agent.Name) +
			sizeShort + 5
	}
	// The rest is rare; a message has none of it.
	if e.Derived || e.HasScore {
		n += 2 * (sizeLong + 1)
	}
	if e.Status != 0 || e.State != 0 || e.Survey != 0 || e.Consent != 0 || e.LineRestricts != 0 {
		n += 5 * (sizeLong + sizeSmall)
	}
	if e.Score != 0 || e.Scale != 0 {
		n += 2 * (sizeLong + sizeFixed)
	}
	if e.Traits != 0 {
		n += sizeLong + sizeFixed
	}
	for _, l := range e.Labels {
		n += sizeLong + protowire.SizeBytes(len(l))
	}
	return n + sizeString(sizeLong, e.Error) + sizeString(sizeLong, e.RequestType) + sizeString(sizeLong, e.Reason) +
		sizeString(sizeLong, e.LineEvent) + sizeString(sizeLong, e.LineState) +
		sizeString(sizeLong, e.TemplateName) + sizeString(sizeLong, e.TemplateCategory) +
		sizeString(sizeLong, e.Segment) + sizeBytes(sizeLong, e.Signature)
}

// SizeCommit is an upper bound of what c takes.
func SizeCommit(c *Commit) int {
	n := CommitOverhead
	for i := range c.Batches {
		b := &c.Batches[i]
		n += BatchOverhead + protowire.SizeBytes(len(b.Config))
		for j := range b.Events {
			n += SizeEvent(&b.Events[j])
		}
	}
	return n
}

func sizeBytes(tag int, b []byte) int {
	if len(b) == 0 {
		return 0
	}
	return tag + protowire.SizeBytes(len(b))
}

func sizeString(tag int, s string) int {
	if s == "" {
		return 0
	}
	return tag + protowire.SizeBytes(len(s))
}
