package exporter

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/internal/tooltest"
)

// The last samples of a history are what replay says at their moment.
func TestHistoryEqualsReplay(t *testing.T) {
	dir := t.TempDir()
	events := filepath.Join(dir, "events.ndjson")
	start := time.Date(2026, 11, 2, 7, 0, 0, 0, time.UTC)
	if err := Simulate(t.Context(), SimulateOptions{OutFile: events, Start: start, Seed: 3, Rate: 0.2, Duration: 30 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	end := start.Add(30 * time.Hour)
	var said bytes.Buffer
	err := Replay(t.Context(), ReplayOptions{Files: []string{events}, At: end.Add(time.Second), Out: &said, Err: &said, History: HistoryOptions{
		Dir: filepath.Join(dir, "history"), Step: 5 * time.Minute, CoarseStep: 15 * time.Minute, MaxBlockDuration: 24 * time.Hour, Job: "helpdesk-exporter",
	}})
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "history", "*.om"))
	if err != nil || len(files) < 2 || !strings.Contains(said.String(), fmt.Sprintf("in %d files of 18h0m0s", len(files))) {
		t.Fatalf("files %q, %v\n%s", files, err, &said)
	}
	for _, f := range files {
		if out, err := tooltest.Run(t, nil, "promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=24h", f, filepath.Join(dir, "tsdb")); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	out, err := tooltest.Run(t, nil, "promtool", "tsdb", "dump", "--min-time", strconv.FormatInt(end.UnixMilli(), 10), "--max-time", strconv.FormatInt(end.UnixMilli(), 10), filepath.Join(dir, "tsdb"))
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var want bytes.Buffer
	if err := Replay(t.Context(), ReplayOptions{Files: []string{events}, At: end, Out: &want, Err: &want}); err != nil {
		t.Fatal(err)
	}
	shown := seriesOf(t, strings.NewReplacer(`, job="helpdesk-exporter"`, "", ` job="helpdesk-exporter",`, "").Replace(string(out)))
	n := 0
	for line, v := range seriesOf(t, want.String()) {
		got, ok := shown[line]
		switch {
		case strings.Contains(line, "_bucket"): // only where they change
		case ok && got == v:
			n++
		case !ok && v == 0: // a counter that never counted
		default:
			t.Errorf("%s: %g in the history, %v, want %g", line, got, ok, v)
		}
	}
	if n < 500 {
		t.Errorf("only %d series were compared", n)
	}
	err = Replay(t.Context(), ReplayOptions{Files: []string{events}, Out: &said, Err: &said, History: HistoryOptions{Dir: filepath.Join(dir, "history"), Step: time.Minute, MaxBlockDuration: time.Hour}})
	if err == nil || !strings.Contains(err.Error(), "earlier run") {
		t.Errorf("into files of an earlier run: %v", err)
	}
}

// seriesOf reads exposition lines, or those of promtool tsdb dump, by name and
// sorted labels.
func seriesOf(t *testing.T, text string) map[string]float64 {
	t.Helper()
	out := map[string]float64{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, rest, labelled := strings.Cut(line, "{")
		labels, value := "", ""
		if labelled {
			end := strings.LastIndex(rest, "}")
			labels, value = rest[:end], rest[end+1:]
		} else {
			name, value, _ = strings.Cut(line, " ")
		}
		if n, found := strings.CutPrefix(labels, `__name__="`); found {
			name, labels, _ = strings.Cut(n, `"`)
		}
		v, err := strconv.ParseFloat(strings.Fields(value)[0], 64)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		var kept []string
		for _, l := range strings.Split(strings.TrimPrefix(labels, ","), ",") {
			// The dump leaves out empty labels.
			if l = strings.TrimSpace(l); l != "" && !strings.HasSuffix(l, `=""`) {
				kept = append(kept, l)
			}
		}
		out[name+"{"+strings.Join(kept, ",")+"}"] = v
	}
	return out
}
