package metrics

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"syscall"
	"testing"
)

// TestErrorLog: a reader that went away is no error, everything else is.
func TestErrorLog(t *testing.T) {
	var out bytes.Buffer
	l := errorLog{slog.New(slog.NewTextHandler(&out, nil))}
	l.Println("error encoding and sending metric family:", fmt.Errorf("write tcp: %w", syscall.EPIPE))
	if out.Len() > 0 {
		t.Errorf("%s", &out)
	}
	l.Println("error gathering metrics:", errors.New("twice the same series"))
	if !strings.Contains(out.String(), "level=ERROR") || !strings.Contains(out.String(), "twice the same series") {
		t.Errorf("%s", &out)
	}
}
