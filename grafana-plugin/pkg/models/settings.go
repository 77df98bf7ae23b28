// Package models holds what Grafana stores for the plugin: settings and queries.
package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

// Settings of a data source.
type Settings struct {
	URL string
	// FullRole is the least role that reads unmasked texts; "" is nobody.
	FullRole string
	Timeout  time.Duration
	// Token is a secret.
	Token string
}

// defaultTimeout bounds an answer of the exporter where nothing is configured.
const defaultTimeout = 10 * time.Second

// Roles of Grafana's users, the least first.
var Roles = []string{"Viewer", "Editor", "Admin"}

// Problems of settings, in the words of whoever looks at the settings page.
var (
	ErrNoURL   = errors.New("the URL of the exporter is missing: for example http://helpdesk-exporter:9841")
	ErrNoToken = errors.New("the token is missing: put one of api.tokens of the exporter's configuration here")
)

// LoadSettings reads what is stored. Its errors hold no secret.
func LoadSettings(s backend.DataSourceInstanceSettings) (*Settings, error) {
	var stored struct {
		FullRole       string  `json:"fullRole"`
		TimeoutSeconds float64 `json:"timeoutSeconds"`
	}
	if len(s.JSONData) > 0 {
		if err := json.Unmarshal(s.JSONData, &stored); err != nil {
			return nil, fmt.Errorf("the settings cannot be read: %w", err)
		}
	}
	out := &Settings{URL: s.URL, FullRole: stored.FullRole, Timeout: defaultTimeout, Token: s.DecryptedSecureJSONData["token"]}
	if out.FullRole != "" && !slices.Contains(Roles, out.FullRole) {
		return nil, fmt.Errorf("fullRole is %q: choose one of %v, or nobody", out.FullRole, Roles)
	}
	if stored.TimeoutSeconds > 0 {
		out.Timeout = time.Duration(min(stored.TimeoutSeconds, 3600) * float64(time.Second))
	}
	if out.URL == "" {
		return out, nil
	}
	if u, err := url.Parse(out.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("the URL of the exporter is no address: it begins with http:// or https://")
	}
	return out, nil
}

// Check tells what is missing.
func (s *Settings) Check() error {
	switch {
	case s.URL == "":
		return ErrNoURL
	case s.Token == "":
		return ErrNoToken
	}
	return nil
}

// Full tells whether a role reads unmasked texts; "" is nobody's.
func (s *Settings) Full(role string) bool {
	least := slices.Index(Roles, s.FullRole)
	return least >= 0 && slices.Index(Roles, role) >= least
}
