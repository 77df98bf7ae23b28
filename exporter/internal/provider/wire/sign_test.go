package wire

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"strings"
	"sync"
	"testing"
)

// TestSigner: vectors of RFC 4231 (case 2) and RFC 2202, and the same in parts.
func TestSigner(t *testing.T) {
	const message = "what do ya want for nothing?"
	for _, tc := range []struct {
		of   func() hash.Hash
		want string
	}{
		{sha256.New, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		{sha1.New, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
		{sha512.New, "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
	} {
		s := NewSigner(tc.of, "Jefe")
		sum := s.Append([]byte("x"), []byte(message))
		if got := hex.EncodeToString(sum[1:]); sum[0] != 'x' || got != tc.want {
			t.Errorf("got %s, want %s", got, tc.want)
		}
		for at := range len(message) {
			if !s.Matches(sum[1:], []byte(message[:at]), nil, []byte(message[at:])) {
				t.Errorf("in two parts at %d it is another", at)
			}
		}
		for name, bad := range map[string][]byte{"nothing": nil, "truncated": sum[1 : len(sum)-1], "longer": append(sum[1:len(sum):len(sum)], 0)} {
			if s.Matches(bad, []byte(message)) {
				t.Errorf("%s matches", name)
			}
		}
		for i := 1; i < len(sum); i++ {
			sum[i] ^= 1
			if s.Matches(sum[1:], []byte(message)) {
				t.Errorf("matches with byte %d changed", i-1)
			}
			sum[i] ^= 1
		}
		if s.Matches(sum[1:], []byte(message+" ")) || NewSigner(tc.of, "jefe").Matches(sum[1:], []byte(message)) {
			t.Error("another message or secret matches")
		}
	}
}

func TestSignerConcurrently(t *testing.T) {
	s := NewSigner(sha256.New, "secret")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			part := []byte(strings.Repeat("x", i*50))
			mac := hmac.New(sha256.New, []byte("secret"))
			mac.Write(part)
			want := mac.Sum(nil)
			for range 200 {
				if !s.Matches(want, part) {
					t.Error("does not match")
				}
			}
		})
	}
	wg.Wait()
}

func TestLowerHex(t *testing.T) {
	for in, want := range map[string]string{
		"00ff10ab": "\x00\xff\x10\xab", "00FF10AB": "", "00ff10a": "", "00ff10abcd": "", "00ff10ag": "", "0x00ff10": "", "": "", " 0ff10ab": "", "00ff10a:": "", "00ff10a`": "",
	} {
		dst := make([]byte, 4)
		if ok := LowerHex(dst, in); ok != (want != "") || ok && string(dst) != want {
			t.Errorf("%q: %x, %v", in, dst, ok)
		}
	}
}

func TestSame(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want bool
	}{{"", "", true}, {"a", "a", true}, {"a", "b", false}, {"a", "A", false}, {"a", "", false}, {"a", "aa", false}, {"a\x00", "a", false}} {
		if Same(tc.a, tc.b) != tc.want {
			t.Errorf("%q and %q: %v", tc.a, tc.b, !tc.want)
		}
	}
}
