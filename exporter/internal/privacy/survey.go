package privacy

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// survey is what a reading of the keys log has found out about its records: of
// several with one name the last counts, and the others are what a rewriting
// that did not get to its end has left.
type survey struct {
	// next is where reading goes on.
	next uint64
	// own are the sequences of the records that were never rewritten, in order.
	own []uint64
	// newest says which of the rewritten records of a name counts.
	newest map[uint64]uint64
	// left are records that do not count any more.
	left []leftRecord
}

// leftRecord is a record that has to be deleted.
type leftRecord struct{ name, seq uint64 }

func newSurvey() *survey { return &survey{next: 1, newest: map[uint64]uint64{}} }

// note takes up a record; it has to be called in the order of sequences.
func (s *survey) note(seq, origin uint64) {
	if origin == 0 {
		s.own = append(s.own, seq)
		return
	}
	before, ok := s.newest[origin]
	if !ok {
		before = origin
		_, ok = slices.BinarySearch(s.own, origin)
	}
	if ok && before < seq {
		s.left = append(s.left, leftRecord{origin, before})
	}
	s.newest[origin] = seq
}

// counts tells whether a record is the one of its name that counts.
func (s *survey) counts(name, seq uint64) bool {
	newest, ok := s.newest[name]
	return !ok || newest == seq
}

// survey reads on to the end of the log and calls fn for each record, with the
// error of those that cannot be parsed. It stops at a record that a newer
// program wrote.
func (r *Keyring) survey(ctx context.Context, s *survey, fn func(e journal.Entry, rec keysRecord, damage error) error) error {
	err := r.log.Read(ctx, s.next, func(e journal.Entry) error {
		rec, err := parseKeys(e.Data)
		if errors.Is(err, ErrNewer) {
			return err
		}
		if err == nil {
			s.note(e.Seq, rec.origin)
		}
		if err := fn(e, rec, err); err != nil {
			return err
		}
		s.next = e.Seq + 1
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the keys log: %w", err)
	}
	return nil
}
