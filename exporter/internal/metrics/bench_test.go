package metrics

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// busy is a helpdesk whose exposition has at least 10,000 lines, over 16
// shards. churn lets something happen in every scope.
func busy(tb testing.TB) (src *fixture, churn func()) {
	src = newFixture(16)
	var types []measure.ID
	for _, name := range []string{"order", "refund", "delivery", "billing"} {
		types = append(types, src.names.Force(measure.DictRequestType, name))
	}
	var scopes []measure.Scope
	round := int64(0)
	churn = func() {
		round++
		for i, sc := range scopes {
			st := src.stores[(i+int(round))%len(src.stores)]
			id := st.Scope(sc)
			typ := types[i%len(types)]
			ex := measure.Exemplar{Conversation: measure.ConversationID{byte(i), byte(round)}, Value: round * 1e9, Time: created + round}
			st.Observe(measure.FirstResponse, id, typ, 0, round%100*1e9, ex)
			st.Observe(measure.Response, id, 0, 0, round%1000*1e9, ex)
			st.Observe(measure.Resolution, id, typ, int(round)%6, round%5000*1e9, ex)
			st.Add(measure.Turns, id, 0, measure.TurnAnswered, 1)
			st.Add(measure.FirstResponseDeadlines, id, typ, 0, 1)
			st.Add(measure.Conversations, id, 0, measure.StateWaiting, 1)
		}
	}
	lines := func() int {
		var b bytes.Buffer
		if err := WriteText(&b, registry(tb, NewCollector(src, Options{}))); err != nil {
			tb.Fatal(err)
		}
		return bytes.Count(b.Bytes(), []byte("\n"))
	}
	for team := 0; lines() < 10_000; team++ {
		scopes = append(scopes, src.scope("main", fmt.Sprint("551190000000", team%3), fmt.Sprint("team ", team)))
		churn()
	}
	for range 20 {
		churn()
	}
	return src, churn
}

// BenchmarkScrape10kLines gathers and encodes 10,000 lines, of which every
// scope's have partly changed since the scrape before.
func BenchmarkScrape10kLines(b *testing.B) {
	src, churn := busy(b)
	reg := prometheus.NewRegistry()
	reg.MustRegister(NewCollector(src, Options{}))
	run := func(name string, write func(io.Writer, prometheus.Gatherer) error, size func([]byte) int) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var buf bytes.Buffer
			for b.Loop() {
				b.StopTimer()
				churn()
				buf.Reset()
				b.StartTimer()
				if err := write(&buf, reg); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(size(buf.Bytes())), "lines")
			b.ReportMetric(float64(buf.Len()), "bytes")
		})
	}
	run("text", WriteText, func(text []byte) int { return bytes.Count(text, []byte("\n")) })
	run("protobuf", WriteProtobuf, func([]byte) int {
		var text bytes.Buffer
		if err := WriteText(&text, reg); err != nil {
			b.Fatal(err)
		}
		return bytes.Count(text.Bytes(), []byte("\n"))
	})
	b.Run("view", func(b *testing.B) {
		v := measure.NewView()
		for b.Loop() {
			b.StopTimer()
			churn()
			b.StartTimer()
			if err := src.View(b.Context(), v); err != nil {
				b.Fatal(err)
			}
		}
	})
}
