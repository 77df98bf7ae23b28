package events

import (
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/providertest"
)

func TestDay(t *testing.T) {
	providertest.Suite{Name: "events", Spec: Spec, Source: config.Source{Secret: "a-long-random-token"}}.RunDay(t)
}
