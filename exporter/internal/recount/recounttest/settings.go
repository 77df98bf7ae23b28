package recounttest

import (
	"time"

	"pgregory.net/rapid"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/recount"
)

// blocks are the ones of a local day, in minutes.
type blocks = [][2]int

// calendars are of four ranks, so that no two are equally specific.
var calendars = []recount.Calendar{{
	Name: "office", Zone: "America/Sao_Paulo",
	Weekly: [7]blocks{
		1: {{8 * 60, 12 * 60}, {13 * 60, 18 * 60}}, 2: {{8 * 60, 12 * 60}, {13 * 60, 18 * 60}},
		3: {{8 * 60, 12 * 60}, {13 * 60, 18 * 60}}, 4: {{8 * 60, 12 * 60}, {13 * 60, 18 * 60}},
		5: {{8 * 60, 12 * 60}, {13 * 60, 17*60 + 30}}, 6: {{9 * 60, 13 * 60}},
	},
	Holidays: map[string]blocks{
		"2025-03-11": {}, "2026-03-09": {{10 * 60, 11 * 60}}, "2026-11-02": {},
	},
}, {
	Name: "sales", Zone: "America/New_York", Teams: []string{"sales"},
	Weekly: [7]blocks{
		0: {{60, 2*60 + 30}, {4 * 60, 1440}}, 1: {{0, 1440}}, 2: {{0, 60}, {23 * 60, 1440}},
		6: {{18 * 60, 1440}},
	},
	Holidays: map[string]blocks{"2026-11-03": {{90, 1000}}},
}, {
	Name: "first inbox", Zone: "America/New_York", Inboxes: []string{"i1", "p2"},
	Weekly: [7]blocks{
		0: {{0, 90}, {2 * 60, 3 * 60}}, 1: {{9 * 60, 17 * 60}}, 3: {{9 * 60, 17 * 60}}, 6: {{22*60 + 15, 1440}},
	},
}, {
	Name: "night", Zone: "America/Sao_Paulo", Teams: []string{"night", "support"}, Inboxes: []string{"i1", "p1"},
	Weekly: [7]blocks{
		0: {{0, 6 * 60}, {20 * 60, 1440}}, 1: {{0, 6 * 60}, {20 * 60, 1440}}, 2: {{0, 6 * 60}, {20 * 60, 1440}},
		3: {{0, 6 * 60}, {20 * 60, 1440}}, 4: {{0, 6 * 60}}, 5: {{20 * 60, 1440}}, 6: {{0, 1440}},
	},
	Holidays: map[string]blocks{"2025-03-10": {{5 * 60, 7 * 60}}},
}}

var overrides = []recount.Override{
	{Team: "night", FirstResponse: 90 * time.Second, Resolution: 20 * time.Minute},
	{Inbox: "i1", FirstResponse: 30 * time.Second, NegativeResponse: 30 * time.Second},
	{Team: "sales", Resolution: 2 * time.Hour, NegativeResponse: 5 * time.Minute},
	{Team: "support", Inbox: "i1", FirstResponse: 3 * time.Minute},
}

// some draws a part of a table, and none of it in half of the draws.
func some[T any](t *rapid.T, label string, from []T) (part []T) {
	if below(t, 2, label+"s") == 0 {
		return nil
	}
	for _, x := range from {
		if below(t, 2, label) == 1 {
			part = append(part, x)
		}
	}
	return part
}
