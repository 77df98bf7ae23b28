package wall

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// TestMessages: every key that is named exists, every one in the table is
// named, and the columns take the same arguments.
func TestMessages(t *testing.T) {
	var text strings.Builder
	files, err := filepath.Glob("*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || file == "messages.go" || !strings.Contains(file, ".go") && !strings.HasSuffix(file, ".tmpl") {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(b)
	}
	named := regexp.MustCompile(`(?:\.text\(|\.T )"([a-z.0-9]+)"`).FindAllStringSubmatch(text.String(), -1)
	if len(named) < 50 {
		t.Fatalf("only %d keys are named: the pattern is wrong", len(named))
	}
	for _, m := range named {
		if _, ok := messages[m[1]]; !ok {
			t.Errorf("no message %q", m[1])
		}
	}
	verbs := regexp.MustCompile(`%.`)
	for key, m := range messages {
		if !strings.Contains(text.String(), `"`+key+`"`) {
			t.Errorf("message %q is never shown", key)
		}
		for i, s := range m {
			if strings.TrimSpace(s) == "" {
				t.Errorf("message %q has no text in %s", key, languages[i].name)
			}
			if got, want := verbs.FindAllString(s, -1), verbs.FindAllString(m[0], -1); !slices.Equal(got, want) {
				t.Errorf("message %q in %s takes %v, want %v", key, languages[i].name, got, want)
			}
		}
	}
	if n := len(messages["title"]); len(languages) != n {
		t.Errorf("%d languages, %d columns", len(languages), n)
	}
}

func TestDuration(t *testing.T) {
	for _, tt := range []struct {
		d    time.Duration
		want string
	}{
		{-time.Second, "0 s"},
		{0, "0 s"},
		{999 * time.Millisecond, "0 s"},
		{59 * time.Second, "59 s"},
		{time.Minute, "1 min"},
		{4*time.Minute + 2*time.Second, "4 min 02 s"},
		{time.Hour, "1 h"},
		{time.Hour + 59*time.Second, "1 h"},
		{time.Hour + 5*time.Minute, "1 h 05 min"},
		{24 * time.Hour, "1 d"},
		{24*time.Hour + 30*time.Minute, "1 d"},
		{51 * time.Hour, "2 d 3 h"},
	} {
		if got := strings.ReplaceAll(duration(tt.d).String(), nbsp, " "); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.d, got, tt.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	en, pt := languages[0], languages[1]
	for _, tt := range []struct{ got, want string }{
		{en.number(0), "0"}, {en.number(-4500), "-4500"}, {en.number(999), "999"}, {en.number(1000), "1,000"},
		{en.number(1234567), "1,234,567"}, {pt.number(123456), "123.456"},
		{en.percent(0, 0), none}, {en.percent(0, 3), "0.0%"}, {en.percent(1999, 2000), "99.9%"}, {en.percent(2000, 2000), "100%"}, {pt.percent(2, 3), "66,6%"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}

func TestRisk(t *testing.T) {
	for d, want := range map[time.Duration]risk{
		0: calm, time.Minute: calm, time.Minute + 1: warn, 2 * time.Minute: warn, 2*time.Minute + 1: bad, time.Hour: bad,
	} {
		if got := riskOf(d); got != want {
			t.Errorf("%v: %s, want %s", d, got.Class, want.Class)
		}
	}
	if calm.Mark == warn.Mark || warn.Mark == bad.Mark || calm.Mark == bad.Mark {
		t.Error("the marks do not tell the risks apart without colour")
	}
}

func TestScale(t *testing.T) {
	for _, tt := range []struct{ most, step, top int }{
		{1, 1, 1}, {4, 1, 4}, {5, 2, 6}, {9, 5, 10}, {21, 10, 30}, {228, 100, 300}, {1000, 500, 1000}, {4001, 2000, 6000},
	} {
		if step, top := scale(tt.most); step != tt.step || top != tt.top {
			t.Errorf("%d: steps of %d up to %d, want %d up to %d", tt.most, step, top, tt.step, tt.top)
		}
	}
}

func TestMedian(t *testing.T) {
	bounds := measure.Buckets{int64(10 * time.Second), int64(time.Minute)}
	for _, tt := range []struct {
		buckets []uint64
		want    time.Duration
		within  bool
	}{
		{[]uint64{1, 0, 0}, 10 * time.Second, true},
		{[]uint64{1, 1, 0}, 10 * time.Second, true},
		{[]uint64{1, 2, 0}, time.Minute, true},
		{[]uint64{0, 1, 2}, time.Minute, false},
	} {
		m := timing{bounds: bounds, buckets: tt.buckets}
		for _, n := range tt.buckets {
			m.count += n
		}
		if got, within := m.median(); got != tt.want || within != tt.within {
			t.Errorf("%v: %v, %v; want %v, %v", tt.buckets, got, within, tt.want, tt.within)
		}
	}
}
