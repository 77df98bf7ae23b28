package journal

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"maps"
	"slices"
)

// backupWriter writes the form of a backup. It keeps one frame in memory.
type backupWriter struct {
	w       *bufio.Writer
	digest  hash.Hash
	version uint32
	size    uint64
	counts  backupCounts
	frame   []byte
}

func newBackupWriter(w io.Writer, version uint32) (*backupWriter, error) {
	b := &backupWriter{w: bufio.NewWriterSize(w, 64<<10), digest: sha256.New(), version: version}
	head := binary.LittleEndian.AppendUint32([]byte(backupMagic), version)
	head = binary.LittleEndian.AppendUint32(head, crc32.Checksum(head, castagnoli))
	return b, b.write(head)
}

func (b *backupWriter) write(p []byte) error {
	b.digest.Write(p)
	b.size += uint64(len(p))
	if _, err := b.w.Write(p); err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	return nil
}

// begin starts a frame; the caller appends its payload to the result and gives
// that to end.
func (b *backupWriter) begin(kind frameKind) []byte {
	return append(b.frame[:0], 0, 0, 0, 0, byte(kind))
}

func (b *backupWriter) end(frame []byte) error {
	n := len(frame) - frameHead
	if n > maxFrame {
		return fmt.Errorf("write the backup: a part of %d bytes is too large, the limit is %d", n, maxFrame)
	}
	binary.LittleEndian.PutUint32(frame, uint32(n))
	b.frame = binary.LittleEndian.AppendUint32(frame, crc32.Checksum(frame, castagnoli))
	return b.write(b.frame)
}

// blob writes one blob as it is read.
func (b *backupWriter) blob(name string, meta map[string]string, r io.Reader) error {
	f := appendString(b.begin(frameBlob), name)
	f = binary.AppendUvarint(f, uint64(len(meta)))
	for _, key := range slices.Sorted(maps.Keys(meta)) {
		f = appendString(appendString(f, key), meta[key])
	}
	if err := b.end(f); err != nil {
		return err
	}
	var size uint64
	for {
		f = slices.Grow(b.begin(frameChunk), backupChunk+frameTail)
		n, err := io.ReadFull(r, f[frameHead:frameHead+backupChunk])
		if n > 0 {
			size += uint64(n)
			if err := b.end(f[:frameHead+n]); err != nil {
				return err
			}
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err != nil {
			return err
		}
	}
	b.counts.blobs++
	return b.end(binary.AppendUvarint(b.begin(frameBlobEnd), size))
}

func (b *backupWriter) drop(prefix string) error {
	return b.end(append(b.begin(frameDrop), prefix...))
}

func (b *backupWriter) record(l BackupLog, e Entry) error {
	f := append(b.begin(frameRecord), byte(l))
	f = binary.AppendUvarint(f, e.Seq)
	f = binary.AppendVarint(f, e.Written.UnixNano())
	f = appendString(f, e.Subject)
	b.counts.record(l)
	return b.end(append(f, e.Data...))
}

func (b *backupWriter) logEnd(l BackupLog, first, last uint64) error {
	f := append(b.begin(frameLogEnd), byte(l))
	return b.end(binary.AppendUvarint(binary.AppendUvarint(f, first), last))
}

func (b *backupWriter) trailer() error {
	f := b.begin(frameTrailer)
	for _, n := range b.counts.list(b.version, b.size) {
		f = binary.AppendUvarint(f, n)
	}
	if err := b.end(b.digest.Sum(f)); err != nil {
		return err
	}
	if err := b.w.Flush(); err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	return nil
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}
