package exporter

import (
	"errors"
	"fmt"
	"io"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/providers"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/segment"
)

// ErrConfig: at least one of the files that were checked is not right.
var ErrConfig = errors.New("configuration is not right")

// CheckConfig reads each file as serve would. It writes to out everything that
// is wrong, and of a file that is right which figures each source gives. It wraps
// ErrConfig where anything is wrong.
func CheckConfig(files []string, out io.Writer) error {
	bad := 0
	for _, f := range files {
		cfg, err := checkConfig(f, out)
		if err != nil {
			bad++
			fmt.Fprintln(out, err)
			continue
		}
		fmt.Fprintf(out, "%s: ok\n", f)
		for _, f := range allFigures(cfg) {
			f.write(out)
		}
	}
	if bad > 0 {
		return fmt.Errorf("%w: %d of %d files", ErrConfig, bad, len(files))
	}
	return nil
}

// checkConfig writes what is no error and still to be known.
func checkConfig(file string, out io.Writer) (*config.Config, error) {
	cfg, err := config.Load(file, facts())
	if err != nil {
		return nil, err
	}
	if _, err := webhookSources(cfg); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if _, err := fetchSources(cfg); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	master := privacy.NewMaster([32]byte{})
	if _, err := intake.New(cfg, master, providers.KnownFailureCode); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	_, report, err := segment.ReadFile(cfg.Segments, sourceNames(cfg), master.Contact)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if report.Refused > 0 {
		fmt.Fprintf(out, "%s: %d lines are left out, %d taken\n", cfg.Segments.File, report.Refused, report.Taken)
		for _, r := range report.Refusals {
			fmt.Fprintf(out, "%s: %s\n", cfg.Segments.File, r)
		}
		if more := report.Refused - len(report.Refusals); more > 0 {
			fmt.Fprintf(out, "%s: and %d more\n", cfg.Segments.File, more)
		}
	}
	return cfg, nil
}
