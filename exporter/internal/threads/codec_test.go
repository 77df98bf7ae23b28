package threads

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"google.golang.org/protobuf/encoding/protowire"
)

func TestEntries(t *testing.T) {
	want := []entry{
		{"desk", conversations, "v", place{contact: "c", inbox: "i", channel: "sms"}},
		{"", contacts, "c", place{inbox: "i"}},
		{"desk", inboxes, strings.Repeat("x", maxID), place{channel: "\x00\xff"}},
	}
	var b []byte
	for _, e := range want {
		b = appendEntry(b, e.source, e.table, e.key, e.place)
	}
	// Of a newer version: another table, other fields.
	b = appendEntry(b, "desk", tableEnd, "k", place{contact: "c"})
	newer := appendEntry(nil, "desk", contacts, "n", place{inbox: "i"})
	message, _ := protowire.ConsumeBytes(newer)
	message = protowire.AppendVarint(protowire.AppendTag(message, 90, protowire.VarintType), 7)
	message = protowire.AppendFixed32(protowire.AppendTag(message, 91, protowire.Fixed32Type), 7)
	b = protowire.AppendBytes(b, message)
	want = append(want, entry{"desk", contacts, "n", place{inbox: "i"}})

	var got []entry
	if err := readEntries(b, func(e entry) { got = append(got, e) }); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\ngot  %+v\nwant %+v", err, got, want)
	}
	for n := 1; n < entrySize(b); n++ {
		if err := readEntries(b[:n], func(entry) {}); err == nil {
			t.Errorf("%d bytes of the first entry are read", n)
		}
	}
}

// TestChunks: records hold whole entries and fit the journal.
func TestChunks(t *testing.T) {
	long := strings.Repeat("x", maxID)
	var b []byte
	for i := range 2000 {
		b = appendEntry(b, "desk", conversations, fmt.Sprint(i), place{contact: long, inbox: long, channel: long})
	}
	n := 0
	for len(b) > 0 {
		size := chunk(b)
		if size > recordPlain || size+recordHead+100 > journal.MaxRecord {
			t.Errorf("a record of %d bytes", size)
		}
		if err := readEntries(b[:size], func(e entry) {
			if e.key != fmt.Sprint(n) {
				t.Errorf("entry %d is %s", n, e.key)
			}
			n++
		}); err != nil {
			t.Fatal(err)
		}
		b = b[size:]
	}
	if n != 2000 {
		t.Errorf("%d entries", n)
	}
}

func FuzzEntries(f *testing.F) {
	f.Add(appendEntry(nil, "desk", conversations, "v", place{contact: "c", inbox: "i", channel: "sms"}))
	f.Fuzz(func(t *testing.T, b []byte) {
		var again []byte
		n := 0
		if readEntries(b, func(e entry) { n++; again = appendEntry(again, e.source, e.table, e.key, e.place) }) != nil {
			return
		}
		m := 0
		if err := readEntries(again, func(entry) { m++ }); err != nil || m != n {
			t.Errorf("%d entries became %d, %v", n, m, err)
		}
	})
}
