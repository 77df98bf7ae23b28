package wire

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/valyala/fastjson"
)

var sample = fastjson.MustParse(`{
	"string":"a\nb","empty":"","number":1772627405,"fraction":1.50,"long":123456789012345678901234567890,
	"true":true,"false":false,"null":null,"array":[1,2],"none":[],"object":{"x":1},
	"one":1,"zero":0,"sone":"1","strue":"true","sTrue":"True","sseconds":"1772627405","smilli":"1772627405000","early":999999999,"word":"abc"
}`)

func TestTexts(t *testing.T) {
	for key, want := range map[string]string{"string": "a\nb", "empty": "", "number": "", "null": "", "array": "", "missing": ""} {
		if got := string(Text(sample, key)); got != want {
			t.Errorf("Text %s: %q, want %q", key, got, want)
		}
	}
	for key, want := range map[string]string{
		"string": "a\nb", "number": "1772627405", "fraction": "1.50", "long": "123456789012345678901234567890",
		"true": "", "null": "", "array": "", "object": "", "missing": "",
	} {
		if got := string(Scalar(sample, key)); got != want {
			t.Errorf("Scalar %s: %q, want %q", key, got, want)
		}
	}
}

func TestContainers(t *testing.T) {
	for key, want := range map[string]int{"array": 2, "none": 0, "object": 0, "string": 0, "null": 0, "missing": 0} {
		if got := len(List(sample, key)); got != want {
			t.Errorf("List %s: %d, want %d", key, got, want)
		}
	}
	for key, want := range map[string]bool{"object": true, "array": false, "string": false, "null": false, "missing": false} {
		if got := Object(sample, key) != nil; got != want {
			t.Errorf("Object %s: %v", key, got)
		}
	}
}

func TestTruths(t *testing.T) {
	yes := map[string]bool{"true": true, "one": true, "sone": true, "strue": true}
	for _, key := range []string{"true", "false", "null", "one", "zero", "sone", "strue", "sTrue", "fraction", "word", "array", "object", "missing"} {
		if got := Bool(sample, key); got != yes[key] {
			t.Errorf("Bool %s: %v", key, got)
		}
		if got, want := Null(sample, key), key == "null" || key == "missing"; got != want {
			t.Errorf("Null %s: %v", key, got)
		}
	}
}

func TestSeconds(t *testing.T) {
	at := time.Unix(1772627405, 0).UTC()
	for key, want := range map[string]time.Time{
		"number": at, "sseconds": at, "smilli": {}, "early": {}, "fraction": {}, "long": {}, "word": {}, "empty": {}, "null": {}, "array": {}, "missing": {},
	} {
		if got, ok := Seconds(sample, key); ok == want.IsZero() || !got.Equal(want) {
			t.Errorf("%s: %v, %v; want %v", key, got, ok, want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, tc := range []struct {
		in   string
		n    int
		want string
	}{
		{"abc", 3, "abc"}, {"abcd", 3, "abc"}, {"", 0, ""}, {"abc", 0, ""},
		{"aé", 2, "a"}, {"aé", 3, "aé"}, {"a€b", 3, "a"}, {"a€b", 4, "a€"}, {"😀😀", 7, "😀"}, {"\x80\x80\x80", 2, ""},
	} {
		if got := string(Cut([]byte(tc.in), tc.n)); got != tc.want {
			t.Errorf("%q to %d bytes: %q, want %q", tc.in, tc.n, got, tc.want)
		}
	}
}

func TestIsAlnum(t *testing.T) {
	const yes = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for c := range 256 {
		if got := IsAlnum(byte(c)); got != strings.ContainsRune(yes, rune(c)) || c > 127 && got {
			t.Errorf("%q: %v", rune(c), got)
		}
	}
}

func TestAppendString(t *testing.T) {
	for in, want := range map[string]string{
		"": `""`, `a"b\c`: `"a\"b\\c"`, "a\n\r\t\x00\x1f": `"a\n\r\t\u0000\u001f"`, "<é&😀/>\x7f": "\"<é&😀/>\x7f\"",
	} {
		if got := string(AppendString([]byte("x"), in)); got != "x"+want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func FuzzAppendString(f *testing.F) {
	f.Add("Olá \"mundo\"\\\n\x00")
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		b := AppendString(nil, s)
		if !utf8.ValidString(s) {
			return
		}
		if err := json.Unmarshal(b, &got); err != nil || got != s {
			t.Errorf("%q became %s, %v", s, b, err)
		}
	})
}
