package e2e

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// demo runs the command with free ports.
func demo(t *testing.T, env []string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, program, append([]string{"demo", "--web.listen-address", "127.0.0.1:0", "--webhook.listen-address", "127.0.0.1:0"}, args...)...)
	cmd.Env = append(append(os.Environ(), "TMPDIR="+t.TempDir()), env...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("demo: %v\n%s\n%s", err, out.String(), errs.String())
	}
	left, err := os.ReadDir(strings.TrimPrefix(cmd.Env[len(cmd.Env)-1-len(env)], "TMPDIR="))
	if err != nil || len(left) != 0 {
		t.Errorf("it left %v behind (%v)", left, err)
	}
	return out.String()
}

func TestDemo(t *testing.T) {
	out := demo(t, []string{"DEMO_SECONDS=0"}, "--rate", "0.2")
	for _, want := range []string{
		`conversations opened +[1-9]\d*`, `messages in / out +[1-9]\d* / [1-9]\d*`, `contained by the bot +[1-9]\d*\.\d %`,
		`solved at first contact +[1-9]\d*\.\d %`, `satisfied +[1-9]\d*\.\d %`, `agents busy +[1-9]\d*\.\d %`, `metrics  http://127\.0\.0\.1:[1-9]\d*/metrics`,
		`webhooks http://127\.0\.0\.1:[1-9]\d*/webhooks/whatsapp`, `Live wall: http://127\.0\.0\.1:[1-9]\d*/\n$`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("does not show %s:\n%s", want, out)
		}
	}
}

func TestDemoKills(t *testing.T) {
	out := demo(t, nil, "--rate", "0.2", "--kills", "3")
	for _, want := range []string{
		`was killed \(-9\) 3 times`, `all [1-9]\d+ values of /metrics equal a recount of its journal`,
		`all [1-9]\d+ values of /metrics equal a recount of what it acknowledged`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("does not say %s:\n%s", want, out)
		}
	}
}
