package threads

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/gob"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// A record of the log is its kind, the id of an epoch, and sealed bytes.
//
// Each epoch has a random key, which stands in a record of its own, sealed by
// the key file; all its other records are sealed by that. A compaction begins an
// epoch and ends those before it by overwriting their keys, so that what was
// forgotten cannot be read from what the disk still holds.
type recordKind byte

const (
	// kindKey: the epoch's key.
	kindKey recordKind = 1
	// kindEntries: entries that replace earlier ones of their keys.
	kindEntries recordKind = 2
	// kindContent: entries of a compaction, which count only for keys that no
	// record before has: entries of its time may stand before it.
	kindContent recordKind = 3
	// kindWaiting: events that wait.
	kindWaiting recordKind = 4
)

const (
	epochIDSize = 8
	recordHead  = 1 + epochIDSize
	keyLabel    = "thread memory key"
)

// recordPlain is how many bytes of entries a record gets at most; with the last
// entry and the seal it is far below journal.MaxRecord.
const recordPlain = 128 << 10

type epochID [epochIDSize]byte

type epoch struct {
	id   epochID
	seq  uint64
	aead cipher.AEAD
}

var errRecord = errors.New("record is damaged or was sealed with another key file")

// newEpoch makes an epoch and the record of its key.
func newEpoch(sealer Sealer) (*epoch, []byte, error) {
	var key [32]byte
	e := &epoch{}
	_, _ = rand.Read(key[:]) // never fails
	_, _ = rand.Read(e.id[:])
	var err error
	if e.aead, err = newAEAD(key[:]); err != nil {
		return nil, nil, err
	}
	head := append([]byte{byte(kindKey)}, e.id[:]...)
	return e, append(head, sealer.Seal(keyLabel, append(e.id[:], key[:]...))...), nil
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// splitRecord takes a record apart.
func splitRecord(b []byte) (kind recordKind, id epochID, sealed []byte, err error) {
	if len(b) < recordHead {
		return 0, id, nil, errRecord
	}
	return recordKind(b[0]), epochID(b[1:recordHead]), b[recordHead:], nil
}

func openKey(sealer Sealer, id epochID, sealed []byte) (*epoch, error) {
	plain, err := sealer.Open(keyLabel, sealed)
	if err != nil || !bytes.HasPrefix(plain, id[:]) {
		return nil, errRecord
	}
	aead, err := newAEAD(plain[epochIDSize:])
	if err != nil {
		return nil, errRecord
	}
	return &epoch{id: id, aead: aead}, nil
}

func (e *epoch) seal(kind recordKind, plain []byte) []byte {
	b := make([]byte, recordHead, recordHead+len(plain)+e.aead.Overhead())
	b[0] = byte(kind)
	copy(b[1:], e.id[:])
	return e.aead.Seal(b, nil, plain, b[:recordHead])
}

// open reads a record of the epoch, whole.
func (e *epoch) open(record []byte) ([]byte, error) {
	plain, err := e.aead.Open(nil, nil, record[recordHead:], record[:recordHead])
	if err != nil {
		return nil, errRecord
	}
	return plain, nil
}

// entry is one thing known.
type entry struct {
	source string // 1
	table  table  // 2
	key    string // 3
	place         // contact 4, inbox 5, channel 6
}

// appendEntry writes a protobuf message behind its length. Field numbers stay
// for ever, unknown ones are skipped, empty ones left out.
func appendEntry(dst []byte, source string, t table, key string, p place) []byte {
	texts := [...]string{3: key, 4: p.contact, 5: p.inbox, 6: p.channel}
	size := protowire.SizeTag(1) + protowire.SizeBytes(len(source)) + protowire.SizeTag(2) + 1
	for field := 3; field < len(texts); field++ {
		if texts[field] != "" {
			size += protowire.SizeTag(protowire.Number(field)) + protowire.SizeBytes(len(texts[field]))
		}
	}
	dst = protowire.AppendVarint(dst, uint64(size))
	dst = protowire.AppendString(protowire.AppendTag(dst, 1, protowire.BytesType), source)
	dst = protowire.AppendVarint(protowire.AppendTag(dst, 2, protowire.VarintType), uint64(t))
	for field := 3; field < len(texts); field++ {
		if texts[field] != "" {
			dst = protowire.AppendTag(dst, protowire.Number(field), protowire.BytesType)
			dst = protowire.AppendString(dst, texts[field])
		}
	}
	return dst
}

// entrySize is how many bytes the first of some entries takes.
func entrySize(b []byte) int {
	_, n := protowire.ConsumeBytes(b)
	return n
}

// readEntries calls fn for each entry. Entries of tables that are not known here
// are passed over.
func readEntries(b []byte, fn func(entry)) error {
	for len(b) > 0 {
		message, n := protowire.ConsumeBytes(b)
		if n < 0 {
			return errRecord
		}
		b = b[n:]
		e, err := readEntry(message)
		if err != nil {
			return err
		}
		if e.table < tableEnd && e.key != "" {
			fn(e)
		}
	}
	return nil
}

func readEntry(b []byte) (e entry, err error) {
	for len(b) > 0 {
		field, wire, n := protowire.ConsumeTag(b)
		if n < 0 {
			return e, errRecord
		}
		b = b[n:]
		var number uint64
		var data []byte
		switch wire {
		case protowire.VarintType:
			number, n = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			data, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(field, wire, b)
		}
		if n < 0 {
			return e, errRecord
		}
		b = b[n:]
		switch field {
		case 1:
			e.source = string(data)
		case 2:
			e.table = table(min(number, uint64(tableEnd)))
		case 3:
			e.key = string(data)
		case 4:
			e.contact = string(data)
		case 5:
			e.inbox = string(data)
		case 6:
			e.channel = string(data)
		}
	}
	return e, nil
}

// waitingRecord is what a record of waiting events holds. It lives for minutes,
// so that gob, which knows fields by their names, is good enough.
type waitingRecord struct {
	Source   string
	Received time.Time
	Events   []event.Event
	// Raw is what the caller wants to have again if the events are given up.
	Raw []byte
}

func (w *waitingRecord) encode() ([]byte, error) {
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(w); err != nil {
		return nil, fmt.Errorf("encode waiting events: %w", err)
	}
	return b.Bytes(), nil
}

func decodeWaiting(b []byte) (*waitingRecord, error) {
	var w waitingRecord
	if err := gob.NewDecoder(bytes.NewReader(b)).Decode(&w); err != nil {
		return nil, errRecord
	}
	return &w, nil
}
