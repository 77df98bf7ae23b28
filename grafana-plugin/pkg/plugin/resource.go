package plugin

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/grafana-plugin/pkg/models"
)

// CallResource answers what editors and variables ask: GETs of a list of paths, none
// of which has texts.
func (d *Datasource) CallResource(ctx context.Context, req *backend.CallResourceRequest, sender backend.CallResourceResponseSender) error {
	send := func(status int, body any) error {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		return sender.Send(&backend.CallResourceResponse{
			Status: status, Body: b, Headers: map[string][]string{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}},
		})
	}
	path := strings.Trim(req.Path, "/")
	name, isLabel := strings.CutPrefix(path, "labels/")
	switch {
	case path != "info" && !(isLabel && (slices.Contains(models.Keys, name) || slices.Contains(models.MessageKeys, name))):
		return send(http.StatusNotFound, api.Failure{Error: "there is no such resource"})
	case req.Method != http.MethodGet:
		return send(http.StatusMethodNotAllowed, api.Failure{Error: "resources can be read only"})
	case d.problem != nil:
		return send(http.StatusBadRequest, api.Failure{Error: d.problem.Error()})
	}
	ctx = behalf(ctx, req.PluginContext)
	switch {
	case path == "info":
		info, err := d.client.Info(ctx)
		if err != nil {
			return send(http.StatusBadGateway, api.Failure{Error: d.trouble(err)})
		}
		return send(http.StatusOK, info)
	case name == "direction":
		return send(http.StatusOK, api.Values{Values: []string{"in", "out"}})
	case name == "actor":
		return send(http.StatusOK, api.Values{Values: []string{"customer", "human", "bot", "system", "unknown"}})
	case name == "contact":
		// There are as many as customers.
		return send(http.StatusOK, api.Values{Values: []string{}})
	}
	values, err := d.client.Labels(ctx, name)
	if err != nil {
		return send(http.StatusBadGateway, api.Failure{Error: d.trouble(err)})
	}
	return send(http.StatusOK, values)
}
