package privacy

import (
	"bytes"
	"encoding/base64"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestKeyFileFormat(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	w := []wrapSeed{{at, [KeySize]byte{2}}, {at.Add(time.Hour), [KeySize]byte{3}}}
	for _, f := range []keyFile{
		{identity: [KeySize]byte{1}, identityWraps: true},
		{identity: [KeySize]byte{1}, identityWraps: true, wraps: w},
		{identity: [KeySize]byte{1}, wraps: w[:1]},
	} {
		text := appendKeyFile(nil, f)
		for _, text := range []string{string(text), "\n" + string(text) + "\n\n", strings.ReplaceAll(string(text), "\n", "\r\n")} {
			if got, err := parseKeyFile([]byte(text)); err != nil || !reflect.DeepEqual(got, f) {
				t.Errorf("came back as another: %v", err)
			}
		}
	}
}

func TestKeyFileFormatRefused(t *testing.T) {
	seed := func(n int) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xA5}, n)) }
	first := keyFileTag + " " + seed(KeySize) + "\n"
	identity := identityTag + " " + seed(KeySize) + "\n"
	wrap := wrapTag + " 2026-01-02T03:04:05Z " + seed(KeySize) + "\n"
	for _, tc := range []struct{ name, text, want string }{
		{"identity alone", identity, "has no line"},
		{"other tag", "helpdesk-exporter-key-v2 " + seed(KeySize) + "\n" + wrap, "in line 1 does not start with"},
		{"wrap first", wrap + first, "in line 1 does not start with"},
		{"first short", keyFileTag + " " + seed(31) + "\n" + wrap, "in line 1 holds a key of 31 bytes"},
		{"identity short", identityTag + " " + seed(31) + "\n" + wrap, "in line 1 holds a key of 31 bytes"},
		{"first twice", first + wrap + first, "in line 3 is not"},
		{"no time", first + wrapTag + " " + seed(KeySize) + "\n", "in line 2 is not"},
		{"bad time", first + strings.Replace(wrap, "-01-", "-13-", 1), "in line 2 has a time"},
		{"wrap short", first + wrap + wrapTag + " 2026-01-02T03:04:05Z " + seed(16), "in line 3 holds a key of 16 bytes"},
		{"no base64", first + strings.Replace(wrap, "Z pa", "Z !a", 1), "in line 2 does not hold one line of base64"},
		{"cut off", first + wrap[:len(wrap)-10], "in line 2 does not hold one line of base64"},
		{"empty line", first + "\n" + wrap, "in line 2 is not"},
		{"too many", first + strings.Repeat(wrap, maxSeeds), "more than 32 keys"},
		{"too large", first + strings.Repeat(wrap, 1000), "more than 8192 bytes"},
	} {
		_, err := parseKeyFile([]byte(tc.text))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		} else if strings.Contains(err.Error(), seed(12)) {
			t.Errorf("%s: the error shows a key", tc.name)
		}
	}
}

// FuzzKeyFile: what can be read comes back the same when it is written, a file
// of version 1 is read as ever, and no error shows what is in the file.
func FuzzKeyFile(f *testing.F) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	k := keyFile{identity: [KeySize]byte{1}, identityWraps: true}
	f.Add(appendKeyFile(nil, k))
	k.wraps = append(k.wraps, wrapSeed{at, [KeySize]byte{2}})
	f.Add(appendKeyFile(nil, k))
	k.identityWraps = false
	k.wraps = append(k.wraps, wrapSeed{at, [KeySize]byte{3}})
	f.Add(appendKeyFile(nil, k))
	f.Add([]byte(identityTag + " "))
	f.Add([]byte(keyFileTag + " AQ==\n\n" + wrapTag + "  "))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := parseKeyFile(text)
		if seed, v1 := parseKey(text); v1 == nil && len(text) <= maxKeyFile {
			if err != nil || !reflect.DeepEqual(got, keyFile{identity: seed, identityWraps: true}) {
				t.Errorf("a file of version 1 is read as something else: %v", err)
			}
		}
		if err != nil {
			_, value, _ := strings.Cut(string(bytes.TrimSpace(text)), " ")
			if len(value) > 40 && strings.Contains(err.Error(), value) {
				t.Errorf("the error shows the file: %v", err)
			}
			return
		}
		got.master()
		for i := range got.wraps { // zones are written in UTC
			got.wraps[i].created = got.wraps[i].created.UTC().Truncate(time.Second)
		}
		written := appendKeyFile(nil, got)
		again, err := parseKeyFile(written)
		if err != nil && bytes.Contains(written, []byte("10000-")) { // RotateKeyFile refuses that
			return
		}
		if err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%+v came back as %+v, %v", got, again, err)
		}
	})
}
