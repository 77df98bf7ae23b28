package journal

import "encoding/binary"

// fields takes a payload apart. bad is set when it is too short.
type fields struct {
	rest []byte
	bad  bool
}

func (f *fields) skip(n int) {
	if n <= 0 {
		f.rest, f.bad = nil, true
		return
	}
	f.rest = f.rest[n:]
}

func (f *fields) number() uint64 {
	v, n := binary.Uvarint(f.rest)
	f.skip(n)
	return v
}

func (f *fields) signed() int64 {
	v, n := binary.Varint(f.rest)
	f.skip(n)
	return v
}

func (f *fields) log() BackupLog {
	if len(f.rest) == 0 {
		f.bad = true
		return 0
	}
	l := BackupLog(f.rest[0])
	f.rest = f.rest[1:]
	return l
}

func (f *fields) text() string {
	n := f.number()
	if f.bad || n > uint64(len(f.rest)) {
		f.rest, f.bad = nil, true
		return ""
	}
	s := string(f.rest[:n])
	f.rest = f.rest[n:]
	return s
}

// done tells whether the payload was read to its end and no further.
func (f *fields) done() bool { return !f.bad && len(f.rest) == 0 }
