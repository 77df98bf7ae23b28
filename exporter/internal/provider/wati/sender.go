package wati

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// operator is whom a webhook names: who wrote an outgoing message, or whom the
// chat of an incoming one is assigned to.
type operator struct {
	// email is in lower case, as agents are known.
	email, name string
	bot         bool
}

// operator reads operatorName and operatorEmail. Wati writes its own bot with a
// space behind ("Bot ").
func (r *reader) operator() operator {
	name := bytes.TrimSpace(wire.Cut(wire.Text(r.root, "operatorName"), wire.MaxName))
	op := operator{email: r.lower(bytes.TrimSpace(id(r.root, "operatorEmail"))), name: r.keeper.Keep(name)}
	if len(name) > 0 {
		op.bot = r.rules.botNames[strings.ToLower(op.name)]
	}
	op.bot = op.bot || op.email != "" && r.rules.botEmails[op.email]
	return op
}

// agent is the person; nobody where it is a bot or only a name.
func (op *operator) agent() event.Agent {
	if op.bot || op.email == "" {
		return event.Agent{}
	}
	return event.Agent{ID: op.email, Name: op.name}
}

// sender finds out who wrote an outgoing message. In this order: a chatbot's run
// says so itself; what our own software sends bears an id of its own; a template
// is nobody's reply, whoever's account started the campaign; a name or address is
// a bot's; and any other address is the operator's who sent it.
func (r *reader) sender(template bool) (event.Actor, event.Agent) {
	op := r.operator()
	actor := r.rules.noOperator
	switch own, known := r.ownSender(); {
	case len(wire.Scalar(r.root, "chatbotTriggeredEventId")) > 0:
		actor = event.ActorBot
	case known:
		actor = own
	case template && !r.rules.templatesBySender:
		actor = r.rules.templates
	case op.bot:
		actor = event.ActorBot
	case op.email != "":
		actor = r.rules.operator
	}
	switch actor {
	case event.ActorHuman:
		return actor, op.agent()
	case event.ActorUnknown:
		r.ignore(countedSender)
	}
	return actor, event.Agent{}
}

// ownSender goes by the beginning of localMessageId.
func (r *reader) ownSender() (event.Actor, bool) {
	if len(r.rules.localIDs) == 0 {
		return 0, false
	}
	local := wire.Text(r.root, "localMessageId")
	for i := range r.rules.localIDs {
		if l := &r.rules.localIDs[i]; len(local) >= len(l.begins) && string(local[:len(l.begins)]) == l.begins {
			return l.actor, true
		}
	}
	return 0, false
}

// lower keeps b in lower case.
func (r *reader) lower(b []byte) string {
	for _, c := range b {
		if c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return r.keeper.Keep(bytes.ToLower(b))
		}
	}
	return r.keeper.Keep(b)
}

// firstLower gives the first character in lower case, and its size in s.
func firstLower(s string) (rune, int) {
	c, size := utf8.DecodeRuneInString(s)
	return unicode.ToLower(c), size
}
