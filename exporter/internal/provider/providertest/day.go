package providertest

import "testing"

// Day is the simulated day of a provider.
type Day struct{}

func (s *Suite) day(t *testing.T) { t.Skip("not yet") }
