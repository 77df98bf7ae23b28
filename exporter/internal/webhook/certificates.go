package webhook

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"
)

// certificateCheck is how often the files are looked at for a renewal.
const certificateCheck = time.Minute

// certificates serves the pair of a certificate and key file and takes up
// renewed ones. A pair that cannot be read (half written) leaves the last good
// one in use.
type certificates struct {
	certFile, keyFile string

	mu       sync.Mutex
	pair     *tls.Certificate
	modified time.Time
	checked  time.Time
}

func newCertificates(certFile, keyFile string) (*certificates, error) {
	c := &certificates{certFile: certFile, keyFile: keyFile}
	modified := c.newest()
	if err := c.load(modified); err != nil {
		return nil, fmt.Errorf("TLS certificate and key: %w", err)
	}
	c.checked = time.Now()
	return c, nil
}

func (c *certificates) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.checked) >= certificateCheck {
		c.checked = now
		if modified := c.newest(); modified.After(c.modified) {
			// The next check tries again, because modified stays as it was.
			_ = c.load(modified)
		}
	}
	return c.pair, nil
}

func (c *certificates) load(modified time.Time) error {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return err
	}
	c.pair, c.modified = &pair, modified
	return nil
}

// newest is the later modification time of the two files, zero where neither
// can be seen.
func (c *certificates) newest() time.Time {
	var newest time.Time
	for _, name := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(name); err == nil && info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	return newest
}
