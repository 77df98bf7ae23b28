// Package docscheck keeps the documentation true. It holds tests only: that
// links lead somewhere, that what is named (metrics, flags, commands, make
// targets) exists, and that configurations, rules and events can be used as
// they stand there. It never judges prose.
package docscheck
