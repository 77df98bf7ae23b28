package hubspot

import (
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// TestTwoNumbers is the simulated day with two of them, consent aside.
func TestTwoNumbers(t *testing.T) {
	s := suite
	s.Spec.Simulation = provider.Simulation{Inboxes: []string{"33001", "33002"}}
	s.Spec.Facts = capability.Facts{}
	for fact, claim := range facts {
		if fact != capability.Consent {
			s.Spec.Facts[fact] = claim
		}
	}
	s.RunDay(t)
}
