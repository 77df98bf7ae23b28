package meta

import (
	"fmt"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// maxUpdates bounds one body, wide enough never to meet an honest one: Meta
// sends 1000 at most.
const maxUpdates = 4000

var errUpdates = fmt.Errorf("%w: more than %d updates in one body", provider.ErrMalformed, maxUpdates)
