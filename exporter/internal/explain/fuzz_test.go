package explain_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/explain"
)

// FuzzParseID: what comes out is an id or the beginning of one, and reads the
// same again.
func FuzzParseID(f *testing.F) {
	for _, s := range []string{"pa1x182anwc2fm0n", "PA1X18", " oil000\n", "+5511900000001", "pa1x18?json=1", "ſſſſſſ", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := explain.ParseID(s)
		if err != nil {
			if !errors.Is(err, explain.ErrID) || id != "" {
				t.Errorf("%q: %q, %v", s, id, err)
			}
			return
		}
		if len(id) < 6 || len(id) > 16 || strings.Trim(id, "0123456789abcdefghjkmnpqrstvwxyz") != "" {
			t.Errorf("%q: %q is no id", s, id)
		}
		if again, err := explain.ParseID(id); again != id || err != nil {
			t.Errorf("%q: %q, then %q, %v", s, id, again, err)
		}
	})
}
