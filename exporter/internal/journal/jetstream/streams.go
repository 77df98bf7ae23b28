package jetstream

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// Names in JetStream. They are part of the stored form: changing one loses
// sight of what is stored.
const (
	laneStream     = "HELPDESK_LANE_0"
	laneSubject    = "helpdesk.lane.0"
	keysStream     = "HELPDESK_KEYS"
	keysSubject    = "helpdesk.keys"
	rejectedStream = "HELPDESK_REJECTED"
	rejectedPrefix = "helpdesk.rejected."
	tasksStream    = "HELPDESK_TASKS"
	tasksSubject   = "helpdesk.tasks"
	threadsStream  = "HELPDESK_THREADS"
	threadsSubject = "helpdesk.threads"
	snapshotBucket = "helpdesk-snapshots"
	// snapshotStream is what an object store makes of its bucket's name.
	snapshotStream = "OBJ_" + snapshotBucket
)

// rejectedPerSource is how many unreadable bodies of one source are kept.
const rejectedPerSource = 100

// tasksBytes bounds the log of tasks: some hundred thousand of them.
const tasksBytes = 256 << 20

// openStreams makes the streams that are missing and brings the limits of the
// others up to date. Nothing is compressed: what is in the records is sealed.
func (s *Store) openStreams(ctx context.Context) error {
	base := jetstream.StreamConfig{
		Retention:   jetstream.LimitsPolicy,
		Storage:     jetstream.FileStorage,
		Compression: jetstream.NoCompression,
		Replicas:    1,
		MaxMsgSize:  journal.MaxRecord,
		AllowDirect: true,
		// A full log refuses; what is old is removed by Trim only, which knows
		// what the snapshots still need.
		Discard: jetstream.DiscardNew,
	}
	lane := base
	lane.Name, lane.Subjects, lane.MaxBytes = laneStream, []string{laneSubject}, s.o.LaneBytes
	keys := base
	keys.Name, keys.Subjects = keysStream, []string{keysSubject}
	rejected := base
	rejected.Name, rejected.Subjects = rejectedStream, []string{rejectedPrefix + "*"}
	rejected.Discard = jetstream.DiscardOld
	rejected.MaxMsgsPerSubject = rejectedPerSource
	rejected.MaxBytes, rejected.MaxAge = s.o.RejectedBytes, s.o.RejectedAge

	tasks := base
	tasks.Name, tasks.Subjects, tasks.MaxBytes = tasksStream, []string{tasksSubject}, tasksBytes
	threads := base
	threads.Name, threads.Subjects = threadsStream, []string{threadsSubject}

	for _, l := range []struct {
		name   string
		config jetstream.StreamConfig
		into   **log
		prefix string
	}{
		{"lane", lane, &s.lane, ""},
		{"keys", keys, &s.keys, ""},
		{"rejected", rejected, &s.rejected, rejectedPrefix},
		{"tasks", tasks, &s.tasks, ""},
		{"threads", threads, &s.threads, ""},
	} {
		stream, err := s.js.CreateOrUpdateStream(ctx, l.config)
		if err != nil {
			return fmt.Errorf("%w: open the %s log: %w", journal.ErrUnavailable, l.name, err)
		}
		*l.into = &log{store: s, name: l.name, stream: stream, subject: l.config.Subjects[0], prefix: l.prefix,
			dir: streamDir(s.o.Dir, l.config.Name)}
	}
	return s.openSnapshots(ctx)
}

// openSnapshots opens the object store and frees what a Put that was killed
// half-way has left in it.
func (s *Store) openSnapshots(ctx context.Context) error {
	objects, err := s.js.CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{
		Bucket: snapshotBucket, Storage: jetstream.FileStorage, Replicas: 1,
	})
	if err != nil {
		return fmt.Errorf("%w: open the snapshots: %w", journal.ErrUnavailable, err)
	}
	stream, err := s.js.Stream(ctx, snapshotStream)
	if err != nil {
		return fmt.Errorf("%w: open the snapshots: %w", journal.ErrUnavailable, err)
	}
	s.snapshots = &blobs{store: s, objects: objects, stream: stream,
		dir: streamDir(s.o.Dir, snapshotStream)}
	return s.snapshots.sweep(ctx)
}
