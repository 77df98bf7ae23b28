package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

// checkTarget fails the test when ReadBackup breaks what it promises a target.
type checkTarget struct {
	t     testing.TB
	last  uint64
	ended []BackupLog
	sizes map[string]int
}

func (c *checkTarget) Blob(name string, _ map[string]string, data io.Reader) error {
	n, err := io.Copy(io.Discard, data)
	if name == "" || !c.turn(BackupLane) {
		c.t.Errorf("blob %q after the logs %v", name, c.ended)
	}
	if err == nil {
		c.sizes[name] = int(n)
	}
	return err
}

func (c *checkTarget) DropBlobs(prefix string) error {
	for name := range c.sizes {
		if strings.HasPrefix(name, prefix) {
			delete(c.sizes, name)
		}
	}
	return nil
}

func (c *checkTarget) Record(l BackupLog, e Entry) error {
	if !c.turn(l) || e.Seq <= c.last || len(e.Data) > MaxRecord {
		c.t.Errorf("record %d of the %s log after %d, %d bytes", e.Seq, l, c.last, len(e.Data))
	}
	c.last = e.Seq
	return nil
}

func (c *checkTarget) EndLog(l BackupLog, first, last uint64) error {
	if !c.turn(l) || first == 0 || first > last+1 || last < c.last {
		c.t.Errorf("the %s log ends as %d to %d after record %d", l, first, last, c.last)
	}
	c.last = 0
	c.ended = append(c.ended, l)
	return nil
}

// turn: the threads may come first, then the lane, then the keys.
func (c *checkTarget) turn(l BackupLog) bool {
	switch l {
	case BackupThreads:
		return len(c.ended) == 0
	case BackupLane:
		return len(c.ended) == 0 || slices.Equal(c.ended, []BackupLog{BackupThreads})
	}
	return len(c.ended) > 0 && c.ended[len(c.ended)-1] == BackupLane
}

func checkRead(t testing.TB, data []byte) error {
	t.Helper()
	c := &checkTarget{t: t, sizes: map[string]int{}}
	err := ReadBackup(bytes.NewReader(data), c)
	if err == nil && (len(c.ended) < 2 || c.ended[len(c.ended)-1] != BackupKeys) {
		t.Errorf("a backup with the logs %v is accepted", c.ended)
	}
	if err != nil && !errors.Is(err, ErrBackup) {
		t.Errorf("the file is to blame, but the error is %v", err)
	}
	return err
}

// sealed makes a file of frames: the check sums and the trailer are right, so
// that a mistake can only be in what the frames say.
func sealed(version uint32, frames ...[]byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(backupMagic), version)
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	frame := func(kind byte, payload []byte) {
		at := len(b)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)))
		b = append(append(b, kind), payload...)
		b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[at:], castagnoli))
	}
	var counts backupCounts
	for _, f := range frames {
		frame(f[0], f[1:])
		switch {
		case f[0] == byte(frameBlobEnd):
			counts.blobs++
		case f[0] == byte(frameRecord) && len(f) > 1:
			counts.record(BackupLog(f[1]))
		}
	}
	var end []byte
	for _, n := range counts.list(version, uint64(len(b))) {
		end = binary.AppendUvarint(end, n)
	}
	sum := sha256.Sum256(b)
	frame(byte(frameTrailer), append(end, sum[:]...))
	return b
}

// Frames in short.
var (
	fBlob  = []byte("B\x01x\x00")
	fChunk = []byte("Cabc")
	fEnd   = []byte("E\x03")
	fLane1 = []byte("R\x01\x01\x00\x00one")
	fLane2 = []byte("R\x01\x02\x00\x00two")
	fLane  = []byte("L\x01\x01\x02")
	fKey   = []byte("R\x02\x05\x00\x00key")
	fKeys  = []byte("L\x02\x05\x05")

	fThread  = []byte("R\x03\x02\x00\x00thread")
	fThreads = []byte("L\x03\x02\x02")
)

// TestReadBackupForm: mistakes that no check sum catches.
func TestReadBackupForm(t *testing.T) {
	for _, tc := range []struct {
		name   string
		frames [][]byte
		text   string // "" accepted
	}{
		{"all", [][]byte{fBlob, fChunk, fEnd, fLane1, fLane2, fLane, fKey, fKeys}, ""},
		{"least", [][]byte{[]byte("L\x01\x01\x00"), []byte("L\x02\x01\x00")}, ""},
		{"blob between records", [][]byte{fLane1, fBlob, fChunk, fEnd, fLane2, fLane, fKeys}, ""},
		{"empty blob", [][]byte{fBlob, []byte("E\x00"), fLane, fKeys}, ""},
		{"records below the first", [][]byte{fLane1, fLane2, []byte("L\x01\x03\x02"), fKeys}, ""},
		{"no logs", nil, "has no end"},
		{"no keys", [][]byte{fLane}, "has no end"},
		{"keys before the lane", [][]byte{fKeys, fLane}, "end of a log"},
		{"key before the lane's end", [][]byte{fKey, fLane, fKeys}, "a record"},
		{"three logs", [][]byte{fLane, fKeys, fKeys}, "end of a log"},
		{"same sequence twice", [][]byte{fLane1, fLane1, fLane, fKeys}, "record 1 of the lane log"},
		{"sequence 0", [][]byte{[]byte("R\x01\x00\x00\x00x"), fLane, fKeys}, "record 0 of the lane log"},
		{"end before the last record", [][]byte{fLane1, fLane2, []byte("L\x01\x01\x01"), fKeys}, "end of a log"},
		{"first after the end", [][]byte{[]byte("L\x01\x04\x02"), fKeys}, "end of a log"},
		{"end goes on", [][]byte{[]byte("L\x01\x01\x02\x00"), fKeys}, "end of a log"},
		{"record ends early", [][]byte{[]byte("R\x01\x01"), fLane, fKeys}, "a record"},
		{"subject ends early", [][]byte{[]byte("R\x01\x01\x00\x09one"), fLane, fKeys}, "a record"},
		{"record too large", [][]byte{append([]byte("R\x01\x01\x00\x00"), make([]byte, MaxRecord+1)...), fLane, fKeys}, "record 1"},
		{"blob without a name", [][]byte{[]byte("B\x00\x00"), fEnd, fLane, fKeys}, "description of a snapshot"},
		{"meta ends early", [][]byte{[]byte("B\x01x\x02\x01a\x01b"), fEnd, fLane, fKeys}, "description of a snapshot"},
		{"more meta than bytes", [][]byte{[]byte("B\x01x\xff\xff\xff\xff\x0f"), fEnd, fLane, fKeys}, "description of a snapshot"},
		{"blob of another size", [][]byte{fBlob, fChunk, fChunk, fEnd, fLane, fKeys}, "end of a snapshot"},
		{"record in a blob", [][]byte{fBlob, fLane1, fEnd, fLane, fKeys}, "not complete"},
		{"blob in a blob", [][]byte{fBlob, fBlob, fEnd, fLane, fKeys}, "not complete"},
		{"other blob dropped", [][]byte{fBlob, []byte("Dy"), fLane, fKeys}, "not complete"},
		{"blob without an end", [][]byte{fBlob, fChunk}, "not complete"},
		{"chunk without a blob", [][]byte{fChunk, fLane, fKeys}, "none is expected"},
		{"blob after the lane", [][]byte{fLane, fBlob, fChunk, fEnd, fKeys}, "description of a snapshot"},
		{"drop after the lane", [][]byte{fLane, []byte("D"), fKeys}, "after the lane's end"},
		{"unknown part", [][]byte{[]byte("?"), fLane, fKeys}, "none is expected"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := checkRead(t, sealed(backupVersion, tc.frames...))
			if tc.text == "" && err != nil || tc.text != "" && (err == nil || !strings.Contains(err.Error(), tc.text)) {
				t.Errorf("%v, want %q", err, tc.text)
			}
		})
	}
	for _, tc := range []struct {
		name   string
		frames [][]byte
		text   string
	}{
		{"threads first", [][]byte{fThread, fThreads, fBlob, fChunk, fEnd, fLane1, fLane, fKeys}, ""},
		{"no threads", [][]byte{fLane, fKeys}, "end of a log"},
		{"threads last", [][]byte{fLane, fKeys, fThreads}, "end of a log"},
		{"blob before the threads' end", [][]byte{fThread, fBlob, fChunk, fEnd, fThreads, fLane, fKeys}, "description of a snapshot"},
	} {
		err := checkRead(t, sealed(backupNewest, tc.frames...))
		if tc.text == "" && err != nil || tc.text != "" && (err == nil || !strings.Contains(err.Error(), tc.text)) {
			t.Errorf("version 2, %s: %v, want %q", tc.name, err, tc.text)
		}
	}
	if err := checkRead(t, sealed(backupVersion, fThread, fThreads, fLane, fKeys)); err == nil {
		t.Error("version 1 has threads")
	}
	for _, v := range []uint32{0, backupNewest + 1} {
		err := checkRead(t, sealed(v, fLane, fKeys))
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("it has version %d", v)) {
			t.Errorf("version %d: %v", v, err)
		}
	}
}

// TestReadBackupDigest: frames that are sound one by one, but are not those that
// the trailer was written for.
func TestReadBackupDigest(t *testing.T) {
	trailer := frameHead + 3 + 1 + sha256.Size + frameTail
	one := sealed(backupVersion, fLane1, fLane, fKeys)
	two := sealed(backupVersion, []byte("R\x01\x01\x00\x00two"), fLane, fKeys)
	err := checkRead(t, append(bytes.Clone(one[:len(one)-trailer]), two[len(two)-trailer:]...))
	if err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("another trailer: %v", err)
	}
	for i, what := range []string{"blobs", "lane records", "keys records"} {
		b := bytes.Clone(one)
		b[len(b)-trailer+frameHead+i]++
		end := b[len(b)-trailer : len(b)-frameTail]
		binary.LittleEndian.PutUint32(b[len(b)-frameTail:], crc32.Checksum(end, castagnoli))
		if err := checkRead(t, b); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("one more of the %s: %v", what, err)
		}
	}
}

// TestReadBackupDrop: a withdrawn blob is not counted and not kept.
func TestReadBackupDrop(t *testing.T) {
	whole := func(name string) [][]byte {
		return [][]byte{append([]byte{'B', byte(len(name))}, name+"\x00"...), fChunk, fEnd}
	}
	frames := append(whole("a/1"), whole("b/1")...)
	frames = append(frames, []byte("B\x03b/2\x00"), fChunk, []byte("Db/"))
	data := sealed(backupVersion, append(frames, fLane, fKeys)...)
	c := &checkTarget{t: t, sizes: map[string]int{}}
	if err := ReadBackup(bytes.NewReader(data), c); err != nil {
		t.Fatal(err)
	}
	if len(c.sizes) != 1 || c.sizes["a/1"] != 3 {
		t.Errorf("blobs %v", c.sizes)
	}
}

// FuzzReadBackup gives the reader any file: no panic, and no error but
// ErrBackup.
func FuzzReadBackup(f *testing.F) {
	golden, err := os.ReadFile("testdata/backup-v1.bin")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(golden)
	f.Add(golden[:len(golden)/2])
	f.Add(sealed(backupNewest+1, fLane, fKeys))
	f.Fuzz(func(t *testing.T, data []byte) { _ = checkRead(t, data) })
}

// FuzzReadBackupFrames gives it any frames, divided by line feeds, in a file
// whose check sums are right.
func FuzzReadBackupFrames(f *testing.F) {
	for _, seed := range [][][]byte{
		{fBlob, fChunk, fEnd, fLane1, fLane2, fLane, fKey, fKeys},
		{fBlob, fChunk, []byte("Dx"), fLane1, []byte("D"), fBlob, fChunk, fEnd, fLane2, fLane, fKeys},
		{[]byte("B\x01x\x01\x01a\x01b"), []byte("E\x00"), fLane, fKeys},
		{fThread, fThreads, fBlob, fChunk, fEnd, fLane1, fLane, fKeys},
	} {
		f.Add(bytes.Join(seed, []byte("\n")))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var frames [][]byte
		for line := range bytes.SplitSeq(data, []byte("\n")) {
			if len(line) > 0 {
				frames = append(frames, line)
			}
		}
		_ = checkRead(t, sealed(backupVersion, frames...))
		_ = checkRead(t, sealed(backupNewest, frames...))
	})
}
