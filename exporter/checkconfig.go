package exporter

import (
	"errors"
	"fmt"
	"io"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/providers"
)

// ErrConfig: at least one of the files that were checked is not right.
var ErrConfig = errors.New("configuration is not right")

// CheckConfig reads each file as serve would and writes everything that is
// wrong to out. It wraps ErrConfig where anything is.
func CheckConfig(files []string, out io.Writer) error {
	bad := 0
	for _, f := range files {
		if err := checkConfig(f); err != nil {
			bad++
			fmt.Fprintln(out, err)
			continue
		}
		fmt.Fprintf(out, "%s: ok\n", f)
	}
	if bad > 0 {
		return fmt.Errorf("%w: %d of %d files", ErrConfig, bad, len(files))
	}
	return nil
}

func checkConfig(file string) error {
	cfg, err := config.Load(file, facts())
	if err != nil {
		return err
	}
	if _, err := webhookSources(cfg); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if _, err := intake.New(cfg, privacy.NewMaster([32]byte{}), providers.KnownFailureCode); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
