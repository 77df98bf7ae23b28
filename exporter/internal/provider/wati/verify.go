package wati

import "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"

// Verify compares the secret in the address, /webhooks/<source>/<secret> or
// /webhooks/<source>?token=<secret>, in constant time: Wati signs nothing and
// sends no header of ours. A secret that stands there twice is refused.
func (a *Adapter) Verify(r *provider.Request) error { return a.secret.Verify(r) }
