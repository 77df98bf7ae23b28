package exporter

import (
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
)

// A connection that stays behind each question ends in too many open files.
func TestControlConnectionsClose(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	server := &http.Server{
		Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
		ConnState: func(_ net.Conn, s http.ConnState) {
			switch s {
			case http.StateNew:
				open.Add(1)
			case http.StateClosed:
				open.Done()
			}
		},
	}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	for range 3 {
		body, _, running, err := askControl(t.Context(), socket, http.MethodPost, "/")
		if err != nil || !running {
			t.Fatal(running, err)
		}
		body.Close()
	}
	open.Wait() // for ever, where one stays open
}
