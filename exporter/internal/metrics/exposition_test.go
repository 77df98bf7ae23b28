package metrics

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// One bad series does not keep the others from being scraped.
func TestHandlerLeavesOutWhatIsBad(t *testing.T) {
	src := helpdesk()
	src.dynamic = func(v *measure.View) {
		v.AddDynamic(measure.Targets, 1, "csat", "", "")
		v.AddDynamic(measure.Targets, 2, "csat", "", "")
	}
	reg := registry(t, NewCollector(src, Options{}))
	var log bytes.Buffer
	self := prometheus.NewRegistry()
	h := NewHandler(reg, HandlerOptions{Logger: slog.New(slog.NewTextHandler(&log, nil)), Registerer: self})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 || !strings.Contains(w.Body.String(), "helpdesk_target{") || !strings.Contains(w.Body.String(), "helpdesk_turns_total{") {
		t.Errorf("status %d, %d bytes", w.Code, w.Body.Len())
	}
	if !strings.Contains(log.String(), "collected before") {
		t.Errorf("log %q", &log)
	}
	var text bytes.Buffer
	if err := WriteText(&text, self); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), `promhttp_metric_handler_errors_total{cause="gathering"} 1`) {
		t.Errorf("not counted:\n%s", &text)
	}
	if err := WriteText(&text, reg); err == nil {
		t.Error("an offline exposition has to be whole")
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space") }

func TestWriteTextReportsTheWriter(t *testing.T) {
	reg := registry(t, NewCollector(helpdesk(), Options{}))
	if err := WriteText(full{}, reg); err == nil || !strings.Contains(err.Error(), "no space") {
		t.Errorf("err = %v", err)
	}
}
