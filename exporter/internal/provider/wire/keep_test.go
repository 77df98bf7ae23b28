package wire

import (
	"fmt"
	"strings"
	"testing"
)

// TestKeep: what is kept stays what it was, whatever becomes of the parser's
// memory and of what is kept later.
func TestKeep(t *testing.T) {
	var k Keeper
	k.Start(200)
	var got, want []string
	buf := make([]byte, 0, 100<<10)
	keep := func(s string) {
		buf = append(buf[:0], s...)
		got, want = append(got, k.Keep(buf)), append(want, strings.ToValidUTF8(s, "\ufffd"))
		clear(buf)
	}
	for i := range 200 {
		keep(fmt.Sprint("value ", i))
		got, want = append(got, k.Join("a", "", fmt.Sprint(i), ":b")), append(want, fmt.Sprintf("a%d:b", i))
		if i == 100 {
			k.Drop()
			keep(strings.Repeat("x", 90<<10)) // larger than a chunk
		}
	}
	keep("")
	keep("\xff\xfeé")
	keep("é😀")
	got, want = append(got, k.Join(), k.Join("", "")), append(want, "", "")
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%d: %.40q, want %.40q", i, got[i], want[i])
		}
	}
	if k.Keep(nil) != "" {
		t.Error("nothing is something")
	}
}

// TestKeepAllocates: few chunks for many pieces; a Keeper that was never started
// works too.
func TestKeepAllocates(t *testing.T) {
	piece := []byte("0123456789")
	n := testing.AllocsPerRun(20, func() {
		var k Keeper
		k.Start(4000)
		for range 200 {
			k.Keep(piece)
		}
		k.Drop()
	})
	if n > 3 {
		t.Errorf("%v allocations for 200 pieces", n)
	}
	var k Keeper
	if k.Keep(piece) != "0123456789" {
		t.Error("not started")
	}
}
