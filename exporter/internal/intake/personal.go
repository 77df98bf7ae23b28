package intake

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// ErrPersonal: the opened bytes are not what AppendPersonal wrote.
var ErrPersonal = errors.New("sealed part of an event cannot be read")

// Personal is the part of an event that is sealed with the contact's key.
// Field numbers are those of message Personal in journal.proto.
type Personal struct {
	Text, ContactName, Contact, Alias, MessageID, ReplyTo, Conversation, Into, Error string
}

// PersonalOf takes the personal part of an event.
func PersonalOf(e *event.Event) Personal {
	return Personal{
		Text: e.Message.Text, ContactName: e.ContactName, Contact: e.Contact, Alias: e.Alias,
		MessageID: e.Message.ID, ReplyTo: e.Message.ReplyTo, Conversation: e.Conversation, Into: e.Into, Error: e.Error,
	}
}

func (p *Personal) fields() [9]*string {
	return [9]*string{&p.Text, &p.ContactName, &p.Contact, &p.Alias, &p.MessageID, &p.ReplyTo, &p.Conversation, &p.Into, &p.Error}
}

// Append encodes p; empty fields are left out.
func (p *Personal) Append(dst []byte) []byte {
	for i, f := range p.fields() {
		if *f != "" {
			dst = protowire.AppendTag(dst, protowire.Number(i+1), protowire.BytesType)
			dst = protowire.AppendString(dst, *f)
		}
	}
	return dst
}

// DecodePersonal reads what Append wrote; fields of a newer version are
// skipped.
func DecodePersonal(b []byte) (Personal, error) {
	var p Personal
	fields := p.fields()
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return p, ErrPersonal
		}
		b = b[n:]
		if typ == protowire.BytesType && num >= 1 && int(num) <= len(fields) {
			v, n := protowire.ConsumeString(b)
			if n < 0 {
				return p, ErrPersonal
			}
			*fields[num-1], b = v, b[n:]
			continue
		}
		n = protowire.ConsumeFieldValue(num, typ, b)
		if n < 0 {
			return p, ErrPersonal
		}
		b = b[n:]
	}
	return p, nil
}

// TextOf is the Text of what Append wrote, "" where there is none.
func TextOf(b []byte) string {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return ""
		}
		if b = b[n:]; num == 1 && typ == protowire.BytesType {
			v, _ := protowire.ConsumeBytes(b)
			return string(v)
		}
		if n = protowire.ConsumeFieldValue(num, typ, b); n < 0 {
			return ""
		}
		b = b[n:]
	}
	return ""
}
