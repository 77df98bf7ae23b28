package journal

import (
	"io"
	"strings"
)

// backupBlob yields one blob's bytes, frame by frame.
type backupBlob struct {
	b    *backupReader
	name string
	rest []byte
	size uint64
	end  error
	// fault is the error of the file, dropped and prefix tell of a withdrawal.
	fault   error
	dropped bool
	prefix  string
}

// Read is part of io.Reader.
func (r *backupBlob) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.end != nil {
			return 0, r.end
		}
		if r.end = r.fetch(); r.end != nil && r.end != io.EOF && !r.dropped {
			r.fault = r.end
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *backupBlob) fetch() error {
	kind, payload, err := r.b.next()
	if err != nil {
		return err
	}
	p := &fields{rest: payload}
	switch kind {
	case frameChunk:
		r.rest = payload
		r.size += uint64(len(payload))
		return nil
	case frameBlobEnd:
		if size := p.number(); !p.done() || size != r.size {
			return malformed("the end of a snapshot")
		}
		return io.EOF
	case frameDrop:
		if r.prefix = string(payload); strings.HasPrefix(r.name, r.prefix) {
			r.dropped = true
			return errWithdrawn
		}
	}
	return malformed("a snapshot is not complete")
}
