package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// server is a running exporter.
type server struct {
	t         testing.TB
	cmd       *exec.Cmd
	log       *logBuffer
	exited    chan struct{}
	err       error // of the process, once exited is closed
	dir       string
	web, hook string
}

// setup is how exporters of a test are started.
type setup struct {
	config, journal string
	// clock is where a standing clock stands; the machine's where empty.
	clock string
	args  []string
}

// newSetup writes a configuration into a new directory.
func newSetup(t testing.TB, config string) setup {
	t.Helper()
	dir := t.TempDir()
	return setup{config: writeFile(t, filepath.Join(dir, "config.yml"), config), journal: filepath.Join(dir, "journal")}
}

func (o setup) argv() []string {
	args := []string{"serve", "--config.file", o.config, "--journal.dir", o.journal,
		"--web.listen-address", "127.0.0.1:0", "--webhook.listen-address", "127.0.0.1:0", "--log.level", "debug"}
	if o.clock != "" {
		args = append(args, "--demo.clock", o.clock)
	}
	return append(args, o.args...)
}

// launch starts an exporter and waits until it listens; it may not be ready
// yet. Its error is that of a process that ended before.
func launch(t testing.TB, o setup) (*server, error) {
	s := &server{t: t, cmd: exec.Command(program, o.argv()...), log: newLog(), exited: make(chan struct{}), dir: o.journal}
	s.cmd.Stderr = s.log
	dieWithTest(s.cmd)
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // for dieWithTest
		if err := s.cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		s.err = s.cmd.Wait()
		close(s.exited)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		<-s.exited
		if t.Failed() {
			t.Logf("log of the exporter on %s, its end:\n%s", s.dir, s.log.tail())
		}
	})
	select {
	case at := <-s.log.listening:
		s.web, s.hook = at[0], at[1]
		return s, nil
	case <-s.exited:
		return nil, fmt.Errorf("the exporter ended: %w\n%s", errors.Join(s.err, errors.New("see its log")), s.log.String())
	case <-time.After(patience):
		return nil, fmt.Errorf("the exporter does not listen\n%s", s.log.String())
	}
}

// start starts an exporter and waits until it is ready.
func start(t testing.TB, o setup) *server {
	t.Helper()
	s, err := launch(t, o)
	if err != nil {
		t.Fatal(err)
	}
	s.waitReady()
	return s
}

func (s *server) waitReady() {
	s.t.Helper()
	eventually(s.t, "ready", func() error {
		r, err := s.get("/-/ready")
		if err == nil && r.status != http.StatusOK {
			err = errors.New(r.body)
		}
		return err
	})
}

// terminate ends the exporter as an operator does and wants it to end well.
func (s *server) terminate() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	select {
	case <-s.exited:
	case <-time.After(patience):
		s.t.Fatal("the exporter does not stop")
	}
	if s.err != nil {
		s.t.Fatalf("stopped with %v\n%s", s.err, s.log.String())
	}
}

// kill ends it as a power cut does.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	<-s.exited
}

// answer of an HTTP server.
type answer struct {
	status int
	header http.Header
	body   string
}

func (s *server) get(path string, header ...string) (answer, error) {
	return request(http.MethodGet, "http://"+s.web+path, nil, header...)
}

func (s *server) mustGet(path string, header ...string) answer {
	s.t.Helper()
	a, err := s.get(path, header...)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// client is shared, so that a test's connections are used again.
var client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

// request sends a request; header holds names and values in turn.
func request(method, address string, body []byte, header ...string) (answer, error) {
	req, err := http.NewRequest(method, address, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return do(client, req)
}

func do(c *http.Client, req *http.Request) (answer, error) {
	resp, err := c.Do(req)
	if err != nil {
		return answer{}, err
	}
	text, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(text)}, errors.Join(err, resp.Body.Close())
}

// setClock moves a standing clock; everything due on the way has happened when
// it returns.
func (s *server) setClock(at time.Time) {
	s.t.Helper()
	c := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", filepath.Join(s.dir, "control.sock"))
		},
	}, Timeout: patience}
	req, err := http.NewRequest(http.MethodPost, "http://control/clock?to="+url.QueryEscape(at.UTC().Format(time.RFC3339Nano)), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	a, err := do(c, req)
	if err != nil || a.status != http.StatusOK {
		s.t.Fatalf("clock: %d %s %v", a.status, a.body, err)
	}
}

// logBuffer keeps a process's log and waits for the line that says where it
// listens.
type logBuffer struct {
	listening chan [2]string
	mu        sync.Mutex
	text      []byte
	seen      int
	found     bool
}

func newLog() *logBuffer { return &logBuffer{listening: make(chan [2]string, 1)} }

var listenLine = regexp.MustCompile(`msg=listening web=(\S+) webhooks=(\S+)`)

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	if l.found {
		return len(p), nil
	}
	end := bytes.LastIndexByte(l.text, '\n') + 1
	if m := listenLine.FindSubmatch(l.text[l.seen:end]); m != nil {
		l.found = true
		l.listening <- [2]string{string(m[1]), string(m[2])}
	}
	l.seen = end
	return len(p), nil
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}

func (l *logBuffer) tail() string {
	var lines []string
	for line := range strings.Lines(l.String()) {
		if !strings.Contains(line, "level=DEBUG") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-15):], "")
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, to, string(data))
}
