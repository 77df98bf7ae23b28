package segment

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
)

var (
	hash  = privacy.NewMaster([32]byte{1}).Contact
	names = config.Segments{Names: []string{"vip", "new", "B2B"}, Values: map[string]string{"gold": "vip", "lead": "new"}}
)

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name, list string
		taken      int
		refused    []string
		err        bool
	}{
		{name: "plain", list: "contact,segment\n5511900000001,vip\n5511900000002,new\n", taken: 2},
		{name: "as a spreadsheet writes it", list: "\xef\xbb\xbfName;Contact;Segment\r\nx, y;+55 11 90000-0001;VIP\r\n;;\r\n", taken: 1},
		{name: "quotes, spaces, another order", list: "segment , source, contact\n\"b2b\", desk, \"+55 (11) 90000.0001\"\n", taken: 1},
		{name: "wrong lines", list: "contact,segment,source\n,vip\n1,\n2,gold\n3,vip,elsewhere\n4,vip\n+4,new\n5\n" + strings.Repeat("9", 600) + ",vip\n\"6,vip\n",
			taken: 1, refused: []string{
				"line 2: the contact is missing", "line 3: the segment is missing", `line 4: the segment "gold" is none of segments.names`,
				`line 5: the source "elsewhere" is not configured`, "line 7: the contact stands in line 6 already", "line 8: the segment is missing",
				"line 9: the contact is longer than 512 bytes", "line 10: quotes are not closed or stand in the middle of a field",
			}},
		{name: "empty", list: "", err: true},
		{name: "no header", list: "5511900000001,vip\n", err: true},
		{name: "a column twice", list: "contact,segment,contact\n", err: true},
		{name: "header alone", list: "contact,segment"},
	} {
		t.Run(c.name, func(t *testing.T) {
			table, report, err := Read(strings.NewReader(c.list), names, []string{"desk"}, hash)
			if (err != nil) != c.err || c.err && !errors.Is(err, ErrList) {
				t.Fatal(err)
			}
			if err != nil {
				if strings.Contains(err.Error(), "5511900000001") {
					t.Errorf("tells a contact: %v", err)
				}
				return
			}
			var refused []string
			for _, r := range report.Refusals {
				refused = append(refused, r.String())
			}
			if report.Taken != c.taken || !slices.Equal(refused, c.refused) || report.Refused != len(c.refused) {
				t.Errorf("taken %d, refused %d: %q", report.Taken, report.Refused, refused)
			}
			sum := 0
			for _, n := range table.Contacts() {
				sum += n
			}
			if sum != c.taken {
				t.Errorf("%d contacts", sum)
			}
		})
	}
}

func TestManyRefusals(t *testing.T) {
	_, report, err := Read(strings.NewReader("contact,segment\n"+strings.Repeat("1,none\n", 100)), names, nil, hash)
	if err != nil || report.Refused != 100 || len(report.Refusals) != maxRefusals {
		t.Errorf("%v, %d refused, %d described", err, report.Refused, len(report.Refusals))
	}
}

func TestLookup(t *testing.T) {
	table, _, err := Read(strings.NewReader("contact,segment,source\n+55 11 90000-0001,vip,\nBR.1,new,\n77,b2b,desk\n"), names, []string{"desk"}, hash)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		source, contact, alias, said string
		want                         string
		unknown                      bool
	}{
		{source: "desk", contact: "5511900000001", want: "vip"},
		{source: "other", contact: "+5511900000001", want: "vip"},
		{source: "desk", contact: "1:501", alias: "5511900000001", want: "vip"},
		{source: "desk", contact: "BR.1", want: "new"},
		{source: "desk", contact: "br.1"},
		{source: "desk", contact: "77", want: "B2B"},
		{source: "other", contact: "77"},
		{source: "desk", contact: "1", said: "Gold ", want: "vip"},
		{source: "desk", contact: "1", said: "b2b", want: "B2B"},
		{source: "desk", contact: "1", said: "platinum", unknown: true},
		// The list goes first, whatever the provider says.
		{source: "desk", contact: "77", said: "gold", want: "B2B"},
	} {
		got, unknown := table.Lookup(c.source, c.contact, c.alias, c.said)
		if got != c.want || unknown != c.unknown {
			t.Errorf("%+v: %q, unknown %v", c, got, unknown)
		}
	}
	if got, unknown := New(config.Segments{}, hash).Lookup("desk", "1", "", ""); got != "" || unknown {
		t.Errorf("without segments: %q", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("contact,segment\n5511900000001,vip\n")
	f.Add("\xef\xbb\xbfcontact;segment;source\n\"+55\";new;desk\n")
	f.Add("contact,segment\n\"a\nb\",vip\n\"")
	f.Fuzz(func(t *testing.T, list string) {
		table, report, err := Read(strings.NewReader(list), names, []string{"desk"}, hash)
		if err != nil {
			if !errors.Is(err, ErrList) {
				t.Fatal(err)
			}
			return
		}
		if len(table.contacts) != report.Taken || len(report.Refusals) > report.Refused {
			t.Fatalf("%d contacts of %d lines", len(table.contacts), report.Taken)
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	var list strings.Builder
	list.WriteString("contact,segment\n")
	for i := range 100_000 {
		fmt.Fprintf(&list, "55119%08d,vip\n", i)
	}
	table, _, err := Read(strings.NewReader(list.String()), names, nil, hash)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		table.Lookup("desk", "5511900000001", "", "gold")
	}
}
