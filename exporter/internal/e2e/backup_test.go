package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// created gives the newest created time of a family's series.
func created(f families, name string) time.Time {
	var newest time.Time
	for _, m := range f[name].GetMetric() {
		if at := m.GetCounter().GetCreatedTimestamp().AsTime(); at.After(newest) {
			newest = at
		}
	}
	return newest
}

// TestBackupRestore takes a backup of a running exporter under load and starts
// another one from it.
func TestBackupRestore(t *testing.T) {
	o := newSetup(t, shopConfig)
	s := start(t, o)
	l := newLoad(t)
	l.follow(s)
	for n := range 4 {
		l.start(uint64(n))
	}
	const total = "helpdesk_messages_total"
	eventually(t, "load", func() error {
		if n := s.mustScrape().sum(total); n < 200 {
			return fmt.Errorf("%g messages", n)
		}
		return nil
	})
	before := s.mustScrape()
	file := filepath.Join(t.TempDir(), "backup")
	if out := mustRun(t, nil, "backup", "--journal.dir", o.journal, file); !strings.Contains(out, "key file") {
		t.Errorf("backup does not speak of the key file: %s", out)
	}
	after := s.mustScrape()
	l.end()
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}

	restored := o
	restored.journal = filepath.Join(t.TempDir(), "restored")
	// Half a backup is none, and leaves room for a whole one.
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	half := writeFile(t, file+".half", string(data[:len(data)/2]))
	if r := command(t, nil, "restore", "--journal.dir", restored.journal, half); r.code != 1 {
		t.Errorf("restore of half a backup: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	mustRun(t, nil, "restore", "--journal.dir", restored.journal, file)
	if out := mustRun(t, nil, "journal", "verify", "--journal.dir", restored.journal); !strings.Contains(out, "no fault") {
		t.Errorf("verify: %s", out)
	}
	// Nothing can be read without the key file.
	if r := command(t, nil, restored.argv()...); r.code != 1 || !strings.Contains(r.stderr, "key file") {
		t.Errorf("start without the key file: exit %d\n%s", r.code, r.stderr)
	}
	copyFile(t, filepath.Join(o.journal, "privacy.key"), filepath.Join(restored.journal, "privacy.key"))

	began := time.Now()
	r := start(t, restored)
	f := r.mustScrape()
	if got := f.sum(total); got < before.sum(total) || got > after.sum(total) {
		t.Errorf("%g messages restored, %g before the backup and %g after it", got, before.sum(total), after.sum(total))
	}
	// Prometheus may have seen higher values: they begin anew.
	if n := f.sum("helpdesk_state_rollbacks_total"); n != 1 {
		t.Errorf("%g rollbacks", n)
	}
	if at := created(f, total); at.Before(began.Truncate(time.Millisecond)) || !at.After(created(before, total)) {
		t.Errorf("created %s, before the backup %s", at, created(before, total))
	}
	got := f.sum(total)
	r.mustShop(received(fmt.Sprint("after-", rand.Uint64()), "+5511900000001", time.Now()))
	if n := r.mustScrape().sum(total); n != got+1 {
		t.Errorf("%g messages after one more than %g", n, got)
	}
	// That was once: another restart continues.
	again := created(r.mustScrape(), total)
	r.kill()
	r = start(t, restored)
	f = r.mustScrape()
	if n := f.sum("helpdesk_state_rollbacks_total"); n != 1 || !created(f, total).Equal(again) || f.sum(total) != got+1 {
		t.Errorf("after a restart: %g rollbacks, created %s, %g messages", n, created(f, total), f.sum(total))
	}
	r.terminate()

	// The original never noticed, and a stopped one can be backed up too.
	shown := s.mustScrape()
	if n := shown.sum("helpdesk_state_rollbacks_total"); n != 0 || !created(shown, total).Equal(created(before, total)) {
		t.Errorf("the original has %g rollbacks, created %s", n, created(shown, total))
	}
	s.terminate()
	whole := filepath.Join(t.TempDir(), "backup")
	mustRun(t, nil, "backup", "--journal.dir", o.journal, whole)
	third := filepath.Join(t.TempDir(), "third")
	mustRun(t, nil, "restore", "--journal.dir", third, whole)
	same(t, "replay of the restored journal", replay(t, nil, "--journal.dir", third).dump(everything), replay(t, nil, "--journal.dir", o.journal).dump(everything))
}
