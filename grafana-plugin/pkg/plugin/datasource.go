// Package plugin is the data source's backend: one file a handler. It asks the
// exporter's HTTP API and makes data frames of the answers; it keeps nothing.
package plugin

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/httpclient"
	"github.com/grafana/grafana-plugin-sdk-go/backend/instancemgmt"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/grafana-plugin/pkg/models"
)

// ID is the plugin's.
const ID = "helpdesk-transcripts-datasource"

// Datasource is one configured data source. It may be used concurrently.
type Datasource struct {
	uid, name string
	settings  *models.Settings
	// problem is what is wrong with the settings; everything else is then of no use.
	problem error
	client  *api.Client
	// stream is the client without a time-out: its answers do not end.
	stream *api.Client

	mu sync.Mutex
	// scopes are those of the token, as of asked.
	scopes []string
	asked  time.Time
}

var (
	_ backend.QueryDataHandler      = (*Datasource)(nil)
	_ backend.CheckHealthHandler    = (*Datasource)(nil)
	_ backend.CallResourceHandler   = (*Datasource)(nil)
	_ backend.StreamHandler         = (*Datasource)(nil)
	_ instancemgmt.InstanceDisposer = (*Datasource)(nil)
)

// New makes the instance of a data source. What is wrong with its settings is said
// by whoever is asked, in the reader's words, and not as a failure to start.
func New(ctx context.Context, s backend.DataSourceInstanceSettings) (instancemgmt.Instance, error) {
	d := &Datasource{uid: s.UID, name: s.Name}
	if d.settings, d.problem = models.LoadSettings(s); d.problem != nil {
		d.settings = &models.Settings{}
		return d, nil
	}
	if d.problem = d.settings.Check(); d.problem != nil {
		return d, nil
	}
	opts, err := s.HTTPClientOptions(ctx)
	if err != nil {
		d.problem = err
		return d, nil
	}
	// The token is the exporter's: nothing of the user's request goes there, and no
	// basic authentication beside it.
	opts.ForwardHTTPHeaders, opts.BasicAuth = false, nil
	if opts.Timeouts == nil {
		timeouts := httpclient.DefaultTimeoutOptions
		opts.Timeouts = &timeouts
	}
	timeouts := *opts.Timeouts
	timeouts.Timeout = d.settings.Timeout
	opts.Timeouts = &timeouts
	client, err := httpclient.New(opts)
	if err != nil {
		d.problem = err
		return d, nil
	}
	endless := timeouts
	endless.Timeout = 0
	opts.Timeouts = &endless
	stream, err := httpclient.New(opts)
	if err != nil {
		d.problem = err
		return d, nil
	}
	stay(client)
	stay(stream)
	d.client = &api.Client{URL: d.settings.URL, Token: d.settings.Token, HTTP: client}
	d.stream = &api.Client{URL: d.settings.URL, Token: d.settings.Token, HTTP: stream}
	return d, nil
}

// stay keeps a client from taking the token to another server.
func stay(c *http.Client) {
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
}

// Dispose ends idle connections.
func (d *Datasource) Dispose() {
	for _, c := range []*api.Client{d.client, d.stream} {
		if c != nil {
			c.HTTP.CloseIdleConnections()
		}
	}
}
