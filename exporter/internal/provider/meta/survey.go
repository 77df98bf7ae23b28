package meta

import (
	"bytes"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/convention"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// maxFlow bounds the answers of a flow that are looked into.
const maxFlow = 64 << 10

// answer finds out whether a customer's choice rates something: the id of a
// button or row, the payload of a template's button, or the flow_token of a
// flow by the convention of package convention.
func (r *reader) answer(chosen reply) (convention.Answer, bool) {
	id := chosen.id
	if flow := chosen.json; len(flow) > 0 && len(flow) <= maxFlow &&
		(bytes.Contains(flow, []byte(convention.PrefixCSAT)) || bytes.Contains(flow, []byte(convention.PrefixNPS))) {
		if v, err := r.nested.ParseBytes(flow); err == nil {
			id = wire.Text(v, "flow_token")
		}
	}
	a, ok, offScale := convention.ParseAnswer(id)
	if offScale {
		r.ignore(countedScore)
	}
	return a, ok
}
