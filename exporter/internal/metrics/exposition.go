package metrics

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/expfmt"
)

// WriteText writes what g gathers in the text format, families by name and
// series by labels. The text format has no native histograms and no created
// times: WriteProtobuf is the whole of it.
func WriteText(w io.Writer, g prometheus.Gatherer) error {
	return write(w, g, expfmt.NewFormat(expfmt.TypeTextPlain))
}

// WriteProtobuf writes what g gathers as length-delimited protobuf messages
// (io.prometheus.client.MetricFamily), in the order of WriteText.
func WriteProtobuf(w io.Writer, g prometheus.Gatherer) error {
	return write(w, g, expfmt.NewFormat(expfmt.TypeProtoDelim))
}

func write(w io.Writer, g prometheus.Gatherer, format expfmt.Format, opts ...expfmt.EncoderOption) error {
	families, err := g.Gather()
	if err != nil {
		return fmt.Errorf("gather metrics: %w", err)
	}
	buf := bufio.NewWriterSize(w, 1<<16)
	enc := expfmt.NewEncoder(buf, format, opts...)
	for _, f := range families {
		if err := enc.Encode(f); err != nil {
			return fmt.Errorf("encode %s: %w", f.GetName(), err)
		}
	}
	if c, ok := enc.(expfmt.Closer); ok {
		if err := c.Close(); err != nil {
			return fmt.Errorf("write metrics: %w", err)
		}
	}
	if err := buf.Flush(); err != nil {
		return fmt.Errorf("write metrics: %w", err)
	}
	return nil
}

// HandlerOptions of the handler of /metrics; the zero value is usable.
type HandlerOptions struct {
	// Logger gets what cannot be gathered or written.
	Logger *slog.Logger
	// Registerer counts the same (promhttp_metric_handler_errors_total).
	Registerer prometheus.Registerer
	// CreatedLines adds created times to OpenMetrics text too, where they are
	// a series more for each counter and three for a histogram. Protobuf
	// always carries them, at no such price.
	CreatedLines bool
	// MaxInFlight [16] scrapes at a time; more are answered with 503.
	MaxInFlight int
}

// NewHandler serves what g gathers as text, OpenMetrics or protobuf, whichever
// is asked for. A metric that cannot be gathered is left out, logged and
// counted: one bad series must not blind the helpdesk.
func NewHandler(g prometheus.Gatherer, opts HandlerOptions) http.Handler {
	if opts.MaxInFlight <= 0 {
		opts.MaxInFlight = 16
	}
	ho := promhttp.HandlerOpts{
		ErrorHandling:                       promhttp.ContinueOnError,
		Registry:                            opts.Registerer,
		MaxRequestsInFlight:                 opts.MaxInFlight,
		EnableOpenMetrics:                   true,
		EnableOpenMetricsTextCreatedSamples: opts.CreatedLines,
	}
	if opts.Logger != nil {
		ho.ErrorLog = errorLog{opts.Logger}
	}
	return promhttp.HandlerFor(g, ho)
}

// errorLog is a promhttp.Logger.
type errorLog struct{ log *slog.Logger }

func (l errorLog) Println(v ...any) {
	for _, x := range v {
		// Whoever scraped went away: that is told once for every family that is
		// left, and is no fault of ours.
		if err, ok := x.(error); ok && (errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)) {
			l.log.Debug("A scrape was not read to its end", "err", err)
			return
		}
	}
	l.log.Error("Metrics left out of a scrape", "err", strings.TrimSpace(fmt.Sprintln(v...)))
}
