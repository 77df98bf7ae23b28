package meta

import (
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// TestReplayReadsEvents: what the adapter makes of the corpus is the same after
// it was written as canonical JSON and read by replay.
func TestReplayReadsEvents(t *testing.T) {
	a := mustAdapter(t)
	for _, name := range corpus(t) {
		for _, e := range mustAdapt(t, a, mustRead(t, name+".json")).Events {
			e.Derived = false // has no field
			line := event.AppendJSON(nil, &e)
			got, err := event.Options{AllowSource: true}.Decode(line, nil)
			if err != nil || len(got) != 1 {
				t.Errorf("%s: %v: %s", name, err, line)
				continue
			}
			got[0].Time = got[0].Time.UTC()
			before, after := dump(&provider.Result{Events: []event.Event{e}}), dump(&provider.Result{Events: got})
			if before != after {
				t.Errorf("%s:\n%sbecame\n%s", name, before, after)
			}
		}
	}
}
