package privacy

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func entry(index uint32, contact byte) keysEntry {
	return keysEntry{index: index, contact: record.Key{contact}, wrapped: bytes.Repeat([]byte{contact}, wrappedSize)}
}

func TestKeysRecord(t *testing.T) {
	for _, r := range []keysRecord{
		{},
		{entries: []keysEntry{entry(0, 1)}},
		{origin: 1<<52 - 1, entries: []keysEntry{entry(1, 2), entry(4095, 3), entry(0, 9)}},
		{origin: 7, entries: []keysEntry{entry(1, 2)}, written: 1777593600_000_000_000},
		{origin: 7, written: -1},
	} {
		got, err := parseKeys(appendKeys(nil, r))
		if err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("%+v came back as %+v, %v", r, got, err)
		}
	}
	full := keysRecord{origin: 1<<52 - 1, written: -1}
	for i := range maxEntries {
		full.entries = append(full.entries, entry(uint32(i), byte(i)))
	}
	if n := len(appendKeys(nil, full)); n > journal.MaxRecord {
		t.Errorf("a full record has %d bytes, the limit is %d", n, journal.MaxRecord)
	}
}

// TestKeysRecordV1 reads a record as version 1 wrote it.
func TestKeysRecordV1(t *testing.T) {
	path := filepath.Join("testdata", "keys-v1.hex")
	want := keysRecord{origin: 300, entries: []keysEntry{entry(0, 0xA1), entry(2, 0xA2)}}
	if *update {
		if err := os.WriteFile(path, []byte(hex.EncodeToString(appendKeys(nil, want))+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data, err := hex.DecodeString(string(bytes.TrimSpace(text)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseKeys(data)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v", got, err)
	}
}

func TestKeysRecordRefused(t *testing.T) {
	version := func(v uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(nil, fieldVersion, protowire.VarintType), v)
	}
	with := func(change func(*keysEntry)) []byte {
		e := entry(1, 1)
		change(&e)
		return appendKeys(nil, keysRecord{entries: []keysEntry{e}})
	}
	good := appendKeys(nil, keysRecord{entries: []keysEntry{entry(1, 1)}})
	for _, tc := range []struct {
		name string
		data []byte
		want error
	}{
		{"empty", nil, ErrKeysRecord},
		{"no version", good[2:], ErrKeysRecord},
		{"newer", version(2), ErrNewer},
		{"newer and not readable", append(version(2), 0xFF), ErrNewer},
		{"cut off", good[:len(good)-1], ErrKeysRecord},
		{"index twice", appendKeys(nil, keysRecord{entries: []keysEntry{entry(1, 1), entry(1, 2)}}), ErrKeysRecord},
		{"large index", with(func(e *keysEntry) { e.index = 4096 }), ErrKeysRecord},
		{"short key", with(func(e *keysEntry) { e.wrapped = e.wrapped[1:] }), ErrKeysRecord},
		{"no key", with(func(e *keysEntry) { e.wrapped = nil }), ErrKeysRecord},
		{"empty entry", append(version(1), 0x1A, 0), ErrKeysRecord},
		{"short contact", append(version(1), 0x1A, 3, 0x12, 1, 7), ErrKeysRecord},
		{"origin", appendKeys(nil, keysRecord{origin: 1 << 52}), ErrKeysRecord},
	} {
		if err := CheckRecord(tc.data); !errors.Is(err, tc.want) {
			t.Errorf("%s: error %v, want %v", tc.name, err, tc.want)
		}
	}
	// What a later version 1 may add is skipped.
	more := protowire.AppendTag(bytes.Clone(good), 15, protowire.Fixed64Type)
	more = protowire.AppendFixed64(more, 7)
	more = protowire.AppendTag(more, 16, protowire.BytesType)
	more = protowire.AppendBytes(more, []byte("more"))
	if err := CheckRecord(more); err != nil {
		t.Errorf("unknown fields: %v", err)
	}
}

// FuzzKeysRecord: what can be read comes back the same when it is written, and
// nothing panics.
func FuzzKeysRecord(f *testing.F) {
	f.Add([]byte{})
	f.Add(appendKeys(nil, keysRecord{}))
	f.Add(appendKeys(nil, keysRecord{entries: []keysEntry{entry(0, 1)}}))
	f.Add(appendKeys(nil, keysRecord{origin: 7, entries: []keysEntry{entry(1, 2), entry(4095, 3)}}))
	f.Add(appendKeys(nil, keysRecord{origin: 7, entries: []keysEntry{entry(1, 2)}, written: 5}))
	f.Add([]byte{8, 2})
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parseKeys(data)
		if err != nil {
			if !errors.Is(err, ErrKeysRecord) && !errors.Is(err, ErrNewer) {
				t.Errorf("error %v", err)
			}
			return
		}
		again, err := parseKeys(appendKeys(nil, r))
		if err != nil || !reflect.DeepEqual(again, r) {
			t.Errorf("%+v came back as %+v, %v", r, again, err)
		}
	})
}
