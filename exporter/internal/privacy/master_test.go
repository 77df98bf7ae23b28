package privacy

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// testMaster is a Master whose seed is n, 0, 0 …
func testMaster(n byte) *Master { return NewMaster([KeySize]byte{n}) }

func TestContact(t *testing.T) {
	m := testMaster(1)
	same := func(a, b string) {
		t.Helper()
		if m.Contact("meta", a) != m.Contact("meta", b) {
			t.Errorf("%q and %q are two contacts", a, b)
		}
	}
	differ := func(a, b string) {
		t.Helper()
		if m.Contact("meta", a) == m.Contact("meta", b) {
			t.Errorf("%q and %q are one contact", a, b)
		}
	}
	same("+5511900000001", "5511900000001")
	same("+55 11 90000-0001", "5511900000001")
	same("+55 (11) 90000.0001", "5511900000001")
	same(" 5511900000001 ", "5511900000001")
	differ("5511900000001", "5511900000002")
	differ("0", "00")
	// What is no phone number is taken as it is.
	differ("BR.5511900000001", "5511900000001")
	differ("55119a", "55119")
	differ("55+11", "5511")
	differ("abc", "ABC")
	differ("abc", "abc ")
	differ("+", "-")
	differ("+", "")
	differ("١٢٣", "123")

	if k := m.Contact("meta", ""); k != (record.Key{}) {
		t.Errorf("no contact has the key %x", k)
	}
	if m.Contact("a", "5511900000001") == m.Contact("b", "5511900000001") {
		t.Error("two sources share a contact")
	}
	if m.Contact("ab", "c") == m.Contact("a", "bc") {
		t.Error("the name of the source runs into the contact")
	}
	if m.Contact("a", "5511900000001") == testMaster(2).Contact("a", "5511900000001") {
		t.Error("two masters give the same key")
	}
}

// TestStable: journals of older versions depend on these values.
func TestStable(t *testing.T) {
	m := testMaster(1)
	got := fmt.Sprintf("%x", m.Contact("meta", "+55 11 90000-0001"))
	if want := "bf3841f296b51f9e3a04f9b4f4b7a625"; got != want {
		t.Errorf("Contact = %s, want %s", got, want)
	}
	key := m.Derive("label")
	if got, want := hex.EncodeToString(key[:8]), "f7604b44c149ee3d"; got != want {
		t.Errorf("Derive = %s…, want %s…", got, want)
	}
	sealed, err := hex.DecodeString("01b6ac078ace03398df5c394499e2ee85dd4f39ad297af657648770e92d8a8c9be1670")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := m.Open("rejected", sealed); err != nil || string(got) != "a body" {
		t.Errorf("Open = %q, %v", got, err)
	}
}

func TestSealBody(t *testing.T) {
	m := testMaster(1)
	for _, text := range [][]byte{nil, []byte("a body"), bytes.Repeat([]byte("x"), 100_000)} {
		sealed := m.Seal("rejected", text)
		if len(sealed) != len(text)+Overhead {
			t.Errorf("%d bytes were sealed into %d", len(text), len(sealed))
		}
		got, err := m.Open("rejected", sealed)
		if err != nil || !bytes.Equal(got, text) {
			t.Errorf("%d bytes came back as %d: %v", len(text), len(got), err)
		}
		if bytes.Equal(sealed, m.Seal("rejected", text)) {
			t.Error("two seals of one text are the same")
		}
	}
	sealed := m.Seal("rejected", []byte("a body"))
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := m.Open("rejected", bad); !errors.Is(err, ErrSealed) {
			t.Errorf("byte %d changed: %v", i, err)
		}
		if _, err := m.Open("rejected", sealed[:i]); !errors.Is(err, ErrSealed) {
			t.Errorf("cut off at byte %d: %v", i, err)
		}
	}
	if _, err := m.Open("other", sealed); !errors.Is(err, ErrSealed) {
		t.Errorf("another label: %v", err)
	}
	if _, err := testMaster(2).Open("rejected", sealed); !errors.Is(err, ErrSealed) {
		t.Errorf("another master: %v", err)
	}
}

// TestContactConcurrent is for the race detector and the shared buffers.
func TestContactConcurrent(t *testing.T) {
	m := testMaster(1)
	want := make([]record.Key, 50)
	for i := range want {
		want[i] = m.Contact("meta", fmt.Sprint("55119000000", i))
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range want {
				if got := m.Contact("meta", fmt.Sprint("+55119000000", i)); got != want[i] {
					t.Errorf("contact %d: %x, want %x", i, got, want[i])
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkContact(b *testing.B) {
	m := testMaster(1)
	b.ReportAllocs()
	for b.Loop() {
		m.Contact("meta", "+55 11 90000-0001")
	}
}
