package memory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

type blob struct {
	data     []byte
	meta     map[string]string
	modified time.Time
}

// blobs is guarded by the Store's mutex.
type blobs struct {
	store  *Store
	byName map[string]*blob
}

var _ journal.Blobs = (*blobs)(nil)

// Put is part of journal.Blobs.
func (b *blobs) Put(ctx context.Context, name string, meta map[string]string, r io.Reader) error {
	if name == "" {
		return errors.New("a blob needs a name")
	}
	if err := b.store.before(ctx, "snapshots", true); err != nil {
		return err
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("read the blob %s: %w", name, err)
	}
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	b.byName[name] = &blob{data: data, meta: maps.Clone(meta), modified: b.store.now()}
	return nil
}

// Get is part of journal.Blobs.
func (b *blobs) Get(ctx context.Context, name string) (io.ReadCloser, map[string]string, error) {
	if err := b.store.before(ctx, "snapshots", false); err != nil {
		return nil, nil, err
	}
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	got, ok := b.byName[name]
	if !ok {
		return nil, nil, fmt.Errorf("blob %s: %w", name, journal.ErrNotFound)
	}
	return io.NopCloser(bytes.NewReader(got.data)), maps.Clone(got.meta), nil
}

// List is part of journal.Blobs.
func (b *blobs) List(ctx context.Context) ([]journal.BlobInfo, error) {
	if err := b.store.before(ctx, "snapshots", false); err != nil {
		return nil, err
	}
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	infos := make([]journal.BlobInfo, 0, len(b.byName))
	for name, s := range b.byName {
		infos = append(infos, journal.BlobInfo{
			Name: name, Size: uint64(len(s.data)), Modified: s.modified, Meta: maps.Clone(s.meta),
		})
	}
	slices.SortFunc(infos, func(x, y journal.BlobInfo) int { return strings.Compare(x.Name, y.Name) })
	return infos, nil
}

// Delete is part of journal.Blobs.
func (b *blobs) Delete(ctx context.Context, name string) error {
	if err := b.store.before(ctx, "snapshots", true); err != nil {
		return err
	}
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	delete(b.byName, name)
	return nil
}
