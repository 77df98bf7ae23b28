package exporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// startTimeout bounds how long the demo waits for its exporter.
const startTimeout = 60 * time.Second

// child is the demo's exporter, a process of its own that is started again
// after it was killed.
type child struct {
	program, config, journal, web, webhook string
	log                                    io.Writer

	mu sync.Mutex
	// now is where the clock stands, or is about to be set to: who is started
	// again after the clock was moved must not receive at an earlier time.
	now     time.Time
	cmd     *exec.Cmd
	exited  chan error // of the running process
	kills   int
	killing bool
	restart sync.WaitGroup
}

func newChild(program, config, journal, web, webhook string, log io.Writer) *child {
	return &child{program: program, config: config, journal: journal, web: web, webhook: webhook, log: log}
}

// start runs the exporter with its clock at now and waits until it is ready.
func (c *child) start(ctx context.Context) error {
	c.mu.Lock()
	t := c.now
	c.mu.Unlock()
	cmd := exec.Command(c.program, "serve", "--config.file", c.config, "--journal.dir", c.journal,
		"--web.listen-address", c.web, "--webhook.listen-address", c.webhook, "--log.level", "warn",
		"--demo.clock", t.UTC().Format(time.RFC3339Nano))
	cmd.Stdout, cmd.Stderr = c.log, c.log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the exporter: %w", err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	c.mu.Lock()
	c.cmd, c.exited = cmd, exited
	c.mu.Unlock()
	deadline := time.Now().Add(startTimeout)
	for {
		resp, err := httpGet(ctx, "http://"+c.web+"/-/ready")
		if err == nil {
			return resp.Body.Close()
		}
		select {
		case err := <-exited:
			return fmt.Errorf("the exporter did not start: %w", errors.Join(err, errors.New("see its log above")))
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the exporter was not ready after %s: %w", startTimeout, err)
		}
	}
}

// ended gets the error of a process that ended by itself.
func (c *child) ended() <-chan error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.exited
}

// killSoon kills the process while the next request is on its way, and starts
// it again. It tells whether it does: not while it is being killed already.
func (c *child) killSoon(after time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.killing {
		return false
	}
	c.killing = true
	c.kills++
	cmd, exited := c.cmd, c.exited
	c.restart.Go(func() {
		time.Sleep(after)
		_ = cmd.Process.Kill()
		<-exited
		if err := c.start(context.Background()); err != nil {
			fmt.Fprintln(c.log, err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.killing = false
	})
	return true
}

// settle waits until a process that was killed is back.
func (c *child) settle() { c.restart.Wait() }

// moveTo sets the exporter's clock.
func (c *child) moveTo(ctx context.Context, t time.Time) error {
	c.mu.Lock()
	c.now = t
	c.mu.Unlock()
	return c.clock(ctx, url.Values{"to": {t.UTC().Format(time.RFC3339Nano)}})
}

// release lets the exporter's clock run.
func (c *child) release(ctx context.Context) error {
	return c.clock(ctx, url.Values{"release": {"1"}})
}

// clock tells the exporter what time it is. Where the exporter was killed it is
// asked again until it is back.
func (c *child) clock(ctx context.Context, form url.Values) error {
	deadline := time.Now().Add(startTimeout)
	for {
		body, _, running, err := askControl(ctx, filepath.Join(c.journal, controlSocket), http.MethodPost, "/clock?"+form.Encode())
		if err == nil && running {
			return body.Close()
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the exporter's clock cannot be set: %w", errors.Join(err, errors.New("it does not answer on its control socket")))
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// stop ends the exporter as an operator would.
func (c *child) stop() {
	c.settle()
	c.mu.Lock()
	cmd, exited := c.cmd, c.exited
	c.mu.Unlock()
	if cmd == nil {
		return
	}
	if cmd.Process.Signal(syscall.SIGTERM) == nil {
		select {
		case <-exited:
		case <-time.After(30 * time.Second):
			_ = cmd.Process.Kill()
			<-exited
		}
	}
}
