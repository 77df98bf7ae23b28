//go:build race

package meta

// raceEnabled: the race detector makes sync.Pool forget on purpose, so that
// allocations mean nothing.
const raceEnabled = true
