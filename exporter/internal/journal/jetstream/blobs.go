package jetstream

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// chunkSize is the part of a blob that is stored, synced and checked at once.
const chunkSize = 512 << 10

// blobs is the object store of snapshots. The stored form is that of the NATS
// object store, so the nats command reads it; writing and reading are done
// here, chunk by chunk, because the client library's Put holds as much in
// memory as the disk is behind and its Get has one deadline for the whole.
type blobs struct {
	store   *Store
	objects jetstream.ObjectStore
	stream  jetstream.Stream
	// dir is where the server keeps the chunks.
	dir string
	// swap is held while an older blob is replaced or deleted.
	swap sync.Mutex
}

var _ journal.Blobs = (*blobs)(nil)

func chunkSubject(id string) string { return "$O." + snapshotBucket + ".C." + id }

func metaSubject(name string) string {
	return "$O." + snapshotBucket + ".M." + base64.URLEncoding.EncodeToString([]byte(name))
}

// Put is part of journal.Blobs. The blob is there from the moment that its
// description is stored, which happens last.
func (b *blobs) Put(ctx context.Context, name string, meta map[string]string, r io.Reader) (err error) {
	if name == "" {
		return errors.New("a blob needs a name")
	}
	info := jetstream.ObjectInfo{
		ObjectMeta: jetstream.ObjectMeta{
			Name: name, Metadata: meta, Opts: &jetstream.ObjectMetaOptions{ChunkSize: chunkSize},
		},
		Bucket: snapshotBucket,
		NUID:   nuid.Next(),
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("store the blob %s: %w", name, err)
			b.purge(ctx, chunkSubject(info.NUID))
		}
	}()
	if err := b.putChunks(ctx, &info, r); err != nil {
		return err
	}
	description, err := json.Marshal(&info)
	if err != nil {
		return err
	}
	b.swap.Lock()
	defer b.swap.Unlock()
	old, err := b.info(ctx, name)
	if err != nil && !errors.Is(err, journal.ErrNotFound) {
		return err
	}
	_, err = b.store.publish(ctx, b.dir, &nats.Msg{
		Subject: metaSubject(name),
		Header:  nats.Header{jetstream.MsgRollup: {jetstream.MsgRollupSubject}},
		Data:    description,
	})
	if err != nil {
		return err
	}
	if old != nil {
		b.purge(ctx, chunkSubject(old.NUID))
	}
	return nil
}

// putChunks stores what r yields and completes info.
func (b *blobs) putChunks(ctx context.Context, info *jetstream.ObjectInfo, r io.Reader) error {
	chunk, digest := make([]byte, chunkSize), sha256.New()
	for {
		n, err := io.ReadFull(r, chunk)
		end := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !end {
			return err
		}
		if n > 0 {
			digest.Write(chunk[:n])
			if _, err := b.store.publish(ctx, b.dir, &nats.Msg{Subject: chunkSubject(info.NUID), Data: chunk[:n]}); err != nil {
				return err
			}
			info.Size += uint64(n)
			info.Chunks++
		}
		if end {
			info.Digest = jetstream.GetObjectDigestValue(digest)
			return nil
		}
	}
}

// purge removes what is stored under a subject. What it fails to remove is of
// no use to anybody and goes with the next sweep.
func (b *blobs) purge(ctx context.Context, subject string) {
	ctx, cancel := b.store.bounded(context.WithoutCancel(ctx))
	defer cancel()
	if err := b.stream.Purge(ctx, jetstream.WithPurgeSubject(subject)); err != nil && !b.store.nc.IsClosed() {
		b.store.o.Logger.Warn("Old snapshot chunks were not freed, the next start will do it", "err", err)
	}
}

// info describes a blob or wraps journal.ErrNotFound.
func (b *blobs) info(ctx context.Context, name string) (*jetstream.ObjectInfo, error) {
	info, err := b.objects.GetInfo(ctx, name)
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return nil, fmt.Errorf("blob %s: %w", name, journal.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("blob %s: %w", name, unavailable(err))
	}
	return info, nil
}

// Get is part of journal.Blobs.
func (b *blobs) Get(ctx context.Context, name string) (io.ReadCloser, map[string]string, error) {
	info, err := b.info(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	return &blobReader{ctx: ctx, blobs: b, info: info, digest: sha256.New(), seq: 1}, info.Metadata, nil
}

// List is part of journal.Blobs.
func (b *blobs) List(ctx context.Context) ([]journal.BlobInfo, error) {
	infos, err := b.list(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]journal.BlobInfo, 0, len(infos))
	for _, i := range infos {
		list = append(list, journal.BlobInfo{Name: i.Name, Size: i.Size, Modified: i.ModTime, Meta: i.Metadata})
	}
	slices.SortFunc(list, func(x, y journal.BlobInfo) int { return strings.Compare(x.Name, y.Name) })
	return list, nil
}

func (b *blobs) list(ctx context.Context) ([]*jetstream.ObjectInfo, error) {
	ctx, cancel := b.store.bounded(ctx)
	defer cancel()
	infos, err := b.objects.List(ctx)
	if err != nil && !errors.Is(err, jetstream.ErrNoObjectsFound) {
		return nil, fmt.Errorf("list the blobs: %w", unavailable(err))
	}
	return infos, nil
}

// Delete is part of journal.Blobs. Unlike the client library's it leaves no
// mark of the name: snapshot rounds have ever new names.
func (b *blobs) Delete(ctx context.Context, name string) error {
	b.swap.Lock()
	defer b.swap.Unlock()
	info, err := b.info(ctx, name)
	if errors.Is(err, journal.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := b.stream.Purge(ctx, jetstream.WithPurgeSubject(metaSubject(name))); err != nil {
		return fmt.Errorf("delete the blob %s: %w", name, unavailable(err))
	}
	b.purge(ctx, chunkSubject(info.NUID))
	return nil
}

// sweep frees the chunks that belong to no blob. Only Open may call it, when
// no Put is under way.
func (b *blobs) sweep(ctx context.Context) error {
	info, err := b.stream.Info(ctx, jetstream.WithSubjectFilter(chunkSubject("*")))
	if err != nil {
		return fmt.Errorf("look for unfinished blobs: %w", unavailable(err))
	}
	if len(info.State.Subjects) == 0 {
		return nil
	}
	list, err := b.list(ctx)
	if err != nil {
		return err
	}
	for _, i := range list {
		delete(info.State.Subjects, chunkSubject(i.NUID))
	}
	for subject := range info.State.Subjects {
		b.purge(ctx, subject)
	}
	return nil
}

// blobReader reads one blob, a chunk at a time.
type blobReader struct {
	ctx    context.Context
	blobs  *blobs
	info   *jetstream.ObjectInfo
	digest hash.Hash
	// seq is where in the stream to look for the next chunk.
	seq    uint64
	chunks uint32
	size   uint64
	rest   []byte
	err    error
}

// Read is part of io.Reader.
func (r *blobReader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 && r.err == nil {
		r.err = r.fetch()
	}
	if len(r.rest) == 0 {
		return 0, r.err
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// fetch gets the next chunk; after the last it returns io.EOF when the whole
// is what was stored.
func (r *blobReader) fetch() error {
	if r.chunks == r.info.Chunks {
		if r.size != r.info.Size || jetstream.GetObjectDigestValue(r.digest) != r.info.Digest {
			return fmt.Errorf("blob %s: %w: its digest is not that of what was stored", r.info.Name, journal.ErrDamaged)
		}
		return io.EOF
	}
	m, err := r.blobs.stream.GetMsg(r.ctx, r.seq, jetstream.WithGetMsgSubject(chunkSubject(r.info.NUID)))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return fmt.Errorf("blob %s: %w: %d of %d chunks are there", r.info.Name, journal.ErrDamaged, r.chunks, r.info.Chunks)
	}
	if err != nil {
		return fmt.Errorf("blob %s: %w", r.info.Name, unavailable(err))
	}
	r.digest.Write(m.Data)
	r.rest, r.seq = m.Data, m.Sequence+1
	r.size += uint64(len(m.Data))
	r.chunks++
	return nil
}

// Close is part of io.Closer.
func (r *blobReader) Close() error {
	r.err, r.rest = errClosed, nil
	return nil
}

var errClosed = errors.New("the blob was closed")
