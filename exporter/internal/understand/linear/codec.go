package linear

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// ErrFormat is wrapped by everything that Decode refuses: the model was made
// by another version or is damaged; train it again.
var ErrFormat = errors.New("linear: not a model of this version")

// The encoded form, little endian: magic, version, bits, classes, norm; a bias
// and a scale (float32) per class; the weights; CRC-32C of all that.
const (
	magic   = "HXLM"
	version = 1
	header  = len(magic) + 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Append adds the encoded model to b.
func (m *Model) Append(b []byte) []byte {
	start := len(b)
	b = append(b, magic...)
	b = append(b, version, m.bits, byte(len(m.bias)), byte(m.norm))
	for i := range m.bias {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(m.bias[i]))
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(m.scale[i]))
	}
	for _, w := range m.weights {
		b = append(b, byte(w))
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

// Decode reads what Append wrote, all of b, and keeps nothing of b. It
// allocates no more than len(b) and a few words, whatever b says.
func Decode(b []byte) (*Model, error) {
	if len(b) < header || string(b[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: no header", ErrFormat)
	}
	v, bits, classes, norm := b[4], b[5], int(b[6]), Norm(b[7])
	switch {
	case v != version:
		return nil, fmt.Errorf("%w: version %d", ErrFormat, v)
	case bits < 4 || bits > MaxBits:
		return nil, fmt.Errorf("%w: %d bits", ErrFormat, bits)
	case classes < 2 || classes > MaxClasses:
		return nil, fmt.Errorf("%w: %d classes", ErrFormat, classes)
	case norm > Root:
		return nil, fmt.Errorf("%w: norm %d", ErrFormat, norm)
	}
	n := classes << bits
	if want := header + 8*classes + n + 4; len(b) != want {
		return nil, fmt.Errorf("%w: %d bytes instead of %d", ErrFormat, len(b), want)
	}
	if crc32.Checksum(b[:len(b)-4], castagnoli) != binary.LittleEndian.Uint32(b[len(b)-4:]) {
		return nil, fmt.Errorf("%w: checksum", ErrFormat)
	}
	m := &Model{bits: bits, norm: norm, bias: make([]float32, classes), scale: make([]float32, classes), weights: make([]int8, n)}
	at := header
	for i := range classes {
		m.bias[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[at:]))
		m.scale[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[at+4:]))
		at += 8
		if !finite(m.bias[i]) || !finite(m.scale[i]) || m.scale[i] < 0 {
			return nil, fmt.Errorf("%w: class %d has bias %v, scale %v", ErrFormat, i, m.bias[i], m.scale[i])
		}
	}
	for i := range m.weights {
		m.weights[i] = int8(b[at+i])
	}
	return m, nil
}

func finite(f float32) bool { return !math.IsNaN(float64(f)) && !math.IsInf(float64(f), 0) }
