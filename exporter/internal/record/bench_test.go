package record

import "testing"

// batchOf is one commit of n usual messages.
func batchOf(n int) *Commit {
	c := &Commit{Batches: []Batch{{Kind: KindEvents, Received: sampleTime}}}
	for i := range n {
		e := message()
		e.Dedup += uint64(i)
		c.Batches[0].Events = append(c.Batches[0].Events, e)
	}
	return c
}

func BenchmarkAppendCommit(b *testing.B) {
	c := batchOf(100)
	buf := make([]byte, 0, SizeCommit(c))
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendCommit(buf[:0], c)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/event")
	b.ReportMetric(float64(len(buf))/100, "B/event")
}

func BenchmarkDecode(b *testing.B) {
	data := AppendCommit(nil, batchOf(100))
	var d Decoder
	var c Commit
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Decode(data, &c); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/event")
}

// TestNoAllocations: reading and writing a journal leaves no garbage.
func TestNoAllocations(t *testing.T) {
	c := batchOf(50)
	buf := make([]byte, 0, SizeCommit(c))
	if n := testing.AllocsPerRun(20, func() { buf = AppendCommit(buf[:0], c) }); n != 0 {
		t.Errorf("AppendCommit allocates %v times", n)
	}
	var d Decoder
	var got Commit
	if n := testing.AllocsPerRun(20, func() {
		if err := d.Decode(buf, &got); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("Decode allocates %v times", n)
	}
}
