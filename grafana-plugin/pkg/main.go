// Command gpx_helpdesk_transcripts is the backend of Grafana's data source for the
// conversations of helpdesk-exporter.
package main

import (
	"os"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/datasource"

	"github.com/helpdesk-exporter/helpdesk-exporter/grafana-plugin/pkg/plugin"
)

func main() {
	if err := datasource.Manage(plugin.ID, plugin.New, datasource.ManageOpts{}); err != nil {
		backend.Logger.Error("The plugin ended", "err", err)
		os.Exit(1)
	}
}
