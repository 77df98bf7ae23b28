package wire

import (
	"testing"
	"time"

	"github.com/valyala/fastjson"
)

func TestTime(t *testing.T) {
	at := time.Date(2026, 3, 4, 12, 30, 5, 0, time.UTC)
	for _, tc := range []struct {
		in   string
		want time.Time // zero: none
	}{
		{"2026-03-04T12:30:05Z", at},
		{"2026-03-04T09:30:05-03:00", at},
		{"2026-03-04T12:30:05.123456789Z", at.Add(123456789)},
		{"2026-03-04T12:30:05.5+00:00", at.Add(500 * time.Millisecond)},
		{"1772627405", at},
		{"1772627405.25", at.Add(250 * time.Millisecond)},
		{"1772627405.123456789", at.Add(123456789)},
		{"1772627405.1234567899", at.Add(123456789)},
		{"1772627405.", at},
		{"1772627405123", at.Add(123 * time.Millisecond)},
		{"1772627405123456", at.Add(123456 * time.Microsecond)},
		{"1000000000", time.Unix(1_000_000_000, 0).UTC()},
		{"4102444800", time.Unix(4_102_444_800, 0).UTC()},
		{"2001-09-09T01:46:40Z", time.Unix(1_000_000_000, 0).UTC()},

		{"", time.Time{}},
		{"0", time.Time{}},
		{"999999999", time.Time{}},
		{"1.5", time.Time{}},
		{".5", time.Time{}},
		{"4102444801", time.Time{}}, // 47 days in milliseconds
		{"99999999999", time.Time{}},
		{"1772627405123456789", time.Time{}}, // nanoseconds
		{"99999999999999999999", time.Time{}},
		{"1772627405.1.2", time.Time{}},
		{"-1772627405", time.Time{}},
		{"+1772627405", time.Time{}},
		{"1.772627405e9", time.Time{}},
		{"2026-03-04T12:30:05", time.Time{}}, // no zone
		{"2026-03-04 12:30:05Z", time.Time{}},
		{"2026-03-04", time.Time{}},
		{"1999-03-04T12:30:05Z", time.Time{}},
		{"2150-03-04T12:30:05Z", time.Time{}},
		{"0001-01-01T00:00:00Z", time.Time{}},
		{"2026-02-30T12:30:05Z", time.Time{}},
		{"2026-03-04T12:30:05.0000000000000000000000000Z", time.Time{}},
		{" 1772627405", time.Time{}},
		{"null", time.Time{}},
	} {
		got, ok := Time([]byte(tc.in))
		if ok == tc.want.IsZero() || !got.Equal(tc.want) || got.Location() != time.UTC {
			t.Errorf("%q: %v, %v; want %v", tc.in, got, ok, tc.want)
		}
	}
}

func TestTimeAt(t *testing.T) {
	v := fastjson.MustParse(`{"s":"1772627405","n":1772627405.5,"e":1.772627405e9,"b":true,"z":null}`)
	at := time.Date(2026, 3, 4, 12, 30, 5, 0, time.UTC)
	for key, want := range map[string]time.Time{"s": at, "n": at.Add(500 * time.Millisecond), "e": {}, "b": {}, "z": {}, "none": {}} {
		if got, ok := TimeAt(v, key); ok == want.IsZero() || !got.Equal(want) {
			t.Errorf("%s: %v, %v; want %v", key, got, ok, want)
		}
	}
}

func FuzzTime(f *testing.F) {
	for _, seed := range []string{"2026-03-04T12:30:05.25Z", "2026-03-04T12:30:05-03:00", "1772627405", "1772627405.25", "1772627405123", "1772627405123456", "9.9", "1e9"} {
		f.Add([]byte(seed))
	}
	first, last := time.Unix(minSeconds, 0), time.Unix(maxSeconds+1, 0)
	f.Fuzz(func(t *testing.T, b []byte) {
		got, ok := Time(b)
		if !ok {
			if !got.IsZero() {
				t.Errorf("%q: no time, and %v", b, got)
			}
			return
		}
		if got.Before(first) || !got.Before(last) || got.Location() != time.UTC {
			t.Errorf("%q is %v", b, got)
		}
		if again, ok := Time([]byte(got.Format(time.RFC3339Nano))); !ok || !again.Equal(got) {
			t.Errorf("%q is %v, and written anew %v", b, got, again)
		}
	})
}
