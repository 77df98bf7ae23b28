package metrics

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

func gather(t testing.TB, g prometheus.Gatherer) map[string]*dto.MetricFamily {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*dto.MetricFamily{}
	for _, f := range families {
		out[f.GetName()] = f
	}
	return out
}

// find is the metric of a family with these label values among its own.
func find(t testing.TB, f *dto.MetricFamily, values ...string) *dto.Metric {
	t.Helper()
	for _, m := range f.GetMetric() {
		have := map[string]bool{}
		for _, l := range m.Label {
			have[l.GetValue()] = true
		}
		all := true
		for _, v := range values {
			all = all && have[v]
		}
		if all {
			return m
		}
	}
	t.Fatalf("%s has no %q", f.GetName(), values)
	return nil
}

func TestLint(t *testing.T) {
	reg := registry(t, NewCollector(helpdesk(), Options{}))
	NewSelf(reg, []SourceInfo{{"main", "meta", []string{"whatsapp"}}})
	problems, err := testutil.GatherAndLint(reg)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestDescribe(t *testing.T) {
	ch := make(chan *prometheus.Desc, len(measure.Families)+1)
	NewCollector(helpdesk(), Options{}).Describe(ch)
	close(ch)
	at := 0
	for d := range ch {
		if !strings.Contains(d.String(), `"`+measure.Families[at].Name+`"`) {
			t.Errorf("description %d is %v, want %s", at, d, measure.Families[at].Name)
		}
		at++
	}
	if at != len(measure.Families) {
		t.Errorf("%d descriptions of %d families", at, len(measure.Families))
	}
}

func TestNothingUntilReady(t *testing.T) {
	var log bytes.Buffer
	src := helpdesk()
	reg := registry(t, NewCollector(src, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}))
	src.err = fmt.Errorf("tracker: %w", ErrNotReady)
	if got := gather(t, reg); len(got) != 0 || log.Len() != 0 {
		t.Errorf("%d families before it is ready, log %q", len(got), &log)
	}
	src.err = errors.New("stopped")
	if got := gather(t, reg); len(got) != 0 || !strings.Contains(log.String(), "stopped") {
		t.Errorf("%d families after an error, log %q", len(got), &log)
	}
	src.err = nil
	if got := gather(t, reg); len(got) < 20 {
		t.Errorf("%d families once it is ready", len(got))
	}
}

type slow struct{}

func (slow) View(ctx context.Context, _ *measure.View) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestSourceTimeout(t *testing.T) {
	if n := testutil.CollectAndCount(NewCollector(slow{}, Options{Timeout: time.Millisecond})); n != 0 {
		t.Errorf("%d metrics", n)
	}
}

// What one scrape got stays as it is while the state goes on and another one
// runs; what did not change is the same metric.
func TestMetricsStayAsTheyWere(t *testing.T) {
	src := helpdesk()
	reg := registry(t, NewCollector(src, Options{}))
	first := gather(t, reg)
	before := map[string]*dto.MetricFamily{}
	for name, f := range first {
		before[name] = proto.Clone(f).(*dto.MetricFamily)
	}
	id := src.stores[0].Scope(src.scope("main", "5511900000001", ""))
	src.stores[0].Observe(measure.Response, id, 0, 0, 7e9, measure.Exemplar{Value: 7e9, Time: created * 2})
	src.stores[0].Observe(measure.AssignmentResponse, id, 0, 0, 0, measure.Exemplar{}) // changes the count alone
	src.stores[0].Add(measure.Conversations, id, 0, measure.StateWaiting, -1)
	src.stores[0].Add(measure.FailedReplies, id, 0, 0, 1)
	second := gather(t, reg)
	for name, f := range first {
		if !proto.Equal(f, before[name]) {
			t.Errorf("%s changed after it was gathered", name)
		}
	}
	changed := 0
	for name, f := range second {
		if !proto.Equal(f, before[name]) {
			changed++
		}
	}
	if changed != 4 {
		t.Errorf("%d families changed, want 4", changed)
	}
	if got := find(t, second["helpdesk_response_seconds"], "", "main").Histogram.GetSampleCount(); got != 5 {
		t.Errorf("%d responses, want 5", got)
	}
	if first["helpdesk_failed_replies_total"].Metric[1].Counter != second["helpdesk_failed_replies_total"].Metric[1].Counter {
		t.Error("an unchanged counter was made anew")
	}
}

// Renewed created times and other buckets reach series that did not count.
func TestHeaderChanges(t *testing.T) {
	src := helpdesk()
	reg := registry(t, NewCollector(src, Options{}))
	gather(t, reg)
	src.created += 5e9
	got := gather(t, reg)
	for _, m := range got["helpdesk_turns_total"].Metric {
		if ts := m.Counter.CreatedTimestamp.AsTime().UnixNano(); ts != src.created {
			t.Errorf("created %d, want %d", ts, src.created)
		}
	}
	for _, st := range src.stores {
		st.SetBuckets(measure.NewBuckets(77 * time.Second))
	}
	got = gather(t, reg)
	for _, m := range got["helpdesk_response_seconds"].Metric {
		h := m.Histogram
		if len(h.Bucket) != len(measure.DefaultBuckets)+1 || h.Bucket[5].GetUpperBound() != 77 || h.GetSampleCount() != 0 {
			t.Errorf("after a change of buckets: %v", h)
		}
	}
}

func TestConcurrentScrapes(t *testing.T) {
	src := helpdesk()
	reg := registry(t, NewCollector(src, Options{}))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 5 {
				families, err := reg.Gather()
				if err != nil {
					t.Error(err)
					return
				}
				for _, f := range families {
					if _, err := proto.Marshal(f); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
}

func TestBadDynamicSample(t *testing.T) {
	src := helpdesk()
	src.dynamic = func(v *measure.View) { v.AddDynamic(measure.Targets, 1, "csat") }
	if _, err := registry(t, NewCollector(src, Options{})).Gather(); err == nil || !strings.Contains(err.Error(), "helpdesk_target: 1 label values, want 3") {
		t.Errorf("err = %v", err)
	}
}

// A const histogram is to the last field what client_golang's own one writes
// for the same observations.
func TestHistogramEqualsClientGolang(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	f := func(observations []float64) {
		t.Helper()
		src := newFixture(1)
		id := src.stores[0].Scope(src.scope("main", "5511900000001", "sales"))
		bounds := []float64{5, 10, 20, 30, 45, 60, 120, 300, 600, 1800, 3600, 14400, 86400}
		vec := prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: measure.AssignmentResponse.Name, Help: measure.AssignmentResponse.Help,
			Buckets: bounds, NativeHistogramBucketFactor: 1.1,
			NativeHistogramMaxExemplars: -1, // as no exemplars are given
		}, []string{"source", "inbox", "team"})
		one := vec.WithLabelValues("main", "5511900000001", "sales")
		for _, v := range observations {
			one.Observe(v)
			src.stores[0].Observe(measure.AssignmentResponse, id, 0, 0, int64(v*1e9), measure.Exemplar{})
		}
		want := gather(t, registry(t, vec))[measure.AssignmentResponse.Name]
		got := gather(t, registry(t, NewCollector(src, Options{})))[measure.AssignmentResponse.Name]
		for _, m := range want.Metric {
			m.Histogram.CreatedTimestamp = got.Metric[0].Histogram.CreatedTimestamp
		}
		if ts := got.Metric[0].Histogram.CreatedTimestamp; !proto.Equal(ts, timestamppb.New(time.Unix(0, histCreated))) {
			t.Errorf("created %v", ts)
		}
		if !proto.Equal(got, want) {
			t.Fatalf("%s\nwant\n%s", prototext.Format(got), prototext.Format(want))
		}
	}
	f(nil)
	f([]float64{0})
	f([]float64{0, 0, 0.125, 5, 10, 20, 30, 45, 60, 86400, 86400.5, 1e6})
	f([]float64{1, 1.25, 2}) // gaps of 2 and 5 buckets
	f([]float64{1, 1.25, 1.5, 1.75, 8, 9, 1024})
	for range 50 {
		var observations []float64
		for range r.IntN(60) {
			// Eighths add up without rounding, so the sums are comparable.
			observations = append(observations, float64(r.Int64N(1<<r.IntN(24)))/8)
		}
		f(observations)
	}
}

// Exemplars stand in both forms, as client_golang's do while there is at most
// one a bucket.
func TestExemplarsEqualClientGolang(t *testing.T) {
	src := newFixture(1)
	id := src.stores[0].Scope(src.scope("main", "5511900000001", ""))
	vec := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: measure.Response.Name, Help: measure.Response.Help,
		Buckets: []float64{5, 10, 20, 30, 45, 60, 120, 300, 600, 1800, 3600, 14400, 86400}, NativeHistogramBucketFactor: 1.1,
	}, []string{"source", "inbox", "team"})
	one := vec.WithLabelValues("main", "5511900000001", "").(prometheus.ExemplarObserver)
	for i, v := range []float64{4, 7.5, 59, 60.5, 100_000} {
		c := measure.ConversationID{byte(i)}
		one.ObserveWithExemplar(v, prometheus.Labels{"conversation_id": c.String()})
		src.stores[0].Observe(measure.Response, id, 0, 0, int64(v*1e9), measure.Exemplar{Conversation: c, Value: int64(v * 1e9), Time: created + int64(i)})
	}
	want := gather(t, registry(t, vec))[measure.Response.Name]
	got := gather(t, registry(t, NewCollector(src, Options{})))[measure.Response.Name]
	g, w := got.Metric[0].Histogram, want.Metric[0].Histogram
	if len(g.Exemplars) != 5 || len(w.Exemplars) != 5 {
		t.Fatalf("%d exemplars, client_golang has %d", len(g.Exemplars), len(w.Exemplars))
	}
	for i, e := range g.Exemplars {
		if ts := e.Timestamp.AsTime().UnixNano(); ts != created+int64(i) {
			t.Errorf("exemplar %d is of %d", i, ts)
		}
		e.Timestamp = w.Exemplars[i].Timestamp // of the classic bucket as well: they share it
	}
	g.CreatedTimestamp = w.CreatedTimestamp
	if !proto.Equal(got, want) {
		t.Fatalf("%s\nwant\n%s", prototext.Format(got), prototext.Format(want))
	}
}

// A state saved and loaded shows the same, over protobuf too.
func TestRestartIsInvisible(t *testing.T) {
	src := helpdesk()
	show := func(src *fixture) []byte {
		t.Helper()
		var b bytes.Buffer
		if err := WriteProtobuf(&b, registry(t, NewCollector(src, Options{}))); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	names, err := measure.DecodeNames(src.names.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	again := &fixture{names: names, dynamic: src.dynamic, created: src.created}
	for _, st := range src.stores {
		loaded, err := measure.DecodeStore(st.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		again.stores = append(again.stores, loaded)
	}
	if !bytes.Equal(show(again), show(src)) {
		t.Error("another exposition after a restart")
	}
}
