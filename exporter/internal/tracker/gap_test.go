package tracker_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Records that are missing from the journal are noticed at the start: the log
// names them, the state counts as rolled back, and the exporter goes on.
func TestGaps(t *testing.T) {
	// The lane holds a configuration, 10 messages, a round, 40 messages; the
	// round is at record 11, the end at record 51.
	for _, tc := range []struct {
		name    string
		deleted []uint64
		logged  []string
		lost    int // messages
	}{
		{name: "none"},
		{name: "before the snapshot", deleted: []uint64{3, 4, 11}},
		{name: "one", deleted: []uint64{20}, logged: []string{"first=20 last=20"}, lost: 1},
		{name: "after the snapshot", deleted: []uint64{12, 13}, logged: []string{"first=12 last=13"}, lost: 2},
		{name: "across the snapshot", deleted: []uint64{10, 11, 12}, logged: []string{"first=12 last=12"}, lost: 1},
		{name: "two ranges", deleted: []uint64{20, 21, 22, 30}, logged: []string{"first=20 last=22", "first=30 last=30"}, lost: 4},
		{name: "the end", deleted: []uint64{50, 51}, logged: []string{"first=50 last=51"}, lost: 2},
		{name: "a range and the end", deleted: []uint64{40, 51}, logged: []string{"first=40 last=40", "first=51 last=51"}, lost: 2},
		{name: "more ranges than are named", deleted: []uint64{14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36}, lost: 12, logged: []string{
			"first=14 last=14", "first=16 last=16", "first=18 last=18", "first=20 last=20", "first=22 last=22", "first=24 last=24",
			"first=26 last=26", "first=28 last=28", "first=30 last=30", "first=32 last=32",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newHourly(t)
				tr := d.start()
				d.feed(tr, 10)
				must(t, tr.Snapshot(t.Context()))
				d.feed(tr, 40)
				synctest.Wait()          // acknowledged comes before folded
				created := d.created(tr) // which also waits for the last fold
				if tr.Applied() != 51 {
					t.Fatalf("%d records, want 51", tr.Applied())
				}
				d.kill(tr)
				for _, seq := range tc.deleted {
					must(t, d.mem.Lane().Delete(t.Context(), seq))
				}
				d.jump.Set(d.jump.Now().Add(time.Hour))
				d.log.Reset()
				tr = d.start()
				var logged []string
				for line := range strings.Lines(d.log.String()) {
					if strings.Contains(line, "records are missing from the journal: ") {
						if !strings.Contains(line, "level=ERROR") || !strings.Contains(line, "restore it from a backup") {
							t.Errorf("the log says %q", line)
						}
						logged = append(logged, strings.TrimSpace(line[strings.Index(line, "first="):]))
					}
				}
				if !slices.Equal(logged, tc.logged) {
					t.Errorf("logged %q, want %q", logged, tc.logged)
				}
				if more := strings.Contains(d.log.String(), fmt.Sprintf("ranges=%d records=%d", len(tc.deleted), len(tc.deleted))); more != (tc.lost == 12) {
					t.Errorf("that there are more ranges was logged: %v\n%s", more, d.log)
				}
				if got := d.messages(tr); got != float64(50-tc.lost) {
					t.Errorf("%g messages, want %d", got, 50-tc.lost)
				}
				wantCreated, rollbacks := created, uint64(0)
				if tc.lost > 0 {
					wantCreated, rollbacks = d.jump.Now().UnixNano(), 1
				}
				if got := d.created(tr); got != wantCreated {
					t.Errorf("created %s, want %s", time.Unix(0, got), time.Unix(0, wantCreated))
				}
				if !slices.Equal(d.heard().rolledBack, []uint64{rollbacks}) {
					t.Errorf("rollbacks %v, want %d", d.heard().rolledBack, rollbacks)
				}
				d.feed(tr, 1)
				d.kill(tr)

				// It is found once.
				d.log.Reset()
				tr = d.start()
				if strings.Contains(d.log.String(), "missing") || !slices.Equal(d.heard().rolledBack, []uint64{rollbacks}) {
					t.Errorf("found again: rollbacks %v\n%s", d.heard().rolledBack, d.log)
				}
				if got := d.messages(tr); got != float64(51-tc.lost) {
					t.Errorf("%g messages, want %d", got, 51-tc.lost)
				}
			})
		})
	}
}

// Without any snapshot the whole journal is looked through, from its first
// record on.
func TestGapWithoutSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newHourly(t)
		tr := d.start()
		d.feed(tr, 10)
		d.kill(tr)
		must(t, d.mem.Lane().Delete(t.Context(), 5))
		tr = d.start()
		if !strings.Contains(d.log.String(), "first=5 last=5") || !slices.Equal(d.heard().rolledBack, []uint64{1}) {
			t.Errorf("rollbacks %v\n%s", d.heard().rolledBack, d.log)
		}
		d.same(tr, "what is left")
	})
}
