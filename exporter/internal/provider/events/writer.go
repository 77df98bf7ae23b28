package events

import (
	"net/http"
	"net/url"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// Bounds of one request, well below the server's own.
const (
	writeEvents = 1000
	writeBytes  = 1 << 20
)

// Writer sends events as they are. It may be used concurrently.
type Writer struct{ secret string }

var _ provider.Writer = (*Writer)(nil)

// NewWriter makes a writer that authorizes with the source's Secret. Its error
// wraps ErrConfig.
func NewWriter(cfg config.Source) (*Writer, error) {
	if err := check(cfg); err != nil {
		return nil, err
	}
	return &Writer{secret: string(cfg.Secret)}, nil
}

// Write gives the requests for events, in their order, one event a line. Source
// and Received are left out, as they are the server's to set.
func (w *Writer) Write(events []event.Event) ([]provider.Request, error) {
	var out []provider.Request
	var body []byte
	n := 0
	flush := func() {
		if n > 0 {
			out = append(out, provider.Request{Method: http.MethodPost, Header: authorization(w.secret), Query: url.Values{}, Body: body})
		}
		body, n = nil, 0
	}
	for _, e := range events {
		e.Source, e.Received = "", time.Time{}
		at := len(body)
		body = append(event.AppendJSON(body, &e), '\n')
		if n == writeEvents || n > 0 && len(body) > writeBytes {
			last := append([]byte(nil), body[at:]...)
			body = body[:at]
			flush()
			body = last
		}
		n++
	}
	flush()
	return out, nil
}
