package config

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Zones that are another one, or none, on another machine would make a replay
// there differ, also where this machine has them.
func TestZone(t *testing.T) {
	for zone, want := range map[string]bool{
		"UTC": true, "America/Sao_Paulo": true, "Europe/Lisbon": true, "Etc/GMT+3": true,
		"Local": false, "localtime": false, "posixrules": false, "posix/America/Sao_Paulo": false, "right/America/Sao_Paulo": false,
		"": false, "America": false, "America/": false, "/etc/localtime": false, "BRT": false, "UTC-3": false,
	} {
		doc := fmt.Sprintf("calendars: [{name: a, zone: %q, hours: {daily: []}}]", zone)
		if _, err := Parse([]byte(doc), "", facts); (err == nil) != want {
			t.Errorf("%q: %v", zone, err)
		}
	}
}

// Finding collisions must not take the product of all lists.
func TestManyCalendars(t *testing.T) {
	var b strings.Builder
	b.WriteString("calendars:\n")
	for i := range 250 {
		fmt.Fprintf(&b, "  - {name: c%d, zone: UTC, hours: {daily: []}, inboxes: [", i)
		for j := range 220 {
			fmt.Fprintf(&b, "%d,", 1000*i+j)
		}
		b.WriteString("]}\n")
	}
	start := time.Now()
	_, err := Parse([]byte(b.String()), "", facts)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	// Nothing else is wrong with them.
	if want := "line 2: labels.max_values: 55000 inboxes are configured"; err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %.300v\nwant %s", err, want)
	}
}
