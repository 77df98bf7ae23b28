package record

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// AppendCommit appends the encoding of c, which it only reads. With a dst that
// is large enough (SizeCommit) it allocates nothing.
func AppendCommit(dst []byte, c *Commit) []byte {
	dst = appendUint(dst, commitVersion, Version)
	for i := range c.Batches {
		var at int
		dst, at = open(dst, commitBatches)
		dst = appendBatch(dst, &c.Batches[i])
		dst = shut(dst, at)
	}
	return dst
}

// common is what the events of a batch share.
type common struct {
	source, inbox string
	keySeq        uint64
	received      int64
}

func commonOf(b *Batch) (c common) {
	c.received = b.Received
	if len(b.Events) == 0 {
		return c
	}
	c.source, c.inbox = b.Events[0].Source, b.Events[0].Inbox
	for i := range b.Events {
		if b.Events[i].KeyRef != (KeyRef{}) {
			c.keySeq = b.Events[i].KeyRef.Seq
			break
		}
	}
	return c
}

func appendBatch(dst []byte, b *Batch) []byte {
	c := commonOf(b)
	dst = appendUint(dst, batchKind, uint64(b.Kind))
	dst = appendFixed(dst, batchReceived, uint64(b.Received))
	dst = appendString(dst, batchSource, c.source)
	dst = appendString(dst, batchInbox, c.inbox)
	dst = appendUint(dst, batchKeySeq, c.keySeq)
	for i := range b.Events {
		var at int
		dst, at = open(dst, batchEvents)
		dst = appendEvent(dst, &b.Events[i], &c)
		dst = shut(dst, at)
	}
	return appendBytes(dst, batchConfig, b.Config)
}

func appendEvent(dst []byte, e *Event, c *common) []byte {
	dst = protowire.AppendTag(dst, eventDedup, wireFixed64)
	dst = binary.LittleEndian.AppendUint64(dst, e.Dedup)
	dst = appendInt(dst, eventTime, e.Time-c.received)
	dst = appendUint(dst, eventKind, uint64(e.Kind))
	dst = appendKey(dst, eventContact, &e.Contact)
	dst = appendUint(dst, eventActor, uint64(e.Actor))
	dst = appendFixed(dst, eventMessage, e.Message)
	dst = appendUint(dst, eventFlags, uint64(e.Flags))
	dst = appendBytes(dst, eventSealed, e.Sealed)
	if e.KeyRef != (KeyRef{}) {
		dst = appendUint(dst, eventKey, uint64(e.KeyRef.Index)+1)
		dst = appendInt(dst, eventKeySeq, int64(e.KeyRef.Seq-c.keySeq))
	}
	if e.Agent != (Agent{}) {
		dst = appendString(dst, eventAgentID, e.Agent.ID)
		dst = appendString(dst, eventAgentTeam, e.Agent.Team)
		dst = appendString(dst, eventAgentName, e.Agent.Name)
		dst = appendUint(dst, eventAgentCapacity, uint64(e.Agent.Capacity))
	}
	dst = appendUint(dst, eventMessageType, uint64(e.MessageType))
	if e.Source != c.source {
		dst = protowire.AppendTag(dst, eventSource, wireBytes)
		dst = protowire.AppendString(dst, e.Source)
	}
	if e.Inbox != c.inbox {
		dst = protowire.AppendTag(dst, eventInbox, wireBytes)
		dst = protowire.AppendString(dst, e.Inbox)
	}
	dst = appendKey(dst, eventAlias, &e.Alias)
	dst = appendBool(dst, eventDerived, e.Derived)
	dst = appendUint(dst, eventStatus, uint64(e.Status))
	dst = appendString(dst, eventError, e.Error)
	dst = appendUint(dst, eventState, uint64(e.State))
	dst = appendFixed(dst, eventScore, math.Float64bits(e.Score))
	dst = appendBool(dst, eventHasScore, e.HasScore)
	dst = appendFixed(dst, eventScale, math.Float64bits(e.Scale))
	dst = appendUint(dst, eventSurvey, uint64(e.Survey))
	dst = appendUint(dst, eventConsent, uint64(e.Consent))
	dst = appendString(dst, eventRequestType, e.RequestType)
	for _, l := range e.Labels {
		dst = protowire.AppendTag(dst, eventLabels, wireBytes)
		dst = protowire.AppendString(dst, l)
	}
	dst = appendString(dst, eventReason, e.Reason)
	dst = appendFixed(dst, eventInto, e.Into)
	dst = appendString(dst, eventLineEvent, e.LineEvent)
	dst = appendString(dst, eventLineState, e.LineState)
	dst = appendInt(dst, eventLineRestricts, int64(e.LineRestricts))
	dst = appendString(dst, eventSegment, e.Segment)
	dst = appendBytes(dst, eventSignature, e.Signature)
	dst = appendFixed(dst, eventTraits, e.Traits)
	dst = appendString(dst, eventTemplateName, e.TemplateName)
	return appendString(dst, eventTemplateCategory, e.TemplateCategory)
}

// reserved is how many bytes open leaves for the length of a message; most are
// of 128 bytes to 16 KiB.
const reserved = 2

// open begins an embedded message; shut, given at, ends it.
func open(dst []byte, num protowire.Number) ([]byte, int) {
	dst = protowire.AppendTag(dst, num, wireBytes)
	dst = append(dst, 0, 0)
	return dst, len(dst)
}

// shut writes the length of the message that began at, shifting the message
// where the length takes another number of bytes than was reserved.
func shut(dst []byte, at int) []byte {
	length := uint64(len(dst) - at)
	need := protowire.SizeVarint(length)
	switch {
	case need < reserved:
		copy(dst[at-(reserved-need):], dst[at:])
		dst = dst[:len(dst)-(reserved-need)]
	case need > reserved:
		for range need - reserved {
			dst = append(dst, 0)
		}
		copy(dst[at+need-reserved:], dst[at:])
	}
	protowire.AppendVarint(dst[:at-reserved], length)
	return dst
}

func appendUint(dst []byte, num protowire.Number, v uint64) []byte {
	if v == 0 {
		return dst
	}
	return protowire.AppendVarint(protowire.AppendTag(dst, num, wireVarint), v)
}

func appendInt(dst []byte, num protowire.Number, v int64) []byte {
	return appendUint(dst, num, protowire.EncodeZigZag(v))
}

func appendBool(dst []byte, num protowire.Number, v bool) []byte {
	if !v {
		return dst
	}
	return append(protowire.AppendTag(dst, num, wireVarint), 1)
}

func appendFixed(dst []byte, num protowire.Number, v uint64) []byte {
	if v == 0 {
		return dst
	}
	return binary.LittleEndian.AppendUint64(protowire.AppendTag(dst, num, wireFixed64), v)
}

func appendString(dst []byte, num protowire.Number, s string) []byte {
	if s == "" {
		return dst
	}
	return protowire.AppendString(protowire.AppendTag(dst, num, wireBytes), s)
}

func appendBytes(dst []byte, num protowire.Number, b []byte) []byte {
	if len(b) == 0 {
		return dst
	}
	return protowire.AppendBytes(protowire.AppendTag(dst, num, wireBytes), b)
}

func appendKey(dst []byte, num protowire.Number, k *Key) []byte {
	if *k == (Key{}) {
		return dst
	}
	return protowire.AppendBytes(protowire.AppendTag(dst, num, wireBytes), k[:])
}
