package recounttest

import (
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/recount"
)

// A comparison makes thousands of recounts: one may take a few milliseconds.
func BenchmarkRecount(b *testing.B) {
	var histories []History
	draw := GenHistory()
	for seed := range 100 {
		histories = append(histories, draw.Example(seed))
	}
	for i := 0; b.Loop(); i++ {
		h := histories[i%len(histories)]
		recount.Recount(h.Events, h.Settings, h.At)
	}
}
