// Package wire is what adapters share: reading JSON and forms without trusting
// either, copying what events keep, times as vendors write them, and keyed
// hashes. It knows no vendor, does no I/O and reads no clock.
package wire
