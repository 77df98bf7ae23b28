package journal

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"slices"
	"time"
)

// BackupTarget takes what ReadBackup finds. Nothing of it counts before
// ReadBackup has returned nil: the end of the file may be damaged or missing.
// An error of the target ends the reading and is returned.
type BackupTarget interface {
	// Blob takes one blob, the manifest of a round after its parts. data
	// yields an error when the blob is withdrawn or the file ends; the blob must
	// not be kept then.
	Blob(name string, meta map[string]string, data io.Reader) error
	// DropBlobs withdraws the blobs that begin with prefix, "" all of them.
	DropBlobs(prefix string) error
	// Record takes one record. Sequences of a log rise, with gaps. e.Data is
	// valid during the call only.
	Record(l BackupLog, e Entry) error
	// EndLog ends a log: records below first are withdrawn, and the next one
	// that is appended gets last+1. first is last+1 at most.
	EndLog(l BackupLog, first, last uint64) error
}

// ReadBackup reads a backup from its first byte to its last and checks all of
// it. The error wraps ErrBackup when the file is to blame, else it is the
// target's or the reader's own. It keeps one frame in memory.
func ReadBackup(r io.Reader, to BackupTarget) error {
	b := &backupReader{r: bufio.NewReaderSize(r, 64<<10), digest: sha256.New(), to: to}
	if err := b.header(); err != nil {
		return err
	}
	for {
		kind, p, err := b.next()
		if err != nil {
			return err
		}
		if kind == frameTrailer {
			return b.trailer(p)
		}
		if err := b.take(kind, p); err != nil {
			return err
		}
	}
}

// unusable wraps ErrBackup.
func unusable(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrBackup}, args...)...)
}

var (
	errCutOff = unusable("it is cut off; the copy or the backup ended early, take another one")
	errDamage = unusable("it is damaged, its bytes are not those that were written; take another one")
	// errWithdrawn is what the reader of a blob gives when the blob is dropped.
	errWithdrawn = errors.New("the blob was withdrawn while the backup was made")
)

// malformed is a mistake of the form that no check sum has caught.
func malformed(what string) error { return unusable("it is malformed: %s", what) }

type backupReader struct {
	r      *bufio.Reader
	to     BackupTarget
	digest hash.Hash
	size   uint64
	counts backupCounts
	frame  []byte
	// order is that of the logs; last is the last sequence of the one that is
	// being read, ended how many have ended.
	version uint32
	order   []BackupLog
	last    uint64
	ended   int
}

// read fills p or tells why not.
func (b *backupReader) read(p []byte) error {
	_, err := io.ReadFull(b.r, p)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errCutOff
	}
	if err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	return nil
}

func (b *backupReader) header() error {
	head := make([]byte, headerSize)
	if err := b.read(head); err != nil && !errors.Is(err, errCutOff) {
		return err
	} else if !bytes.HasPrefix(head, []byte(backupMagic)) {
		return unusable("the file is no backup of a journal, or its beginning is damaged")
	} else if err != nil {
		return err
	}
	sum := len(head) - 4
	if crc32.Checksum(head[:sum], castagnoli) != binary.LittleEndian.Uint32(head[sum:]) {
		return errDamage
	}
	b.version = binary.LittleEndian.Uint32(head[len(backupMagic):])
	if b.version == 0 || b.version > backupNewest {
		return unusable("it has version %d, this program reads versions up to %d; use a newer version of helpdesk-exporter",
			b.version, backupNewest)
	}
	b.order = backupOrder[b.version]
	b.count(head)
	return nil
}

func (b *backupReader) count(p []byte) {
	b.digest.Write(p)
	b.size += uint64(len(p))
}

// next reads a frame. The payload is valid until the next call. The trailer is
// not part of digest and size.
func (b *backupReader) next() (frameKind, []byte, error) {
	var head [frameHead]byte
	if err := b.read(head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.LittleEndian.Uint32(head[:])
	if n > maxFrame {
		return 0, nil, errDamage
	}
	size := frameHead + int(n) + frameTail
	if cap(b.frame) < size {
		b.frame = make([]byte, size, max(size, backupChunk+frameHead+frameTail))
	}
	b.frame = b.frame[:size]
	copy(b.frame, head[:])
	if err := b.read(b.frame[frameHead:]); err != nil {
		return 0, nil, err
	}
	body := b.frame[:size-frameTail]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(b.frame[size-frameTail:]) {
		return 0, nil, errDamage
	}
	kind := frameKind(head[frameHead-1])
	if kind != frameTrailer {
		b.count(b.frame)
	}
	return kind, body[frameHead:], nil
}

// take hands one frame to the target, a blob with all of its frames.
func (b *backupReader) take(kind frameKind, payload []byte) error {
	p := &fields{rest: payload}
	switch kind {
	case frameBlob:
		return b.blob(p)
	case frameDrop:
		if !b.open(BackupLane) {
			return malformed("snapshots before or after the lane's end")
		}
		return b.to.DropBlobs(string(payload))
	case frameRecord:
		return b.record(p)
	case frameLogEnd:
		return b.logEnd(p)
	}
	return malformed(fmt.Sprintf("a part of kind %q where none is expected", rune(kind)))
}

func (b *backupReader) blob(p *fields) error {
	name, n := p.text(), p.number()
	// Each entry takes two bytes at least, so n is no reason to allocate.
	if p.bad || name == "" || n > uint64(len(p.rest)) || !b.open(BackupLane) {
		return malformed("the description of a snapshot")
	}
	var meta map[string]string
	for range n {
		if meta == nil {
			meta = make(map[string]string)
		}
		key := p.text()
		meta[key] = p.text()
	}
	if !p.done() {
		return malformed("the description of a snapshot")
	}
	data := &backupBlob{b: b, name: name}
	err := b.to.Blob(name, meta, data)
	if err == nil {
		_, err = io.Copy(io.Discard, data)
	}
	switch {
	case data.dropped:
		return b.to.DropBlobs(data.prefix)
	case data.fault != nil:
		return data.fault // rather than what the target made of it
	case err != nil:
		return err
	}
	b.counts.blobs++
	return nil
}

func (b *backupReader) record(p *fields) error {
	l, e := p.log(), Entry{Seq: p.number()}
	e.Written = time.Unix(0, p.signed())
	e.Subject = p.text()
	e.Data = p.rest
	if p.bad || !b.open(l) {
		return malformed("a record")
	}
	if len(e.Data) > MaxRecord || e.Seq <= b.last || e.Seq == 1<<64-1 {
		return malformed(fmt.Sprintf("record %d of the %s log", e.Seq, l))
	}
	b.last = e.Seq
	b.counts.record(l)
	return b.to.Record(l, e)
}

func (b *backupReader) logEnd(p *fields) error {
	l, first, last := p.log(), p.number(), p.number()
	if !p.done() || !b.open(l) || first == 0 || last == 1<<64-1 || last < b.last || first > last+1 {
		return malformed("the end of a log")
	}
	b.last = 0
	b.ended++
	return b.to.EndLog(l, first, last)
}

// open tells whether it is l's turn.
func (b *backupReader) open(l BackupLog) bool { return b.ended < len(b.order) && b.order[b.ended] == l }

func (b *backupReader) trailer(payload []byte) error {
	p := &fields{rest: payload}
	want := b.counts.list(b.version, b.size)
	got := make([]uint64, len(want))
	for i := range got {
		got[i] = p.number()
	}
	if p.bad || len(p.rest) != sha256.Size {
		return malformed("the end")
	}
	if b.ended != len(b.order) {
		return malformed("a log has no end")
	}
	if !slices.Equal(got, want) || !bytes.Equal(p.rest, b.digest.Sum(nil)) {
		return errDamage
	}
	if _, err := b.r.ReadByte(); err == nil {
		return unusable("there is something behind its end; take another one")
	} else if err != io.EOF {
		return fmt.Errorf("read the backup: %w", err)
	}
	return nil
}
