package jetstream

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats-server/v2/server/archive"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// diskEvery is how many bytes of records are written between two looks at the
// free disk space.
const diskEvery = 8 << 20

// builder fills a new store from a backup. The store syncs nothing.
type builder struct {
	ctx   context.Context
	store *Store
	logs  map[journal.BackupLog]*builtLog
	// unchecked counts the bytes since the last look at the disk.
	unchecked int
}

var _ journal.BackupTarget = (*builder)(nil)

// newBuilder starts a server on an empty directory. The builder has to be
// stopped, also when there is an error.
func newBuilder(ctx context.Context, o Options) (*builder, error) {
	b := &builder{ctx: ctx, store: &Store{o: o}, logs: make(map[journal.BackupLog]*builtLog)}
	ctx, cancel := context.WithTimeout(ctx, o.ReadyTimeout)
	defer cancel()
	var err error
	if b.store.srv, err = startEmbedded(ctx, o, false); err != nil {
		return b, err
	}
	if b.store.nc, err = connect(b.store.srv, o.Logger); err != nil {
		return b, fmt.Errorf("%w: connect to the embedded server: %w", journal.ErrUnavailable, err)
	}
	if b.store.js, err = jetstream.New(b.store.nc, jetstream.WithDefaultTimeout(o.Timeout)); err != nil {
		return b, fmt.Errorf("%w: %w", journal.ErrUnavailable, err)
	}
	for l, names := range map[journal.BackupLog][2]string{
		journal.BackupLane:    {laneStream, laneSubject},
		journal.BackupKeys:    {keysStream, keysSubject},
		journal.BackupThreads: {threadsStream, threadsSubject},
	} {
		if b.logs[l], err = newBuiltLog(b.store.srv.server, names[0], names[1]); err != nil {
			return b, fmt.Errorf("%w: make the %s log: %w", journal.ErrUnavailable, l, err)
		}
	}
	// The streams get the rest of their configuration, and the others are made.
	return b, b.store.openStreams(ctx)
}

// stop ends the server and waits until its files are written.
func (b *builder) stop() error {
	if b.store.nc != nil {
		b.store.nc.Close()
	}
	return b.store.srv.stop(b.store.o.CloseTimeout)
}

// Blob is part of journal.BackupTarget.
func (b *builder) Blob(name string, meta map[string]string, data io.Reader) error {
	return b.store.snapshots.Put(b.ctx, name, meta, data)
}

// DropBlobs is part of journal.BackupTarget.
func (b *builder) DropBlobs(prefix string) error {
	list, err := b.store.snapshots.List(b.ctx)
	if err != nil {
		return err
	}
	for _, info := range list {
		if !strings.HasPrefix(info.Name, prefix) {
			continue
		}
		if err := b.store.snapshots.Delete(b.ctx, info.Name); err != nil {
			return err
		}
	}
	return nil
}

// Record is part of journal.BackupTarget.
func (b *builder) Record(l journal.BackupLog, e journal.Entry) error {
	if err := b.ctx.Err(); err != nil {
		return err
	}
	if e.Subject != "" {
		return fmt.Errorf("%w: record %d of the %s log has a subject", journal.ErrBackup, e.Seq, l)
	}
	if b.unchecked -= len(e.Data); b.unchecked < 0 {
		b.unchecked = diskEvery
		if err := checkDisk(b.store.o.Dir, b.store.o.MinFree+diskEvery); err != nil {
			return err
		}
	}
	if err := b.logs[l].add(e); err != nil {
		return fmt.Errorf("%w: restore record %d of the %s log: %w", journal.ErrUnavailable, e.Seq, l, err)
	}
	return nil
}

// EndLog is part of journal.BackupTarget.
func (b *builder) EndLog(l journal.BackupLog, first, last uint64) error {
	if err := b.logs[l].end(first, last); err != nil {
		return fmt.Errorf("%w: restore the %s log: %w", journal.ErrUnavailable, l, err)
	}
	return nil
}

// builtLog writes to the files of a stream directly: publishing could neither
// skip sequences nor keep the times. It is what the server itself does when it
// restores a stream.
type builtLog struct {
	files   server.StreamStore
	subject string
	next    uint64
}

// newBuiltLog makes a stream by way of the server's restore from an archive
// that holds no message, since that alone gives access to the stream's files.
func newBuiltLog(srv *server.Server, name, subject string) (*builtLog, error) {
	var empty bytes.Buffer
	compressed := s2.NewWriter(&empty)
	w := archive.NewWriter(compressed)
	state, err := json.Marshal(server.StreamState{})
	if err != nil {
		return nil, err
	}
	if err := w.WriteHeader(&archive.Header{Name: "state.json", PayloadSize: int64(len(state))}); err != nil {
		return nil, err
	}
	if _, err := w.Write(state); err != nil {
		return nil, err
	}
	if err := w.WriteHeader(&archive.Header{}); err != nil { // the archive's end
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if err := compressed.Close(); err != nil {
		return nil, err
	}
	stream, err := srv.GlobalAccount().RestoreStreamV2(&server.StreamConfig{
		Name: name, Subjects: []string{subject}, Storage: server.FileStorage, Retention: server.LimitsPolicy, Replicas: 1,
	}, &empty)
	if err != nil {
		return nil, err
	}
	return &builtLog{files: stream.Store(), subject: subject, next: 1}, nil
}

func (l *builtLog) add(e journal.Entry) error {
	if err := l.skipTo(e.Seq); err != nil {
		return err
	}
	l.next = e.Seq + 1
	return l.files.StoreRawMsg(l.subject, nil, e.Data, e.Seq, e.Written.UnixNano(), 0, false)
}

// skipTo leaves the sequences below seq without a record.
func (l *builtLog) skipTo(seq uint64) error {
	if seq <= l.next {
		return nil
	}
	from := l.next
	l.next = seq
	return l.files.SkipMsgs(from, seq-from)
}

// end brings the numbering to where it was, writes what is in memory and
// checks the result.
func (l *builtLog) end(first, last uint64) error {
	if err := l.skipTo(last + 1); err != nil {
		return err
	}
	if first > 1 {
		if _, err := l.files.Compact(first); err != nil {
			return err
		}
	}
	if err := l.files.FlushAllPending(); err != nil {
		return err
	}
	var st server.StreamState
	l.files.FastState(&st)
	if st.LastSeq != last || st.Msgs > 0 && st.FirstSeq < first {
		return fmt.Errorf("it has sequences %d to %d instead of %d to %d", st.FirstSeq, st.LastSeq, first, last)
	}
	return nil
}
