// Package alertscheck holds tests of alerts/: the rules, the runbook, the example of
// routing and its templates.
package alertscheck
