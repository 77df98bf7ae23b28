// Package journal is the contract of the durable log: what is acknowledged by
// it is on disk. Implementations live in the folders below and pass one
// conformance test (journaltest).
//
// Logs and Blobs may be used concurrently. A Log has one writer at a time; who
// that is, is up to the caller.
package journal

import (
	"context"
	"errors"
	"io"
	"time"
)

var (
	// ErrFull: the log has reached its size limit; nothing was written.
	ErrFull = errors.New("journal is full")
	// ErrUnavailable: the store did not answer or failed; the caller cannot
	// know whether the record was written and repeats it (records are
	// de-duplicated by event id).
	ErrUnavailable = errors.New("journal is unavailable")
	// ErrNotFound: no record at that sequence, or no blob of that name.
	ErrNotFound = errors.New("not found in the journal")
	// ErrLocked: another process has the journal open.
	ErrLocked = errors.New("journal is in use by another process")
	// ErrTooLarge: the record is over MaxRecord.
	ErrTooLarge = errors.New("record is too large for the journal")
	// ErrDamaged: a blob's bytes are not those that were stored.
	ErrDamaged = errors.New("damaged in the journal")
	// ErrSubject: the log goes by subjects and none was given, or the other
	// way round; a mistake of the caller.
	ErrSubject = errors.New("wrong use of the record's subject")
)

// MaxRecord is the largest record in bytes; larger commits are split.
const MaxRecord = 256 << 10

// Store is one journal: the logs and blobs of one exporter.
type Store interface {
	// Lane is the log of commits; one lane for now.
	Lane() Log
	// Keys is the log of sealing keys, never trimmed by age.
	Keys() Log
	// Rejected keeps the newest 100 unreadable bodies of each source for 7
	// days. Its records are appended with the source as subject.
	Rejected() Log
	// Tasks is the log of what has to be fetched (package fetch); a record is
	// deleted when it is done.
	Tasks() Log
	// Threads is the log of what is remembered of conversations, and of events
	// that wait (package threads), which trims it itself.
	Threads() Log
	// Snapshots holds the folded state.
	Snapshots() Blobs
	// Close flushes and closes; the Store is of no use afterwards.
	Close() error
}

// Log is an append-only sequence of records, numbered from 1 on without reuse.
type Log interface {
	// Append writes data and returns its sequence once it is on disk.
	// subject splits a log whose limits go by subject ("" elsewhere). Errors
	// wrap ErrFull, ErrTooLarge or ErrUnavailable.
	Append(ctx context.Context, subject string, data []byte) (uint64, error)
	// Read calls fn for every record from sequence from on, in order, up to
	// the last one present when Read was called. Missing (trimmed) sequences
	// are skipped. data is valid during the call only. It stops at fn's error
	// and returns it.
	Read(ctx context.Context, from uint64, fn func(Entry) error) error
	// Get returns one record, ErrNotFound where there is none.
	Get(ctx context.Context, seq uint64) (Entry, error)
	// Delete overwrites one record so that its bytes cannot be recovered;
	// ErrNotFound where there is none.
	Delete(ctx context.Context, seq uint64) error
	// Trim removes the records below a sequence; what is not there is no
	// error, and the numbering goes on as before.
	Trim(ctx context.Context, below uint64) error
	// State tells what the log holds.
	State(ctx context.Context) (State, error)
}

// Entry is one record of a log.
type Entry struct {
	Seq     uint64
	Subject string
	Written time.Time
	Data    []byte
}

// State describes a log.
type State struct {
	// First and Last are sequences; Last is 0 in a log that never held
	// anything, First is Last+1 in an empty one.
	First, Last uint64
	// Bytes on disk and the limit (0 none).
	Bytes, Limit uint64
	// Oldest is the time of the first record, zero in an empty log.
	Oldest time.Time
}

// Blobs keeps named byte strings, written whole or not at all.
type Blobs interface {
	// Put stores what r yields under name once it is on disk, replacing an
	// older blob of that name. meta travels with it.
	Put(ctx context.Context, name string, meta map[string]string, r io.Reader) error
	// Get returns a blob, verified against its digest while it is read: a
	// damaged one yields ErrDamaged before io.EOF. ErrNotFound where there is
	// none. The reader lives as long as ctx and is closed by the caller.
	Get(ctx context.Context, name string) (io.ReadCloser, map[string]string, error)
	// List names the blobs, in order.
	List(ctx context.Context) ([]BlobInfo, error)
	// Delete removes a blob; no error where there is none.
	Delete(ctx context.Context, name string) error
}

// BlobInfo describes a blob.
type BlobInfo struct {
	Name     string
	Size     uint64
	Modified time.Time
	Meta     map[string]string
}
