package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain is the generator's process too: the benchmark of ingest starts this
// binary again with generatorEnv set.
func TestMain(m *testing.M) {
	if spec := os.Getenv(generatorEnv); spec != "" {
		if err := generate(spec, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "generator:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	results.print()
	os.Exit(code)
}

// report collects what the benchmarks of one run found out.
type report struct {
	mu   sync.Mutex
	rows [][3]string
}

var results report

// add notes a result, replacing an earlier one of the same name (a benchmark
// may run several times).
func (r *report) add(what, target, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	row := [3]string{what, target, fmt.Sprintf(format, args...)}
	if i := slices.IndexFunc(r.rows, func(o [3]string) bool { return o[0] == what }); i >= 0 {
		r.rows[i] = row
		return
	}
	r.rows = append(r.rows, row)
}

// print writes the results as a Markdown table, as docs/performance.md has it.
func (r *report) print() {
	if len(r.rows) == 0 {
		return
	}
	fmt.Printf("\n%s\n\n| what | target | measured |\n|---|---|---|\n", machine())
	for _, row := range r.rows {
		fmt.Printf("| %s | %s | %s |\n", row[0], row[1], row[2])
	}
	fmt.Println()
}

func machine() string {
	cpu := "unknown CPU"
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for _, line := range strings.Split(string(b), "\n") {
			if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == "model name" {
				cpu = strings.TrimSpace(v)
				break
			}
		}
	}
	return fmt.Sprintf("%s, %d cores, %s/%s, %s", cpu, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// BenchmarkSync is a write of 20 KiB (64 webhooks) and its fsync on the disk
// that the other benchmarks use.
func BenchmarkSync(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "sync"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	data := make([]byte, 20<<10)
	var took []time.Duration
	for b.Loop() {
		for range 1000 {
			began := time.Now()
			if _, err := f.Write(data); err != nil {
				b.Fatal(err)
			}
			if err := f.Sync(); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(began))
		}
	}
	b.ReportMetric(0, "ns/op")
	slices.Sort(took)
	half, most := quantile(took, 0.5), quantile(took, 0.99)
	b.ReportMetric(float64(half.Microseconds()), "p50-µs")
	b.ReportMetric(float64(most.Microseconds()), "p99-µs")
	results.add("write and fsync of 20 KiB on this disk", "(for scale)", "%s, p99 %s", round(half), round(most))
}

// quantile of a sorted list.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// round leaves three digits or so.
func round(d time.Duration) time.Duration {
	switch {
	case d > 10*time.Second:
		return d.Round(100 * time.Millisecond)
	case d > 10*time.Millisecond:
		return d.Round(100 * time.Microsecond)
	}
	return d.Round(time.Microsecond)
}

// settle lets one benchmark's garbage not be paid for by the next.
func settle() {
	runtime.GC()
	runtime.GC()
}
