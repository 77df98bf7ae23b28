package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

const (
	// roundEnd is the blob that makes a snapshot round complete. The tracker
	// stores it last and deletes it first; the others of the round share what
	// comes before it in their names, and later rounds have greater names.
	roundEnd = "/manifest"
	// backupRounds is how many complete rounds go into a backup: the newest,
	// and the one before it in case that cannot be read.
	backupRounds = 2
	// maxManifest bounds what is read of a manifest.
	maxManifest = 64 << 10
)

// roundManifest is the part of a manifest that a backup goes by.
type roundManifest struct {
	// Seq: the records after it have to be replayed.
	Seq   uint64 `json:"seq"`
	Parts int    `json:"parts"`
}

// copiedRound is a round that is in the backup.
type copiedRound struct {
	dir string
	seq uint64
}

// errRoundChanged: the round was deleted or written anew while it was copied.
var errRoundChanged = errors.New("the snapshot was replaced meanwhile")

// copyRounds writes the newest complete rounds, newest first. A damaged one is
// left out, as the tracker would pass over it. It returns errRoundChanged when
// there are rounds and none could be copied before it was deleted.
func (b *backupWriter) copyRounds(ctx context.Context, blobs Blobs) ([]copiedRound, error) {
	list, err := blobs.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the snapshots: %w", err)
	}
	var dirs []string
	for _, info := range list {
		if dir, ok := strings.CutSuffix(info.Name, roundEnd); ok {
			dirs = append(dirs, dir+"/")
		}
	}
	slices.Sort(dirs)
	slices.Reverse(dirs)
	var copied []copiedRound
	var changed error
	for _, dir := range dirs {
		if len(copied) == backupRounds {
			break
		}
		var parts []string
		for _, info := range list {
			if strings.HasPrefix(info.Name, dir) && !strings.HasSuffix(info.Name, roundEnd) {
				parts = append(parts, info.Name)
			}
		}
		seq, err := b.copyRound(ctx, blobs, dir, parts)
		switch {
		case err == nil:
			copied = append(copied, copiedRound{dir, seq})
			continue
		case errors.Is(err, errRoundChanged):
			changed = err
		case !errors.Is(err, ErrDamaged):
			return nil, err
		}
		if err := b.drop(dir); err != nil {
			return nil, err
		}
	}
	if len(copied) == 0 && changed != nil {
		return nil, changed
	}
	return copied, nil
}

// copyRound writes the parts of a round and then its manifest, provided that
// this is the same after the parts have been read as it was before. The error
// wraps ErrDamaged or errRoundChanged where another round may be better.
func (b *backupWriter) copyRound(ctx context.Context, blobs Blobs, dir string, parts []string) (uint64, error) {
	name := strings.TrimSuffix(dir, "/") + roundEnd
	data, meta, err := readManifest(ctx, blobs, name)
	if errors.Is(err, ErrNotFound) {
		return 0, fmt.Errorf("%w: %w", errRoundChanged, err)
	}
	if err != nil {
		return 0, err
	}
	var m roundManifest
	if err := json.Unmarshal(data, &m); err != nil {
		return 0, fmt.Errorf("%w: %s is not readable: %w", ErrDamaged, name, err)
	}
	var fault error
	if len(parts) < m.Parts {
		fault = fmt.Errorf("%w: %s has %d parts of %d", ErrDamaged, dir, len(parts), m.Parts)
	}
	for _, part := range parts {
		if fault == nil {
			fault = b.copyBlob(ctx, blobs, part)
		}
	}
	if fault != nil && !errors.Is(fault, ErrNotFound) && !errors.Is(fault, ErrDamaged) {
		return 0, fault
	}
	// A blob that is deleted while it is read looks damaged; the manifest tells.
	again, _, err := readManifest(ctx, blobs, name)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && !bytes.Equal(again, data):
		return 0, errRoundChanged
	case err != nil:
		return 0, err
	case fault != nil:
		return 0, fmt.Errorf("%w: %w", ErrDamaged, fault)
	}
	return m.Seq, b.blob(name, meta, bytes.NewReader(data))
}

// copyBlob writes one blob. A store's error is returned as it is.
func (b *backupWriter) copyBlob(ctx context.Context, blobs Blobs, name string) (err error) {
	r, meta, err := blobs.Get(ctx, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return b.blob(name, meta, r)
}

// readManifest reads a manifest whole.
func readManifest(ctx context.Context, blobs Blobs, name string) (_ []byte, _ map[string]string, err error) {
	r, meta, err := blobs.Get(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	data, err := io.ReadAll(io.LimitReader(r, maxManifest+1))
	if err == nil && len(data) > maxManifest {
		err = fmt.Errorf("%w: %s is too large", ErrDamaged, name)
	}
	return data, meta, err
}
