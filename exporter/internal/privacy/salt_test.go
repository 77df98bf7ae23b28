package privacy

import (
	"encoding/hex"
	"regexp"
	"testing"
)

// TestAgentSalt: one for each key, and none that opens anything else.
func TestAgentSalt(t *testing.T) {
	a, b := NewMaster([KeySize]byte{1}), NewMaster([KeySize]byte{2})
	salt := a.AgentSalt()
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(salt) {
		t.Errorf("%q", salt)
	}
	if again := NewMaster([KeySize]byte{1}).AgentSalt(); again != salt {
		t.Errorf("the same key gives %q and %q", salt, again)
	}
	if b.AgentSalt() == salt {
		t.Error("two keys give one salt")
	}
	for _, label := range []string{"hash contacts", "wrap contact keys", "seal bodies"} {
		if k := a.Derive(label); salt == hex.EncodeToString(k[:]) {
			t.Errorf("it is the secret of %q", label)
		}
	}
}
