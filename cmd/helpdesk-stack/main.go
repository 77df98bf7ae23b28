// Command helpdesk-stack shows the whole: the exporter with a simulated
// helpdesk, Prometheus, Alertmanager, and Grafana where GRAFANA_HOME names an
// installation, on this machine's loopback. `make stack` runs it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/helpdesk-exporter/helpdesk-exporter/internal/stack"
	"github.com/helpdesk-exporter/helpdesk-exporter/internal/tools"
)

type cli struct {
	Exporter    string        `help:"The exporter's program." default:"bin/helpdesk-exporter" type:"path"`
	Dir         string        `help:"Directory of data and logs; it is kept, and continued from the next time. A scratch directory without." type:"path"`
	Past        time.Duration `help:"How much of a past there is." default:"336h" env:"STACK_PAST"`
	Rate        float64       `help:"Multiplies the conversations of a day (600)." default:"1"`
	Language    string        `help:"Language of the dashboards." enum:"en,pt" default:"en" env:"HELPDESK_LANGUAGE"`
	GrafanaHome string        `help:"Installation of Grafana 12.2 or newer, the directory with bin and public." env:"GRAFANA_HOME" type:"path"`
	Seconds     int           `help:"End by itself after so many seconds; -1 stays until Ctrl-C." default:"-1" env:"STACK_SECONDS"`
}

func main() {
	var c cli
	kong.Parse(&c, kong.Description("Runs the exporter, Prometheus, Alertmanager and Grafana on loopback, with two weeks of a simulated helpdesk."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := c.run(ctx); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "helpdesk-stack:", err)
		os.Exit(1)
	}
}

func (c *cli) run(ctx context.Context) error {
	root, err := tools.Root()
	if err != nil {
		return err
	}
	if c.Dir == "" {
		if c.Dir, err = os.MkdirTemp("", "helpdesk-stack-"); err != nil {
			return err
		}
		defer os.RemoveAll(c.Dir)
	}
	for _, name := range tools.Names() {
		fmt.Printf("%s …", name)
		path, err := tools.Path(name)
		if err != nil {
			return err
		}
		fmt.Printf(" %s\n", filepath.Base(filepath.Dir(path)))
	}
	s, err := stack.New(stack.Options{
		Root: root, Dir: c.Dir, Exporter: c.Exporter, GrafanaHome: c.GrafanaHome, Language: c.Language, Out: os.Stdout,
		WebPort: 9841, WebhookPort: 9842, PrometheusPort: 9090, AlertmanagerPort: 9093, GrafanaPort: 3000,
	})
	if err != nil {
		return err
	}
	if err := s.History(ctx, c.Past, c.Rate); err != nil {
		return err
	}
	defer s.Stop()
	if err := s.Start(ctx); err != nil {
		return err
	}
	if err := s.Traffic(); err != nil {
		return err
	}
	fmt.Printf("\n  wall          %s/\n  metrics       %s/metrics\n  Prometheus    %s\n  Alertmanager  %s\n", s.WebURL, s.WebURL, s.PrometheusURL, s.AlertmanagerURL)
	if s.GrafanaURL != "" {
		fmt.Printf("  Grafana       %s/d/helpdesk-overview  (admin, %s)\n  on the wall   %s/d/helpdesk-wall?kiosk&autofitpanels&_dash.hideTimePicker&_dash.hideVariables&_dash.hideLinks&refresh=5s\n", s.GrafanaURL, s.GrafanaPassword, s.GrafanaURL)
	} else {
		fmt.Println("  Grafana       none: set GRAFANA_HOME to an installation, and run `make plugin` once")
	}
	fmt.Printf("\nLogs are in %s. Ctrl-C ends all.\n", c.Dir)
	if c.Seconds >= 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(c.Seconds)*time.Second)
		defer cancel()
	}
	return s.Wait(ctx)
}
