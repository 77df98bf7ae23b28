// Package bench measures the exporter against its targets for speed and memory
// (docs/performance.md). It holds benchmarks only:
//
//	go test -run '^$' -bench . ./exporter/internal/bench
//
// prints Go's lines and then a table of targets and results. Ratios are between
// runs that follow one another in the same process. Nothing in it asserts a
// time, so a slow machine fails nothing.
package bench
