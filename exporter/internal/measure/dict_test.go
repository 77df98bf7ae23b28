package measure

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAdmit(t *testing.T) {
	n := NewNames(2)
	f := func(d Dict, value string, want ID, folds uint64) {
		t.Helper()
		if got := n.Admit(d, value); got != want {
			t.Errorf("Admit(%q) = %d, want %d", value, got, want)
		}
		if got := n.Folds(d); got != folds {
			t.Errorf("%d folds after %q, want %d", got, value, folds)
		}
	}
	f(DictTeam, "", None, 0)
	f(DictTeam, "other", Other, 0)
	f(DictTeam, "sales", 2, 0)
	f(DictTeam, "support", 3, 0)
	f(DictTeam, "billing", Other, 1)
	f(DictTeam, "billing", Other, 2) // each use counts
	f(DictTeam, "sales", 2, 2)
	f(DictReason, "billing", 2, 0) // dictionaries are apart

	if id := n.Force(DictTeam, "billing"); id != 4 {
		t.Errorf("a configured value beyond the cap got %d, want 4", id)
	}
	f(DictTeam, "billing", 4, 2)
	n.SetMax(1)
	f(DictTeam, "support", 3, 2) // what was admitted stays
	n.SetMax(10)
	f(DictTeam, "vip", 5, 2)
	if got := n.Value(DictTeam, 5); got != "vip" {
		t.Errorf("value of 5 is %q", got)
	}
	if got := n.Len(DictTeam); got != 6 {
		t.Errorf("%d ids, want 6", got)
	}
	if _, ok := n.Find(DictTeam, "none such"); ok {
		t.Error("found what was never admitted")
	}
}

// What providers send must not fail or swell a scrape.
func TestAdmitBadValues(t *testing.T) {
	n := NewNames(10)
	broken := n.Admit(DictReason, "a\xff\xfeb")
	if again := n.Admit(DictReason, "a\xff\xfeb"); again != broken {
		t.Errorf("the same value got %d and %d", broken, again)
	}
	if got := n.Value(DictReason, broken); got != "a\uFFFDb" {
		t.Errorf("kept as %q", got)
	}
	long := strings.Repeat("ã", 1000)
	id := n.Admit(DictReason, long)
	if got := n.Value(DictReason, id); len(got) > maxValueBytes || !utf8.ValidString(got) || !strings.HasPrefix(long, got) {
		t.Errorf("long value is kept as %d bytes", len(got))
	}
	if found, ok := n.Find(DictReason, long); !ok || found != id {
		t.Errorf("a long value is not found again: %d, %v", found, ok)
	}
}

func TestIDsDoNotWrap(t *testing.T) {
	n := NewNames(1 << 20)
	for i := range maxIDs + 10 {
		n.Admit(DictCode, fmt.Sprint("code ", i))
	}
	if n.Len(DictCode) != maxIDs || n.Folds(DictCode) != 12 {
		t.Errorf("%d ids, %d folds", n.Len(DictCode), n.Folds(DictCode))
	}
	if id := n.Force(DictCode, "one more"); id != Other {
		t.Errorf("a value beyond the last id got %d", id)
	}
}

func TestCloneIsApart(t *testing.T) {
	n := NewNames(10)
	n.Admit(DictTeam, "sales")
	c := n.Clone()
	a, b := n.Admit(DictTeam, "one"), c.Admit(DictTeam, "two")
	if a != b || n.Value(DictTeam, a) != "one" || c.Value(DictTeam, b) != "two" {
		t.Errorf("after the copy %d is %q and %d is %q", a, n.Value(DictTeam, a), b, c.Value(DictTeam, b))
	}
	if _, ok := n.Find(DictTeam, "two"); ok {
		t.Error("an addition to the copy reached the original")
	}
	if _, ok := c.Find(DictTeam, "one"); ok {
		t.Error("an addition to the original reached the copy")
	}
}
