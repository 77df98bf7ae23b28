package exporter

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/simulate"
)

// DemoOptions say how the demo runs.
type DemoOptions struct {
	// Program is the path of this program, which the demo starts as exporter.
	Program string
	// WebAddress and WebhookAddress of the exporter; a taken port is replaced.
	WebAddress, WebhookAddress string
	// Seconds after which the demo ends once the day is over; below 0 never.
	Seconds int
	// Kills is how often the exporter is killed during the day; the totals are
	// recounted at the end then.
	Kills int
	// Helpdesk simulates a helpdesk that reports everything, agents and what they
	// write too, as canonical events; else the plain WhatsApp Business Cloud API,
	// which says that something was sent, and not by whom or what.
	Helpdesk bool
	Seed     uint64
	Rate     float64
	Out, Err io.Writer
}

// demoDay is how far before now the simulation begins: a day, and half a day
// more, so that it is known of some conversations whether they were the last.
const demoDay = 36 * time.Hour

// demo is a running demonstration: this process is the simulator, the exporter
// runs beside it.
type demo struct {
	DemoOptions
	timelapse
	child    *child
	dir      string
	secret   string
	start    time.Time
	killAt   []time.Time // in order
	recorded *recorder
}

// Demo runs the real exporter on a scratch directory and feeds it the time
// before now, every deadline at its time; then both go on in real time.
func Demo(ctx context.Context, o DemoOptions) (err error) {
	d := &demo{DemoOptions: o}
	if d.dir, err = os.MkdirTemp("", "helpdesk-exporter-demo-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(d.dir)) }()
	if err := d.prepare(); err != nil {
		return err
	}
	defer d.child.stop()
	if err := d.child.start(ctx); err != nil {
		return err
	}
	began := time.Now()
	fmt.Fprintf(d.Out, "A helpdesk's day and a half, as signed WhatsApp webhooks, begins at %s.\n", d.start.Format("Mon 15:04 MST"))
	if err := d.catchUp(ctx); err != nil {
		return ignoreCancel(ctx, err)
	}
	d.child.settle()
	fmt.Fprintf(d.Out, "The day is over after %s.\n\n", time.Since(began).Round(100*time.Millisecond))
	if err := d.headlines(ctx); err != nil {
		return err
	}
	if d.Kills > 0 {
		return d.recount(ctx)
	}
	fmt.Fprintf(d.Out, "\n  metrics  http://%s/metrics\n  webhooks http://%s/webhooks/whatsapp\n\nLive wall: http://%s/\n", d.child.web, d.child.webhook, d.child.web)
	if d.Seconds >= 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(d.Seconds)*time.Second)
		defer cancel()
	}
	return ignoreCancel(ctx, d.live(ctx))
}

// ignoreCancel: the end of the demo is no error.
func ignoreCancel(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// prepare writes the configuration and the simulation.
func (d *demo) prepare() error {
	d.secret = randomSecret()
	verify := randomSecret()
	// Webhooks are stamped with whole seconds, as Meta does.
	d.start = time.Now().Add(-demoDay).Truncate(time.Second)
	d.clock, d.progress = d.start, d.Out
	var err error
	options := simulate.Options{Seed: d.Seed, Start: d.start, Rate: d.Rate, Profile: simulate.ProfileMeta, Inboxes: demoInboxes, Teams: demoTeams}
	vendor := "meta"
	if d.Helpdesk {
		vendor, options.Profile = "events", simulate.ProfileHelpdesk
	}
	if d.source, err = simulate.New(options); err != nil {
		return err
	}
	file := filepath.Join(d.dir, "config.yml")
	text := fmt.Sprintf(demoConfig, vendor, d.secret)
	if vendor == "meta" {
		text = strings.Replace(text, "    inboxes:\n", "    verify_token: "+verify+"\n    inboxes:\n", 1)
	}
	for _, a := range d.source.Agents() {
		text += fmt.Sprintf("  - id: %s\n    name: %s\n    team: %s\n    capacity: %d\n", a.ID, a.Name, a.Team, a.Capacity)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	if d.writer, err = newWriter(vendor, d.secret); err != nil {
		return err
	}
	web, err := freeAddress(d.WebAddress)
	if err != nil {
		return err
	}
	hook, err := freeAddress(d.WebhookAddress)
	if err != nil {
		return err
	}
	d.child = newChild(d.Program, file, filepath.Join(d.dir, "journal"), web, hook, d.Err)
	d.child.now, d.exporter = d.start, d.child
	d.sender = &simulate.Sender{URL: "http://" + hook + "/webhooks/whatsapp", Writer: d.writer}
	if d.Kills > 0 {
		cfg, err := config.Load(file, facts())
		if err != nil {
			return err
		}
		if d.recorded, err = newRecorder(cfg); err != nil {
			return err
		}
		// The configuration is the exporter's first record, and its agents are
		// known from then on.
		if err := runUntil(d.recorded.state, d.start.UnixNano()); err != nil {
			return err
		}
		for range d.Kills {
			d.killAt = append(d.killAt, d.start.Add(mathrand.N(demoDay*9/10)))
		}
		slices.SortFunc(d.killAt, time.Time.Compare)
		d.before, d.sent = d.killDue, d.recorded.acknowledged
	}
	return nil
}

// killDue kills the exporter where it is time to, with the next request on its
// way.
func (d *demo) killDue(at time.Time) {
	if len(d.killAt) > 0 && !at.Before(d.killAt[0]) && d.child.killSoon(mathrand.N(2*time.Millisecond)) {
		d.killAt = d.killAt[1:]
	}
}

var (
	demoInboxes = []string{"300000000000001", "300000000000002"}
	demoTeams   = []string{"support", "billing", "sales"}
)

const demoConfig = `# Written by the demo.
sources:
  - name: whatsapp
    provider: %s
    secret: %s
    inboxes:
      - id: "300000000000001"
        bot: true
      - id: "300000000000002"
teams:
  - name: support
  - name: billing
  - name: sales
agents:
`

func randomSecret() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// freeAddress is the address, or one with a free port where its own is taken.
func freeAddress(address string) (string, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		host, _, splitErr := net.SplitHostPort(address)
		if splitErr != nil {
			return "", err
		}
		if l, err = net.Listen("tcp", net.JoinHostPort(host, "0")); err != nil {
			return "", err
		}
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func httpGet(ctx context.Context, address string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = errors.Join(fmt.Errorf("%s answered %s", address, resp.Status), resp.Body.Close())
	}
	return resp, err
}
