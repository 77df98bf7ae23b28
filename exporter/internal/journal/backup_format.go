package journal

import (
	"errors"
	"fmt"
	"hash/crc32"
)

// A backup is one stream: a header, frames, and a trailer, which is the last
// frame.
//
//	header   magic (8 bytes), version (uint32), CRC32C of both (uint32)
//	frame    length of the payload (uint32), kind (1 byte), payload,
//	         CRC32C of length, kind and payload (uint32)
//
// Fixed numbers are little-endian; those inside of payloads are varints, a
// string is its length and its bytes. Frames come in this order:
//
//	( blob, chunk..., blob end )...  the snapshot rounds, each manifest last
//	record...                        of the lane
//	log end                          of the lane
//	record...                        of the keys log
//	log end                          of the keys log
//	trailer
//
// Version 2 has the records and the log end of the log of threads before all
// that. A backup without them has version 1, so that older programs read it.
//
// A drop withdraws blobs that came before it, the one that is under way
// included: the writer cannot take back what it has sent when a round is
// deleted while it copies it. Blobs and drops may therefore come between
// records of the lane too.
const (
	backupMagic   = "\x89HDXBK\r\n"
	backupVersion = 1
	backupNewest  = 2
	headerSize    = len(backupMagic) + 4 + 4

	frameHead = 4 + 1
	frameTail = 4
	// maxFrame bounds a payload, and with it the memory of both sides.
	maxFrame = MaxRecord + 64<<10
	// backupChunk is how much of a blob is in one frame.
	backupChunk = 256 << 10
)

// frameKind tells what a frame's payload is.
type frameKind byte

const (
	// frameBlob: name, number of meta entries, key and value of each.
	frameBlob frameKind = 'B'
	// frameChunk: bytes of the blob that is under way.
	frameChunk frameKind = 'C'
	// frameBlobEnd: the blob's size.
	frameBlobEnd frameKind = 'E'
	// frameDrop: the beginning of the names of the blobs that are withdrawn.
	frameDrop frameKind = 'D'
	// frameRecord: log, sequence, time in Unix nanoseconds (zigzag), subject,
	// and the data up to the payload's end.
	frameRecord frameKind = 'R'
	// frameLogEnd: log, first and last sequence. Records below the first are
	// withdrawn.
	frameLogEnd frameKind = 'L'
	// frameTrailer: number of blobs ended, of lane records, of keys records, in
	// version 2 of threads records, of bytes before the trailer, and the SHA-256
	// of those bytes.
	frameTrailer frameKind = 'Z'
)

// BackupLog names a log that is part of a backup.
type BackupLog byte

// The logs of a backup; the values are part of the stored form.
const (
	BackupLane BackupLog = 1
	BackupKeys BackupLog = 2
	// BackupThreads is there from version 2 on, where it holds anything.
	BackupThreads BackupLog = 3
)

func (l BackupLog) String() string {
	switch l {
	case BackupLane:
		return "lane"
	case BackupKeys:
		return "keys"
	case BackupThreads:
		return "threads"
	}
	return fmt.Sprintf("log %d", byte(l))
}

// ErrBackup: the file is no backup, or damaged, or cut off, or from a newer
// version; the text says which. Nothing of it may be used.
var ErrBackup = errors.New("the backup cannot be used")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// backupCounts is what the trailer repeats.
type backupCounts struct {
	blobs, lane, keys, threads uint64
}

func (c *backupCounts) record(l BackupLog) {
	switch l {
	case BackupLane:
		c.lane++
	case BackupKeys:
		c.keys++
	case BackupThreads:
		c.threads++
	}
}

// backupOrder is the order of the logs by version.
var backupOrder = [...][]BackupLog{
	backupVersion: {BackupLane, BackupKeys},
	backupNewest:  {BackupThreads, BackupLane, BackupKeys},
}

// list gives the numbers of a trailer.
func (c *backupCounts) list(version uint32, size uint64) []uint64 {
	if version < backupNewest {
		return []uint64{c.blobs, c.lane, c.keys, size}
	}
	return []uint64{c.blobs, c.lane, c.keys, c.threads, size}
}
