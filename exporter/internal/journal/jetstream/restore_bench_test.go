package jetstream

import (
	"bytes"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/journaltest"
)

// BenchmarkRestore restores 64 MiB of records of 2 KiB.
func BenchmarkRestore(b *testing.B) {
	const records, size = 32 << 10, 2 << 10
	src := newSink()
	for i := range uint64(records) {
		src.add(journal.BackupLane, i+1)
		src.entries[journal.BackupLane][i].Data = journaltest.Noise(i, size)
	}
	backup := mustBackup(b, src)
	b.SetBytes(records * size)
	for b.Loop() {
		if err := Restore(b.Context(), Options{Dir: b.TempDir()}, bytes.NewReader(backup)); err != nil {
			b.Fatal(err)
		}
	}
}
