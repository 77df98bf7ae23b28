package simulate

import (
	"io"
	"testing"
	"time"
)

// BenchmarkDay generates a day of 3,000 conversations.
func BenchmarkDay(b *testing.B) {
	for name, profile := range profiles {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			events := 0
			for b.Loop() {
				s := mustNew(b, Options{Seed: 1, Start: wednesday, Duration: 24 * time.Hour, Conversations: 3000, Profile: profile})
				for range s.All() {
					events++
				}
			}
			b.ReportMetric(float64(events)/float64(b.N), "events/op")
			b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

func BenchmarkWriteNDJSON(b *testing.B) {
	for b.Loop() {
		s := mustNew(b, Options{Seed: 1, Start: wednesday, Duration: 6 * time.Hour, Conversations: 3000})
		if err := WriteNDJSON(io.Discard, s); err != nil {
			b.Fatal(err)
		}
	}
}
