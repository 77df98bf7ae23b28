package exporter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/providers"
)

// recorder folds what the exporter acknowledged, apart from it.
type recorder struct {
	replayer
	adapter provider.Adapter
	source  string
}

func newRecorder(cfg *config.Config) (*recorder, error) {
	master := privacy.NewMaster([32]byte{})
	in, err := intake.New(cfg, master, providers.KnownFailureCode)
	if err != nil {
		return nil, err
	}
	sources, err := webhookSources(cfg)
	if err != nil {
		return nil, err
	}
	return &recorder{
		replayer: replayer{state: fold.New(foldConfig(cfg, master)), intake: in, cfg: cfg},
		adapter:  sources[0].Adapter, source: sources[0].Name,
	}, nil
}

// acknowledged folds requests that the exporter received at a moment.
func (r *recorder) acknowledged(reqs []provider.Request, at time.Time) error {
	for i := range reqs {
		reqs[i].Received = at
		var res provider.Result
		if err := r.adapter.Adapt(&reqs[i], &res); err != nil {
			return err
		}
		for j := range res.Events {
			e := &res.Events[j]
			e.Source, e.Received = r.source, at
			if err := r.fold(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// recount stops the exporter and compares what it showed last with its
// journal, and with what it acknowledged. All are as of the last record: while
// the clock stands nothing else lets the agents' time grow.
func (d *demo) recount(ctx context.Context) error {
	shown, err := d.scrape(ctx)
	if err != nil {
		return err
	}
	d.child.stop()
	state, err := replayJournal(ctx, ReplayOptions{JournalDir: d.child.journal, Err: d.Err}, nil)
	if err != nil {
		return err
	}
	if err := runUntil(d.recorded.state, state.Received()); err != nil {
		return err
	}
	var journal, acknowledged bytes.Buffer
	if err := errors.Join(expose(state, ReplayOptions{Out: &journal}), expose(d.recorded.state, ReplayOptions{Out: &acknowledged})); err != nil {
		return err
	}
	fmt.Fprintf(d.Out, "\nThe exporter was killed (-9) %d times. %d webhooks were acknowledged, %d attempts were needed.\n\n",
		d.child.kills, d.sender.Stats().Requests, d.sender.Stats().Attempts)
	same := true
	for _, other := range []struct {
		name string
		text io.Reader
	}{{"a recount of its journal", &journal}, {"a recount of what it acknowledged", &acknowledged}} {
		values, err := parseExposition(other.text)
		if err != nil {
			return err
		}
		diff, n := compareValues(shown, values)
		if len(diff) == 0 {
			fmt.Fprintf(d.Out, "  all %d values of /metrics equal %s\n", n, other.name)
			continue
		}
		same = false
		fmt.Fprintf(d.Out, "  %d of %d values of /metrics differ from %s:\n    %s\n", len(diff), n, other.name, strings.Join(diff[:min(len(diff), 10)], "\n    "))
	}
	if !same {
		return errors.New("the totals differ")
	}
	return nil
}

// scrape reads the values of /metrics that come from the journal.
func (d *demo) scrape(ctx context.Context) (map[string]float64, error) {
	resp, err := httpGet(ctx, "http://"+d.child.web+"/metrics")
	if err != nil {
		return nil, err
	}
	values, err := parseExposition(resp.Body)
	return values, errors.Join(err, resp.Body.Close())
}

// parseExposition gives every value of the families that come from the
// journal, by series. The opaque conversation ids are left out: they depend on
// the key file.
func parseExposition(r io.Reader) (map[string]float64, error) {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(r)
	if err != nil {
		return nil, err
	}
	out := map[string]float64{}
	for _, f := range measure.Families {
		if fam := families[f.Name]; fam != nil {
			for _, m := range fam.Metric {
				addValues(out, f.Name, m)
			}
		}
	}
	return out, nil
}

func addValues(out map[string]float64, name string, m *dto.Metric) {
	var labels []string
	for _, l := range m.Label {
		if l.GetName() != "conversation" {
			labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
		}
	}
	sort.Strings(labels)
	series := name + "{" + strings.Join(labels, ",") + "}"
	switch {
	case m.Counter != nil:
		out[series] += m.Counter.GetValue()
	case m.Gauge != nil:
		out[series] += m.Gauge.GetValue()
	case m.Histogram != nil:
		out[series+" count"] = float64(m.Histogram.GetSampleCount())
		out[series+" sum"] = m.Histogram.GetSampleSum()
		for _, b := range m.Histogram.Bucket {
			out[fmt.Sprintf("%s le=%g", series, b.GetUpperBound())] = float64(b.GetCumulativeCount())
		}
	}
}

// compareValues lists the series that differ; one that is missing is 0.
func compareValues(a, b map[string]float64) (diff []string, n int) {
	keys := map[string]bool{}
	for k := range a {
		keys[k] = true
	}
	for k := range b {
		keys[k] = true
	}
	for k := range keys {
		if a[k] != b[k] {
			diff = append(diff, fmt.Sprintf("%s: %g, recounted %g", k, a[k], b[k]))
		}
	}
	sort.Strings(diff)
	return diff, len(keys)
}

// headlines prints the day's figures.
func (d *demo) headlines(ctx context.Context) error {
	v, err := d.scrape(ctx)
	if err != nil {
		return err
	}
	sum := func(prefix, part string) float64 {
		total := 0.0
		for k, n := range v {
			if strings.HasPrefix(k, prefix) && strings.Contains(k, part) {
				total += n
			}
		}
		return total
	}
	met, missed := sum("helpdesk_first_response_deadlines_total{", `result="met"`), sum("helpdesk_first_response_deadlines_total{", `result="missed"`)
	whole := func(family, outcome string) float64 { return sum(family+"{", `outcome="`+outcome+`"`) }
	const fcr, bot, score, state = "helpdesk_fcr_outcomes_24h_total", "helpdesk_bot_conversations_total", "helpdesk_csat_responses_total{", "helpdesk_agent_state_seconds_total{"
	busy, available := sum(state, `state="busy"`), sum(state, `state="available"`)
	count, seconds := sum("helpdesk_first_response_seconds{", "} count"), sum("helpdesk_first_response_seconds{", "} sum")
	fmt.Fprintf(d.Out, "  conversations opened       %6.0f\n", sum("helpdesk_conversations_opened_total{", ""))
	fmt.Fprintf(d.Out, "  messages in / out          %6.0f / %.0f\n", sum("helpdesk_messages_total{", `direction="in"`), sum("helpdesk_messages_total{", `direction="out"`))
	fmt.Fprintf(d.Out, "  first response, mean       %6.0f s\n", ratio(seconds, count))
	fmt.Fprintf(d.Out, "  first response within 60 s %6.1f %%\n", 100*ratio(met, met+missed))
	fmt.Fprintf(d.Out, "  nobody replied in 2 min    %6.0f times\n", sum("helpdesk_unanswered_2m_total{", ""))
	fmt.Fprintf(d.Out, "  handed over by the bot     %6.0f\n", sum("helpdesk_bot_handoffs_total{", ""))
	fmt.Fprintf(d.Out, "  contained by the bot       %6.1f %%\n", 100*ratio(whole(bot, "resolved_confirmed")+whole(bot, "resolved_silent"), sum(bot+"{", "")))
	fmt.Fprintf(d.Out, "  solved at first contact    %6.1f %%\n", 100*ratio(whole(fcr, "first_contact"), sum(fcr+"{", "")-whole(fcr, "unanswered")))
	fmt.Fprintf(d.Out, "  satisfied                  %6.1f %%\n", 100*ratio(sum(score, `score="4"`)+sum(score, `score="5"`), sum(score, "")))
	fmt.Fprintf(d.Out, "  agents busy                %6.1f %%\n", 100*ratio(busy, busy+available))
	fmt.Fprintf(d.Out, "  waiting now                %6.0f\n", sum("helpdesk_conversations{", `state="waiting"`))
	return nil
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
