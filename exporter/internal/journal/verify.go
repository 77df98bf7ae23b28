package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxExamples bounds how many faults of one log a Report names one by one.
const maxExamples = 20

// Expect is what the caller knows of the journal from elsewhere.
type Expect struct {
	// Lane and Keys check what the records say; a nil one accepts everything.
	Lane, Keys func(Entry) error
	// LaneAtLeast is the highest sequence that the lane is known to have held,
	// from a snapshot: without it a lane that has lost its end looks whole.
	LaneAtLeast uint64
	// LaneAfter is the sequence of the oldest snapshot that is kept, 0 unknown:
	// every later record has to be there, trimming stops before it.
	LaneAfter uint64
}

// Report is what Verify found.
type Report struct {
	Lane, Keys LogReport
	Blobs      []BlobReport
}

// LogReport is the part of a Report about one log.
type LogReport struct {
	Name string
	// State is that at the start; records appended later are not looked at.
	State State
	// Records and Bytes were read.
	Records, Bytes uint64
	// Missing counts the sequences between State.First (or Expect.LaneAfter)
	// and State.Last without a record. In the lane that is a fault; in the keys log a record goes
	// missing when a contact is erased.
	Missing uint64
	// Gaps are the first of them, as ranges with both ends included.
	Gaps []Gap
	// LostEnd counts the sequences that the log once held beyond State.Last.
	LostEnd uint64
	// Undecodable counts the records that the decoder refused, Examples names
	// the first of them.
	Undecodable uint64
	Examples    []BadRecord
	// Err is why reading ended early.
	Err error
}

// Gap is a range of missing sequences, both ends included.
type Gap struct{ From, To uint64 }

// BadRecord is a record that could not be decoded.
type BadRecord struct {
	Seq uint64
	Err error
}

// BlobReport tells whether one blob could be read whole.
type BlobReport struct {
	BlobInfo
	Err error
}

// Verify reads everything that the journal holds: each record of the lane and
// the keys log, and each blob against its digest. Faults are in the Report;
// the error says only that the verification itself could not be done.
func Verify(ctx context.Context, s Store, want Expect) (Report, error) {
	var r Report
	var err error
	if r.Lane, err = verifyLog(ctx, "lane", s.Lane(), want.LaneAfter, want.Lane); err != nil {
		return r, err
	}
	if want.LaneAtLeast > r.Lane.State.Last {
		r.Lane.LostEnd = want.LaneAtLeast - r.Lane.State.Last
	}
	if r.Keys, err = verifyLog(ctx, "keys", s.Keys(), 0, want.Keys); err != nil {
		return r, err
	}
	blobs, err := s.Snapshots().List(ctx)
	if err != nil {
		return r, fmt.Errorf("list the snapshots: %w", err)
	}
	for _, b := range blobs {
		rep := BlobReport{BlobInfo: b, Err: readBlob(ctx, s.Snapshots(), b.Name)}
		if errors.Is(rep.Err, ErrNotFound) {
			continue // replaced or deleted since it was listed
		}
		if err := ctx.Err(); err != nil {
			return r, err
		}
		r.Blobs = append(r.Blobs, rep)
	}
	return r, nil
}

func verifyLog(ctx context.Context, name string, l Log, after uint64, decode func(Entry) error) (LogReport, error) {
	r := LogReport{Name: name}
	var err error
	if r.State, err = l.State(ctx); err != nil {
		return r, fmt.Errorf("state of the %s log: %w", name, err)
	}
	if after > 0 {
		r.skip(after+1, r.State.First)
	}
	next := r.State.First
	err = l.Read(ctx, r.State.First, func(e Entry) error {
		if e.Seq > r.State.Last {
			return errBeyond
		}
		r.skip(next, e.Seq)
		next = e.Seq + 1
		r.Records++
		r.Bytes += uint64(len(e.Data))
		if decode == nil {
			return nil
		}
		if err := decode(e); err != nil {
			r.Undecodable++
			if len(r.Examples) < maxExamples {
				r.Examples = append(r.Examples, BadRecord{e.Seq, err})
			}
		}
		return nil
	})
	if err := ctx.Err(); err != nil {
		return r, err
	}
	if err != nil && !errors.Is(err, errBeyond) {
		r.Err = err
		return r, nil
	}
	r.skip(next, r.State.Last+1)
	return r, nil
}

// errBeyond ends a Read at the last record that State had named.
var errBeyond = errors.New("beyond the end")

// skip notes that the sequences from next up to, not including, seq are gone.
func (r *LogReport) skip(next, seq uint64) {
	if seq <= next {
		return
	}
	r.Missing += seq - next
	if len(r.Gaps) < maxExamples {
		r.Gaps = append(r.Gaps, Gap{next, seq - 1})
	}
}

func readBlob(ctx context.Context, b Blobs, name string) (err error) {
	rc, _, err := b.Get(ctx, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rc.Close()) }()
	_, err = io.Copy(io.Discard, rc)
	return err
}

// Err is nil when nothing is wrong, else a sentence that counts the faults.
func (r Report) Err() error {
	var faults []string
	add := func(n uint64, what string) {
		if n > 0 {
			faults = append(faults, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(r.Lane.Missing, "records missing from the lane")
	add(r.Lane.LostEnd, "records lost from the lane's end")
	add(r.Lane.Undecodable, "undecodable records in the lane")
	add(r.Keys.Undecodable, "undecodable records in the keys log")
	for _, l := range []LogReport{r.Lane, r.Keys} {
		if l.Err != nil {
			faults = append(faults, fmt.Sprintf("the %s log cannot be read to its end", l.Name))
		}
	}
	var damaged uint64
	for _, b := range r.Blobs {
		if b.Err != nil {
			damaged++
		}
	}
	add(damaged, "damaged snapshots")
	if faults == nil {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrDamaged, strings.Join(faults, ", "))
}

// String tells the findings in lines for an operator.
func (r Report) String() string {
	var b strings.Builder
	r.Lane.write(&b)
	r.Keys.write(&b)
	var bytes uint64
	for _, s := range r.Blobs {
		bytes += s.Size
	}
	fmt.Fprintf(&b, "snapshots: %d, %d bytes\n", len(r.Blobs), bytes)
	for _, s := range r.Blobs {
		if s.Err != nil {
			fmt.Fprintf(&b, "  %s: %v\n", s.Name, s.Err)
		}
	}
	if err := r.Err(); err != nil {
		fmt.Fprintf(&b, "result: %v\n", err)
	} else {
		b.WriteString("result: no fault found\n")
	}
	return b.String()
}

func (r LogReport) write(b *strings.Builder) {
	fmt.Fprintf(b, "%s: %d records, %d bytes", r.Name, r.Records, r.Bytes)
	if r.State.Last >= r.State.First {
		fmt.Fprintf(b, ", sequences %d to %d", r.State.First, r.State.Last)
	}
	b.WriteByte('\n')
	for _, g := range r.Gaps {
		if g.From == g.To {
			fmt.Fprintf(b, "  record %d is missing\n", g.From)
		} else {
			fmt.Fprintf(b, "  records %d to %d are missing\n", g.From, g.To)
		}
	}
	if r.LostEnd > 0 {
		fmt.Fprintf(b, "  records %d to %d were there and are lost\n", r.State.Last+1, r.State.Last+r.LostEnd)
	}
	for _, e := range r.Examples {
		fmt.Fprintf(b, "  record %d: %v\n", e.Seq, e.Err)
	}
	if n := uint64(len(r.Examples)); r.Undecodable > n {
		fmt.Fprintf(b, "  and %d more records that cannot be decoded\n", r.Undecodable-n)
	}
	if r.Err != nil {
		fmt.Fprintf(b, "  reading ended early: %v\n", r.Err)
	}
}
