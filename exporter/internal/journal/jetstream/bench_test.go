package jetstream

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/journaltest"
)

// BenchmarkAppend has the bare write and sync of as many bytes beside it: the
// difference is what the journal costs.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{1 << 10, 20 << 10, journal.MaxRecord} {
		data := journaltest.Noise(1, size)
		b.Run(fmt.Sprintf("journal/%d", size), func(b *testing.B) {
			s := mustOpen(b, Options{})
			b.SetBytes(int64(size))
			for b.Loop() {
				journaltest.MustAppend(b, s.Lane(), "", data)
			}
		})
		b.Run(fmt.Sprintf("bare/%d", size), func(b *testing.B) {
			f, err := os.Create(filepath.Join(b.TempDir(), "bare"))
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			b.SetBytes(int64(size))
			for b.Loop() {
				if _, err := f.Write(data); err != nil {
					b.Fatal(err)
				}
				if err := f.Sync(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRead reads a lane of records of one size again and again.
func BenchmarkRead(b *testing.B) {
	for _, bm := range []struct{ size, records int }{{200, 20000}, {20 << 10, 2000}, {journal.MaxRecord, 200}} {
		b.Run(fmt.Sprint(bm.size), func(b *testing.B) {
			s := mustOpen(b, Options{})
			fill(b, s, bm.records, journaltest.Noise(1, bm.size))
			n := 0
			for b.Loop() {
				err := s.Lane().Read(b.Context(), 1, func(e journal.Entry) error { n++; return nil })
				if err != nil {
					b.Fatal(err)
				}
			}
			if n != b.N*bm.records {
				b.Fatalf("read %d records, want %d", n, b.N*bm.records)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(float64(n*bm.size)/b.Elapsed().Seconds()/1e6, "MB/s")
		})
	}
}

// fill appends without waiting for each acknowledgement.
func fill(b *testing.B, s *Store, records int, data []byte) {
	b.Helper()
	for i := range records {
		if i%1000 == 0 {
			<-s.js.PublishAsyncComplete()
		}
		if _, err := s.js.PublishAsync(laneSubject, data); err != nil {
			b.Fatal(err)
		}
	}
	<-s.js.PublishAsyncComplete()
	if st := journaltest.MustState(b, s.Lane()); st.Last != uint64(records) {
		b.Fatalf("%d of %d records were stored", st.Last, records)
	}
}

func BenchmarkGet(b *testing.B) {
	s := mustOpen(b, Options{})
	fill(b, s, 1000, journaltest.Noise(1, 20<<10))
	seq := uint64(0)
	for b.Loop() {
		seq = seq%1000 + 1
		if _, err := s.Lane().Get(b.Context(), seq); err != nil {
			b.Fatal(err)
		}
	}
}
