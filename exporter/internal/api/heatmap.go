package api

import (
	"strconv"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/heatmap"
)

// weeks that are looked at where a request does not say.
const weeks = heatmap.Weeks

func (a *API) heatmap(r *request) (any, error) {
	q := r.URL.Query()
	zone, err := zoneOf(q.Get("zone"))
	if err != nil {
		return nil, err
	}
	now := a.opts.Now()
	to, err := timeOf(q.Get("to"), "to", now)
	if err != nil {
		return nil, err
	}
	from, err := timeOf(q.Get("from"), "from", to.Add(-weeks*7*24*time.Hour))
	if err != nil {
		return nil, err
	}
	if !from.Before(to) {
		return nil, bad("from is not before to")
	}
	var m *heatmap.Matrix
	if err := a.inspect(r, func(s *fold.State) {
		m = s.Heatmap(places(q["source"], q["inbox"], q["team"]), zone, from.UnixNano(), to.UnixNano())
	}); err != nil {
		return nil, err
	}
	out := api.Heatmap{Zone: zone.String(), From: time.Unix(0, m.From).UTC(), To: time.Unix(0, m.To).UTC(), Cells: make([]api.HeatmapCell, 0, 7*24)}
	for day := 1; day <= 7; day++ {
		for hour := range 24 {
			c := &m.Cells[day%7][hour]
			cell := api.HeatmapCell{
				Weekday: day, Hour: hour, Hours: float64(c.Quarters) / 4, Opened: c.Opened, Messages: c.Messages, FirstResponses: c.Responses,
				OpenedPerHour: c.PerHour(c.Opened), MessagesPerHour: c.PerHour(c.Messages),
			}
			if mean, ok := c.Mean(); ok {
				s := mean.Seconds()
				cell.FirstResponseMean = &s
			}
			if median, ok := c.Median(); ok {
				s := median.Seconds()
				cell.FirstResponseMedian = &s
			}
			out.Cells = append(out.Cells, cell)
		}
	}
	return out, nil
}

// places are all combinations of what was asked for.
func places(sources, inboxes, teams []string) (all []fold.Place) {
	orAny := func(list []string) []string {
		if len(list) == 0 {
			return []string{""}
		}
		return list
	}
	if len(sources)+len(inboxes)+len(teams) == 0 {
		return nil
	}
	for _, s := range orAny(sources) {
		for _, i := range orAny(inboxes) {
			for _, t := range orAny(teams) {
				all = append(all, fold.Place{Source: s, Inbox: i, Team: t})
			}
		}
	}
	return all
}

func zoneOf(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, bad("zone %.60q is not known: take a name such as America/Sao_Paulo, or UTC", name)
	}
	return zone, nil
}

// timeOf reads a time: RFC 3339, or Unix time in seconds or milliseconds, as
// Grafana has it.
func timeOf(s, name string, otherwise time.Time) (time.Time, error) {
	if s == "" {
		return otherwise, nil
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 && n < 1e14 {
		if n >= 1e11 {
			return time.UnixMilli(n).UTC(), nil
		}
		return time.Unix(n, 0).UTC(), nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() < 1970 || t.Year() > 2200 {
		return time.Time{}, bad("%s is no time: take RFC 3339 or Unix seconds", name)
	}
	return t.UTC(), nil
}
