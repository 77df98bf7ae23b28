package plugin

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/grafana-plugin/pkg/frames"
	"github.com/helpdesk-exporter/helpdesk-exporter/grafana-plugin/pkg/models"
)

// All subscribers of a path share one stream, so everything that changes what it
// gives stands in the path: tail/<masked or full>/<filters>.
const tailPrefix = "tail/"

// maxChannel is how long a channel may be, ds/<uid>/ included: Grafana Live takes 160
// characters, of which it needs some itself.
const maxChannel = 150

// tailPath is the path of a stream: the parameters of the exporter's API, in the
// letters that channels take.
func (d *Datasource) tailPath(l level, q *models.Query) (string, error) {
	v := q.Parameters()
	v.Del("limit")
	path := tailPrefix + string(l) + "/"
	if len(v) > 0 {
		path += base64.RawURLEncoding.EncodeToString([]byte(v.Encode()))
	} else {
		path += everything
	}
	if n := len("ds/") + len(d.uid) + len("/") + len(path); n > maxChannel {
		return "", fmt.Errorf("the filters are too long to be followed live (%d of %d characters): use fewer or shorter ones", n, maxChannel)
	}
	return path, nil
}

// everything stands for no filter.
const everything = "all"

// parsePath reads a path.
func parsePath(path string) (level, url.Values, error) {
	l, rest, ok := strings.Cut(strings.TrimPrefix(path, tailPrefix), "/")
	if !strings.HasPrefix(path, tailPrefix) || !ok || level(l) != masked && level(l) != full || len(path) > maxChannel {
		return "", nil, errNoStream
	}
	if rest == everything {
		return level(l), url.Values{}, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(rest)
	if err != nil {
		return "", nil, errNoStream
	}
	v, err := url.ParseQuery(string(b))
	if err != nil {
		return "", nil, errNoStream
	}
	for name := range v {
		key := strings.TrimPrefix(name, "not.")
		if key != "role" && key != "conversation" && name != "q" && !slices.Contains(models.Keys, key) {
			return "", nil, errNoStream
		}
	}
	return level(l), v, nil
}

var errNoStream = errors.New("there is no such stream")

// tail answers a live query with the channel that gives its messages.
func (d *Datasource) tail(k *asked) (data.Frames, error) {
	f := frames.Messages(nil, k.links, strings.Fields(k.Search))
	path, err := d.tailPath(k.level, k.Query)
	if err != nil {
		notice(f, data.NoticeSeverityError, err.Error())
		return data.Frames{f}, nil
	}
	f.Meta.Channel = "ds/" + d.uid + "/" + path
	return data.Frames{f}, nil
}

// SubscribeStream lets a user follow a stream of no higher level than his own.
func (d *Datasource) SubscribeStream(_ context.Context, req *backend.SubscribeStreamRequest) (*backend.SubscribeStreamResponse, error) {
	l, _, err := parsePath(req.Path)
	switch {
	case d.problem != nil || err != nil:
		return &backend.SubscribeStreamResponse{Status: backend.SubscribeStreamStatusNotFound}, nil
	case l == full && d.levelOf(req.PluginContext) != full:
		return &backend.SubscribeStreamResponse{Status: backend.SubscribeStreamStatusPermissionDenied}, nil
	}
	return &backend.SubscribeStreamResponse{Status: backend.SubscribeStreamStatusOK}, nil
}

// PublishStream refuses: nobody writes here.
func (d *Datasource) PublishStream(context.Context, *backend.PublishStreamRequest) (*backend.PublishStreamResponse, error) {
	return &backend.PublishStreamResponse{Status: backend.PublishStreamStatusPermissionDenied}, nil
}

// A stream that breaks off is taken up again after a pause, which grows.
const (
	firstPause = time.Second
	lastPause  = 30 * time.Second
)

// RunStream sends messages as they come until nobody follows any more. Its user is
// whoever came first; the level stands in the path.
func (d *Datasource) RunStream(ctx context.Context, req *backend.RunStreamRequest, sender *backend.StreamSender) error {
	l, v, err := parsePath(req.Path)
	if err != nil || d.problem != nil {
		return errors.Join(err, d.problem)
	}
	if l == full && !d.may(ctx, full) {
		l = masked
	}
	links := frames.Links{UID: d.uid, Name: d.name}
	search := strings.ToLower(v.Get("q"))
	v.Del("q")
	if l == full {
		v.Set("full", "true")
	}
	log := backend.Logger.FromContext(ctx)
	last, pause := "", firstPause
	for {
		var err error
		last, err = d.stream.Tail(behalf(ctx, req.PluginContext), v, last, func(line *api.Line, lost int) error {
			pause = firstPause
			if lost > 0 {
				return sender.SendFrame(frames.Lost(lost, time.Now(), links), data.IncludeAll)
			}
			if search != "" && !strings.Contains(strings.ToLower(line.Text), search) {
				return nil
			}
			return sender.SendFrame(frames.Messages([]api.Line{*line}, links, nil), data.IncludeAll)
		})
		if ctx.Err() != nil {
			return nil
		}
		log.Debug("A stream of messages broke off and is taken up again", "err", d.trouble(err))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		pause = min(2*pause, lastPause)
	}
}
