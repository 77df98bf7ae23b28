package e2e

import (
	"os/exec"
	"syscall"
)

// dieWithTest lets a process end with the thread that starts it: should the
// test itself be killed, its exporters go too.
func dieWithTest(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
