package twilio

import (
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// agentID gives the one id of an agent in all families: the name of the worker,
// which the identity in Conversations is made of, in lower case. Flex escapes
// the identity ("ana_40example_2Etest" for ana@example.test).
func agentID(name string) string {
	return strings.ToLower(validID(unescape(strings.TrimSpace(name))))
}

// unescape undoes Flex's escapes: an underscore and two upper-case hex digits
// for what is neither letter nor digit. A name in which any underscore is
// something else ("team_one", "agent_1") is not escaped at all; neither is one
// that would end in such a character ("agent_40").
func unescape(s string) string {
	if strings.IndexByte(s, '_') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '_' {
			b = append(b, s[i])
			continue
		}
		if i+3 >= len(s) {
			return s
		}
		hi, lo := upperNibble(s[i+1]), upperNibble(s[i+2])
		c := hi<<4 | lo
		if hi > 15 || lo > 15 || c < ' ' || c > '~' || wire.IsAlnum(c) {
			return s
		}
		b = append(b, c)
		i += 2
	}
	return string(b)
}

func upperNibble(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 0xff
}

// escapeIdentity is how Flex makes an identity of a worker's name.
func escapeIdentity(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; wire.IsAlnum(c) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'_', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

// worker is the agent of a TaskRouter event, by the name that the identity is
// made of; by the sid where there is no name.
func (r *reader) worker() event.Agent {
	name := r.text("WorkerName")
	a := event.Agent{ID: strings.ToLower(validID(strings.TrimSpace(name)))}
	if a.ID == "" {
		a.ID = r.id("WorkerSid")
		return a
	}
	a.Name = cut(name, wire.MaxName)
	if strings.Contains(r.form.Get("WorkerAttributes"), "full_name") {
		if full := wire.Text(r.attributes("WorkerAttributes"), "full_name"); len(full) > 0 {
			a.Name = cut(valid(string(full)), wire.MaxName)
		}
	}
	return a
}
