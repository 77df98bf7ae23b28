package privacy

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

var (
	// ErrKeysRecord: a record of the keys log is not readable.
	ErrKeysRecord = errors.New("a record of the keys log is damaged")
	// ErrNewer: the record was written by a newer version of the program.
	ErrNewer = errors.New("written by a newer version of helpdesk-exporter; run that version")
)

const (
	keysVersion = 1
	// maxEntries keeps a record below journal.MaxRecord.
	maxEntries = 2500
	// indexBits is the room for an index beside a sequence in a place.
	indexBits   = 12
	wrappedSize = Overhead + KeySize
)

// Fields of keys.proto.
const (
	fieldVersion protowire.Number = 1
	fieldOrigin  protowire.Number = 2
	fieldEntries protowire.Number = 3
	fieldWritten protowire.Number = 4

	fieldIndex   protowire.Number = 1
	fieldContact protowire.Number = 2
	fieldWrapped protowire.Number = 3
)

// keysRecord is one record of the keys log.
type keysRecord struct {
	// origin is the name of a record that was rewritten, else 0.
	origin  uint64
	entries []keysEntry
	// written is when the keys of a rewritten record were first written, in
	// Unix nanoseconds; 0 is the time of the record itself.
	written int64
}

// name is how texts name the record that stands at seq.
func (r keysRecord) name(seq uint64) uint64 {
	if r.origin != 0 {
		return r.origin
	}
	return seq
}

// has tells whether the record has a key of that index.
func (r keysRecord) has(index uint32) bool {
	return slices.ContainsFunc(r.entries, func(e keysEntry) bool { return e.index == index })
}

// since is when the keys of the record at e were first written. Rewriting does
// not make them younger: else a rewritten record would seem to be newer than an
// erasure that has to be applied to it.
func (r keysRecord) since(e journal.Entry) time.Time {
	if r.written != 0 {
		return time.Unix(0, r.written)
	}
	return e.Written
}

// keysEntry is the key of one contact; wrapped may alias the record's bytes.
type keysEntry struct {
	index   uint32
	contact record.Key
	wrapped []byte
}

// CheckRecord tells whether a record of the keys log can be read.
func CheckRecord(data []byte) error {
	_, err := parseKeys(data)
	return err
}

func appendKeys(dst []byte, r keysRecord) []byte {
	dst = protowire.AppendTag(dst, fieldVersion, protowire.VarintType)
	dst = protowire.AppendVarint(dst, keysVersion)
	if r.origin != 0 {
		dst = protowire.AppendTag(dst, fieldOrigin, protowire.VarintType)
		dst = protowire.AppendVarint(dst, r.origin)
	}
	var entry []byte
	for _, e := range r.entries {
		entry = entry[:0]
		if e.index != 0 {
			entry = protowire.AppendTag(entry, fieldIndex, protowire.VarintType)
			entry = protowire.AppendVarint(entry, uint64(e.index))
		}
		entry = protowire.AppendTag(entry, fieldContact, protowire.BytesType)
		entry = protowire.AppendBytes(entry, e.contact[:])
		entry = protowire.AppendTag(entry, fieldWrapped, protowire.BytesType)
		entry = protowire.AppendBytes(entry, e.wrapped)
		dst = protowire.AppendTag(dst, fieldEntries, protowire.BytesType)
		dst = protowire.AppendBytes(dst, entry)
	}
	if r.written != 0 {
		dst = protowire.AppendTag(dst, fieldWritten, protowire.VarintType)
		dst = protowire.AppendVarint(dst, uint64(r.written))
	}
	return dst
}

// parseKeys reads a record; unknown fields are skipped. The entries alias data.
func parseKeys(data []byte) (keysRecord, error) {
	var r keysRecord
	var version uint64
	err := fields(data, func(n protowire.Number, v uint64, b []byte) error {
		switch n {
		case fieldVersion:
			version = v
		case fieldOrigin:
			r.origin = v
		case fieldEntries:
			e, err := parseEntry(b)
			if err != nil {
				return err
			}
			r.entries = append(r.entries, e)
		case fieldWritten:
			r.written = int64(v)
		}
		return nil
	})
	// The version first: a newer form may look damaged to this program.
	if version > keysVersion {
		return keysRecord{}, fmt.Errorf("record of version %d: %w", version, ErrNewer)
	}
	if err == nil && version == 0 {
		err = errors.New("it has no version")
	}
	if err == nil {
		err = r.check()
	}
	if err != nil {
		return keysRecord{}, fmt.Errorf("%w: %w", ErrKeysRecord, err)
	}
	return r, nil
}

// check makes sure that an index names one key at most.
func (r keysRecord) check() error {
	if r.origin >= 1<<(64-indexBits) {
		return errors.New("its origin is no sequence")
	}
	var seen [1 << indexBits / 64]uint64
	for _, e := range r.entries {
		word, bit := e.index/64, uint64(1)<<(e.index%64)
		if seen[word]&bit != 0 {
			return fmt.Errorf("index %d is there twice", e.index)
		}
		seen[word] |= bit
	}
	return nil
}

func parseEntry(data []byte) (keysEntry, error) {
	var e keysEntry
	var contact bool
	err := fields(data, func(n protowire.Number, v uint64, b []byte) error {
		switch n {
		case fieldIndex:
			if v >= 1<<indexBits {
				return fmt.Errorf("index %d is too large", v)
			}
			e.index = uint32(v)
		case fieldContact:
			if len(b) != len(e.contact) {
				return fmt.Errorf("a contact has %d bytes", len(b))
			}
			e.contact, contact = record.Key(b), true
		case fieldWrapped:
			if len(b) != wrappedSize {
				return fmt.Errorf("a key has %d bytes", len(b))
			}
			e.wrapped = b
		}
		return nil
	})
	if err == nil && (!contact || e.wrapped == nil) {
		err = errors.New("an entry is not complete")
	}
	return e, err
}

// fields calls f with each field of a message: v for a number, b for bytes.
// Fields of other types are skipped.
func fields(data []byte, f func(n protowire.Number, v uint64, b []byte) error) error {
	for len(data) > 0 {
		n, typ, size := protowire.ConsumeTag(data)
		if size < 0 {
			return protowire.ParseError(size)
		}
		data = data[size:]
		var v uint64
		var b []byte
		switch typ {
		case protowire.VarintType:
			v, size = protowire.ConsumeVarint(data)
		case protowire.BytesType:
			b, size = protowire.ConsumeBytes(data)
		default:
			size, n = protowire.ConsumeFieldValue(n, typ, data), 0
		}
		if size < 0 {
			return protowire.ParseError(size)
		}
		data = data[size:]
		if n == 0 {
			continue
		}
		if err := f(n, v, b); err != nil {
			return err
		}
	}
	return nil
}

// checkMaster opens one key of a record, which shows whether the master is the
// right one. which is the cipher to begin with and then that which opened it.
func (m *Master) checkMaster(e journal.Entry, rec keysRecord, which *int) error {
	if len(rec.entries) == 0 {
		return nil
	}
	k := rec.entries[0]
	_, i, err := m.wrap.open(k.wrapped, k.contact[:], *which)
	if err != nil {
		return fmt.Errorf("%w: it does not open record %d of the keys log; restore the key file or start an empty journal",
			ErrWrongMaster, e.Seq)
	}
	*which = i
	return nil
}
