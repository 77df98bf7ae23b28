// Command helpdesk-exporter watches a WhatsApp helpdesk for Prometheus.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/common/version"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// streams are what a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// run parses args and runs the command; it returns the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	var cli cli
	code := -1
	parser, err := kong.New(&cli,
		kong.Name("helpdesk-exporter"),
		kong.Description("node_exporter for your WhatsApp helpdesk: webhooks in, Prometheus metrics out."),
		kong.UsageOnError(),
		kong.Writers(out, errs),
		kong.Exit(func(c int) { code = c }),
		kong.Vars{"version": version.Print("helpdesk-exporter")},
	)
	if err != nil {
		fmt.Fprintln(errs, err)
		return exitFailed
	}
	parsed, err := parser.Parse(args)
	if code >= 0 {
		return code // --help and --version have done their work
	}
	if err != nil {
		fmt.Fprintf(errs, "helpdesk-exporter: %v\nTry --help, or COMMAND --help.\n", err)
		return exitUsage
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	parsed.Bind(&streams{in, out, errs})
	if err := parsed.Run(); err != nil {
		if !errors.Is(err, errSaid) {
			fmt.Fprintf(errs, "helpdesk-exporter: %s\n", strings.TrimSpace(err.Error()))
		}
		return exitFailed
	}
	return exitOK
}

// errSaid wraps errors that the command has told its user already.
var errSaid = errors.New("see above")

// logFlags are Prometheus' names.
type logFlags struct {
	Level  string `help:"Only log messages of this level or above: debug, info, warn, error." enum:"debug,info,warn,error" default:"info"`
	Format string `help:"Output format of log messages: logfmt, json." enum:"logfmt,json" default:"logfmt"`
}

func (f logFlags) logger(w io.Writer) *slog.Logger {
	level, format := promslog.NewLevel(), promslog.NewFormat()
	// both are checked by the parser
	_ = level.Set(f.Level)
	_ = format.Set(f.Format)
	return promslog.New(&promslog.Config{Level: level, Format: format, Writer: w})
}

// serveOptions are shared by serve and what reads its journal.
func (c *serveCmd) options(s *streams) exporter.Options {
	return exporter.Options{
		ConfigFile: c.Config.File, WebAddress: c.Web.ListenAddress, WebConfigFile: c.Web.ConfigFile,
		WebhookAddress: c.Webhook.ListenAddress, WebhookCertFile: c.Webhook.TLSCertFile, WebhookKeyFile: c.Webhook.TLSKeyFile,
		WebhookMaxRate: c.Webhook.MaxRate,
		JournalDir:     c.Journal.Dir, JournalMaxBytes: c.Journal.MaxBytes, Retention: c.Journal.Retention,
		SnapshotInterval: c.Journal.SnapshotInterval, Logger: c.Log.logger(s.err),
	}
}
