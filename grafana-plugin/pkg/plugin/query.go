package plugin

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/experimental/concurrent"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/grafana-plugin/pkg/frames"
	"github.com/helpdesk-exporter/helpdesk-exporter/grafana-plugin/pkg/models"
)

// asked is a query with what it is answered by.
type asked struct {
	*models.Query
	backend.DataQuery
	pc backend.PluginContext
	// level is how texts are read; lowered tells that the user might read more than
	// the token.
	level   level
	lowered bool
	// alert: an alert rule asks.
	alert bool
	links frames.Links
}

// handlers by query type. Adding one is one line.
var handlers = map[string]func(*Datasource, context.Context, *asked) (data.Frames, error){
	models.TypeConversations: (*Datasource).conversations,
	models.TypeTranscript:    (*Datasource).transcript,
	models.TypeMessages:      (*Datasource).messages,
	models.TypeEscalations:   (*Datasource).escalations,
	models.TypeAudits:        (*Datasource).audits,
	models.TypeDiscrepancies: (*Datasource).discrepancies,
	models.TypeHeatmap:       (*Datasource).heatmap,
	models.TypeAnnotations:   (*Datasource).annotations,
	models.TypeVolume:        (*Datasource).volume,
	models.TypeContext:       (*Datasource).context,
}

// atOnce is how many queries of a request run together.
const atOnce = 4

// QueryData answers queries.
func (d *Datasource) QueryData(ctx context.Context, req *backend.QueryDataRequest) (*backend.QueryDataResponse, error) {
	ctx = behalf(ctx, req.PluginContext)
	alert := req.Headers["FromAlert"] == "true" || req.GetHTTPHeader("FromAlert") == "true"
	return concurrent.QueryData(ctx, req, func(ctx context.Context, q concurrent.Query) backend.DataResponse {
		return d.answer(ctx, req.PluginContext, q.DataQuery, alert)
	}, atOnce)
}

func (d *Datasource) answer(ctx context.Context, pc backend.PluginContext, dq backend.DataQuery, alert bool) backend.DataResponse {
	if d.problem != nil {
		return backend.ErrDataResponseWithSource(backend.StatusBadRequest, backend.ErrorSourceDownstream, d.problem.Error())
	}
	q, err := models.ParseQuery(dq.JSON, dq.QueryType)
	if err != nil {
		return backend.ErrDataResponseWithSource(backend.StatusBadRequest, backend.ErrorSourceDownstream, err.Error())
	}
	k := &asked{Query: q, DataQuery: dq, pc: pc, level: d.levelOf(pc), alert: alert, links: frames.Links{UID: d.uid, Name: d.name}}
	if !d.may(ctx, k.level) {
		k.level, k.lowered = masked, true
	}
	list, err := handlers[q.Type](d, ctx, k)
	if err != nil {
		return d.failed(err)
	}
	for _, f := range list {
		f.RefID = dq.RefID
		if k.lowered {
			notice(f, data.NoticeSeverityWarning, "The token of this data source lacks the scope "+scopeFull+": texts are masked.")
		}
	}
	return backend.DataResponse{Frames: list, Status: backend.StatusOK}
}

// failed tells apart what the exporter refuses and what the plugin got wrong.
func (d *Datasource) failed(err error) backend.DataResponse {
	var e *api.Error
	switch {
	case errors.As(err, &e) && e.API && e.Status == http.StatusBadRequest:
		return backend.ErrDataResponseWithSource(backend.StatusBadRequest, backend.ErrorSourceDownstream, e.Text)
	case errors.As(err, &e) && e.API && e.Status == http.StatusNotFound:
		return backend.ErrDataResponseWithSource(backend.StatusNotFound, backend.ErrorSourceDownstream, e.Text)
	case errors.As(err, &e) && e.Status == http.StatusServiceUnavailable:
		return backend.ErrDataResponseWithSource(backend.Status(http.StatusServiceUnavailable), backend.ErrorSourceDownstream, e.Text)
	case errors.Is(err, context.Canceled):
		return backend.ErrDataResponseWithSource(backend.Status(499), backend.ErrorSourceDownstream, "nobody waits for the answer any more")
	case errors.Is(err, errPlugin):
		return backend.ErrDataResponseWithSource(backend.StatusInternal, backend.ErrorSourcePlugin, err.Error())
	}
	return backend.ErrDataResponseWithSource(backend.StatusBadGateway, backend.ErrorSourceDownstream, d.trouble(err))
}

// errPlugin wraps what is the plugin's fault.
var errPlugin = errors.New("the plugin could not make a frame")

// parameters are those of the query, with its time.
func (k *asked) parameters() url.Values {
	v := k.Parameters()
	v.Set("from", strconv.FormatInt(k.TimeRange.From.UnixMilli(), 10))
	v.Set("to", strconv.FormatInt(k.TimeRange.To.UnixMilli(), 10))
	return k.read(v)
}

// read asks for the level.
func (k *asked) read(v url.Values) url.Values {
	if k.level == full {
		v.Set("full", "true")
	}
	return v
}

func notice(f *data.Frame, severity data.NoticeSeverity, text string) {
	if f.Meta == nil {
		f.Meta = &data.FrameMeta{}
	}
	f.Meta.Notices = append(f.Meta.Notices, data.Notice{Severity: severity, Text: text})
}

// cut says that an answer is not whole.
func cut(f *data.Frame, c api.Cut, next string, n int) {
	switch {
	case c.Cut:
		notice(f, data.NoticeSeverityWarning, "Not everything is here: "+c.Reason+".")
	case next != "":
		notice(f, data.NoticeSeverityInfo, "There is more: only the first "+strconv.Itoa(n)+" are here. Raise the limit or narrow the filters.")
	}
}

// executed is what the inspector shows.
func executed(path string, v url.Values) string {
	s, err := url.QueryUnescape(v.Encode())
	if err != nil {
		s = v.Encode()
	}
	if s == "" {
		return "GET " + api.Prefix + path
	}
	return "GET " + api.Prefix + path + "?" + s
}

func (d *Datasource) conversations(ctx context.Context, k *asked) (data.Frames, error) {
	v := k.parameters()
	for name, value := range map[string]string{"sort": k.Sort, "order": k.Order} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if k.Sample > 0 {
		v.Set("sample", strconv.Itoa(k.Sample))
		v.Set("seed", strconv.FormatInt(k.Seed, 10))
	}
	out, err := d.client.Conversations(ctx, v)
	if err != nil {
		return nil, err
	}
	if k.alert {
		return data.Frames{frames.Count("conversations", k.TimeRange.To, float64(out.Total))}, nil
	}
	f := frames.Conversations(out.Conversations, k.links)
	f.Meta.ExecutedQueryString = executed("conversations", v)
	if k.Sample == 0 {
		cut(f, out.Cut, out.Next, len(out.Conversations))
	}
	return data.Frames{f}, nil
}

func (d *Datasource) transcript(ctx context.Context, k *asked) (data.Frames, error) {
	v := k.read(url.Values{})
	out, err := d.client.Conversation(ctx, k.Conversation, v)
	if err != nil {
		return nil, err
	}
	lines := out.Lines
	limit := k.Limit
	if limit == 0 {
		limit = models.MaxLimit
	}
	if len(lines) > limit {
		out.Cut = api.Cut{Cut: true, Reason: "of " + strconv.Itoa(len(lines)) + " lines only the last " + strconv.Itoa(limit) + " are shown"}
		lines = lines[len(lines)-limit:]
	}
	f := frames.Transcript(out.Conversation, lines, k.links)
	f.Meta.ExecutedQueryString = executed("conversations/"+k.Conversation, v)
	cut(f, out.Cut, "", 0)
	if len(out.Differs) > 0 {
		notice(f, data.NoticeSeverityInfo, "Told again from its own records, the conversation differs in "+strings.Join(out.Differs, ", ")+".")
	}
	return data.Frames{f}, nil
}

func (d *Datasource) messages(ctx context.Context, k *asked) (data.Frames, error) {
	if k.Live {
		return d.tail(k)
	}
	v := k.parameters()
	if k.Order != "" {
		v.Set("order", k.Order)
	}
	if k.Limit == 0 {
		v.Set("limit", strconv.FormatInt(min(models.MaxLimit, max(1, k.MaxDataPoints)), 10))
	}
	out, err := d.client.Messages(ctx, v)
	if err != nil {
		return nil, err
	}
	f := frames.Messages(out.Messages, k.links, strings.Fields(k.Search))
	f.Meta.ExecutedQueryString = executed("messages", v)
	cut(f, out.Cut, out.Next, len(out.Messages))
	return data.Frames{f}, nil
}

// volume counts messages by role, for the bars above log lines.
func (d *Datasource) volume(ctx context.Context, k *asked) (data.Frames, error) {
	v := k.parameters()
	for _, name := range []string{"q", "limit", "full"} {
		v.Del(name) // what is counted is not read
	}
	if step := int(k.Interval / time.Second); step > 0 {
		v.Set("step", strconv.Itoa(max(step, int(k.TimeRange.To.Sub(k.TimeRange.From)/time.Second)/10_000)))
	}
	out, err := d.client.Volume(ctx, v)
	if err != nil {
		return nil, err
	}
	list := frames.Volume(out)
	for _, f := range list {
		f.Meta.ExecutedQueryString = executed("messages/volume", v)
	}
	if k.Search != "" && len(list) > 0 {
		notice(list[0], data.NoticeSeverityInfo, "The bars count all messages: texts are not searched for them.")
	}
	return list, nil
}

// context is what stands before or after a row of a conversation.
func (d *Datasource) context(ctx context.Context, k *asked) (data.Frames, error) {
	out, err := d.client.Conversation(ctx, k.Conversation, k.read(url.Values{}))
	if err != nil {
		return nil, err
	}
	limit := k.Limit
	if limit == 0 {
		limit = 50
	}
	at := slices.IndexFunc(out.Lines, func(l api.Line) bool { return l.ID == k.Row })
	var lines []api.Line
	switch {
	case at < 0:
	case k.Direction == "FORWARD":
		lines = out.Lines[at+1:]
		lines = lines[:min(len(lines), limit)]
	default:
		lines = out.Lines[max(0, at-limit):at]
	}
	return data.Frames{frames.Transcript(out.Conversation, lines, k.links)}, nil
}

func (d *Datasource) escalations(ctx context.Context, k *asked) (data.Frames, error) {
	v := k.Parameters()
	if k.alert {
		v.Set("limit", strconv.Itoa(models.MaxLimit))
	}
	out, err := d.client.Escalations(ctx, v)
	if err != nil {
		return nil, err
	}
	if k.alert {
		return data.Frames{frames.Count("escalations", k.TimeRange.To, float64(len(out.Escalations)))}, nil
	}
	f := frames.Escalations(out.Escalations, time.Now(), k.links)
	f.Meta.ExecutedQueryString = executed("escalations", v)
	cut(f, out.Cut, "", 0)
	return data.Frames{f}, nil
}

func (d *Datasource) audits(ctx context.Context, k *asked) (data.Frames, error) {
	v := k.parameters()
	v.Del("full")
	out, err := d.client.Audits(ctx, v)
	if err != nil {
		return nil, err
	}
	if k.alert {
		return data.Frames{frames.Count("findings", k.TimeRange.To, float64(len(out.Findings)))}, nil
	}
	f := frames.Audits(out.Findings, k.links)
	f.Meta.ExecutedQueryString = executed("audits", v)
	cut(f, out.Cut, out.Next, len(out.Findings))
	return data.Frames{f}, nil
}

func (d *Datasource) discrepancies(ctx context.Context, k *asked) (data.Frames, error) {
	v := url.Values{}
	unused := false
	for _, filter := range k.Filters {
		if filter.Key == "request_type" && filter.Operator == "=" && len(filter.Values) == 1 {
			v.Set("request_type", filter.Values[0])
		} else {
			unused = true
		}
	}
	if k.Limit > 0 {
		v.Set("limit", strconv.Itoa(k.Limit))
	}
	out, err := d.client.Discrepancies(ctx, v)
	if err != nil {
		return nil, err
	}
	if k.alert {
		return data.Frames{frames.Count("discrepancies", k.TimeRange.To, float64(len(out.Discrepancies)))}, nil
	}
	f := frames.Discrepancies(out.Discrepancies, k.links)
	f.Meta.ExecutedQueryString = executed("discrepancies", v)
	if unused {
		notice(f, data.NoticeSeverityWarning, "Discrepancies can be told apart by one request type only; the other filters are left out.")
	}
	if out.Cut {
		notice(f, data.NoticeSeverityInfo, "There are more: raise the limit.")
	}
	return data.Frames{f}, nil
}

func (d *Datasource) heatmap(ctx context.Context, k *asked) (data.Frames, error) {
	v := url.Values{}
	unused := false
	for _, filter := range k.Filters {
		if filter.Operator == "=" && slices.Contains([]string{"source", "inbox", "team"}, filter.Key) {
			v[filter.Key] = append(v[filter.Key], filter.Values...)
		} else {
			unused = true
		}
	}
	v.Set("from", strconv.FormatInt(k.TimeRange.From.UnixMilli(), 10))
	v.Set("to", strconv.FormatInt(k.TimeRange.To.UnixMilli(), 10))
	if zone := strings.TrimSpace(k.Zone); zone != "" && !strings.EqualFold(zone, "utc") {
		v.Set("zone", zone)
	}
	out, err := d.client.Heatmap(ctx, v)
	if err != nil {
		return nil, err
	}
	f := frames.Heatmap(out)
	f.Meta.ExecutedQueryString = executed("heatmap", v)
	if unused {
		notice(f, data.NoticeSeverityWarning, "Hours can be told apart by source, inbox and team only; the other filters are left out.")
	}
	return data.Frames{f}, nil
}

func (d *Datasource) annotations(ctx context.Context, k *asked) (data.Frames, error) {
	v := k.parameters()
	v.Del("full")
	v.Del("q")
	if k.Limit == 0 {
		v.Set("limit", strconv.Itoa(models.MaxLimit))
	}
	for _, kind := range k.Annotations {
		v.Add("kind", strings.TrimSuffix(kind, "s"))
	}
	out, err := d.client.Annotations(ctx, v)
	if err != nil {
		return nil, err
	}
	f := frames.Annotations(out.Annotations)
	f.Meta.ExecutedQueryString = executed("annotations", v)
	cut(f, out.Cut, "", 0)
	return data.Frames{f}, nil
}
