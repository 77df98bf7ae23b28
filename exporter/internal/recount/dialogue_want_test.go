package recount

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Families with the label request_type, and with the label hours.
var (
	typedFamilies = []string{
		"first_response_seconds", "customer_first_response_seconds", "bot_first_response_seconds",
		"first_response_deadlines_total", "resolution_seconds", "resolution_active_seconds",
		"resolution_deadlines_total", "conversations_opened_total", "conversations_closed_total",
		"bot_conversations_total", "bot_handoffs_total", "bot_contained_7d_total", "bot_containment_ratio",
		"first_response_business_seconds", "resolution_business_seconds",
		"fcr_outcomes_24h_total", "fcr_outcomes_7d_total", "first_contact_resolution_ratio",
		"csat_surveys_total", "csat_responses_total", "csat_edits_total", "csat_unparsed_total",
		"csat_ratio", "csat_response_ratio", "nps_responses_total", "nps_score", "conversation_labels_total",
	}
	hoursFamilies = []string{
		"first_response_deadlines_total", "unanswered_2m_total", "resolution_deadlines_total", "escalations_total",
		"negative_response_deadlines_total",
	}
	teamlessFamilies = []string{"provider_account_events_total", "inbox_restricted"}
)

// expected gives the family of an expectation and its whole series.
func (d *dialogue) expected(series string) (family, whole string) {
	name, rest, _ := strings.Cut(strings.TrimSuffix(series, "}"), "{")
	family = name
	for _, suffix := range []string{"_count", "_sum"} {
		if base := strings.TrimSuffix(name, suffix); strings.HasSuffix(base, "_seconds") {
			family = base
		}
	}
	labels := map[string]string{"source": "events", "inbox": "i1"}
	if strings.HasPrefix(family, "agent_") {
		labels = map[string]string{"agent": "a1"}
	}
	if family == "contacts" {
		delete(labels, "inbox")
	} else if !slices.Contains(teamlessFamilies, family) {
		labels["team"] = ""
	}
	if slices.Contains(typedFamilies, family) {
		labels["request_type"] = "other"
	}
	if slices.Contains(hoursFamilies, family) {
		labels["hours"] = "open"
	}
	if family == "csat_responses_total" {
		labels["handled_by"], labels["had_negative"] = "human", "false"
	}
	if rest != "" {
		for pair := range strings.SplitSeq(rest, ",") {
			label, value, _ := strings.Cut(pair, "=")
			value, err := strconv.Unquote(value)
			d.must(err)
			labels[label] = value
		}
	}
	var pairs []string
	for label, value := range labels {
		pairs = append(pairs, label, value)
	}
	return "helpdesk_" + name, Series("helpdesk_"+name, pairs...)
}

func (d *dialogue) compare(got Totals, text string) {
	d.t.Helper()
	want, families := Totals{}, map[string]bool{}
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(l)
		if l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		cut := strings.LastIndexByte(l, ' ')
		family, series := d.expected(l[:cut])
		families[family] = true
		if l[cut+1:] == "none" {
			continue
		}
		value, divisor, isFraction := strings.Cut(l[cut+1:], "/")
		v, err := strconv.ParseFloat(value, 64)
		d.must(err)
		if isFraction {
			by, err := strconv.ParseFloat(divisor, 64)
			d.must(err)
			v /= by
		}
		want[series] = v
	}
	if len(families) == 0 {
		d.t.Fatal("nothing is expected")
	}
	relevant := Totals{}
	for series, v := range got {
		if name, _, _ := strings.Cut(series, "{"); families[name] {
			relevant[series] = v
		}
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }
	if !maps.EqualFunc(want, relevant, near) {
		d.t.Errorf("got\n%s\nwant\n%s", listed(relevant), listed(want))
	}
}

func listed(t Totals) string {
	var lines []string
	for _, k := range slices.Sorted(maps.Keys(t)) {
		lines = append(lines, fmt.Sprintf("  %s %g", k, t[k]))
	}
	return strings.Join(lines, "\n")
}
