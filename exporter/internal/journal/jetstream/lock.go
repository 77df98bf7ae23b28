package jetstream

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nats-io/nats-server/v2/server"
	"golang.org/x/sys/unix"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// lockDir takes the directory for this process. The lock ends with the file
// that is returned or with the process, however that ends; the file stays.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the journal: %w", err)
	}
	for {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	switch {
	case err == nil:
		return f, nil
	case errors.Is(err, unix.EWOULDBLOCK):
		err = fmt.Errorf("%w: %s is locked; stop the other helpdesk-exporter first or give each its own --journal.dir",
			journal.ErrLocked, dir)
	default:
		err = fmt.Errorf("lock the journal in %s: %w", dir, err)
	}
	return nil, errors.Join(err, f.Close())
}

// streamDir is where the embedded server keeps the messages of a stream.
func streamDir(dir, stream string) string {
	return filepath.Join(dir, server.JetStreamStoreDir, "$G", "streams", stream, "msgs")
}

// checkDisk refuses a write while the disk of dir has less than keep bytes
// left for unprivileged use, or when dir is gone: the server would go on
// writing into files that nobody finds any more.
func checkDisk(dir string, keep uint64) error {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("%w: %s has been removed; stop the exporter and restore a backup", journal.ErrUnavailable, dir)
	} else if err != nil {
		return fmt.Errorf("%w: look at the disk of %s: %w", journal.ErrUnavailable, dir, err)
	}
	if free := fs.Bavail * uint64(fs.Bsize); free < keep {
		return fmt.Errorf("%w: only %d bytes are free in %s, %d are kept in reserve; free some disk space",
			journal.ErrFull, free, dir, keep)
	}
	return nil
}
