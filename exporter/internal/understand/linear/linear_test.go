package linear

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// toy has three classes whose features partly overlap, the first class rare.
func toy(seed uint64, n int) []Example {
	random := rand.New(rand.NewPCG(seed, 1))
	out := make([]Example, n)
	for i := range out {
		class := min(random.IntN(10), 2)
		if class == 0 && random.IntN(2) == 0 {
			class = 2
		}
		features := make([]uint32, 3+random.IntN(6))
		for j := range features {
			features[j] = uint32(random.IntN(60)) + uint32(class*40)
		}
		out[i] = Example{Features: features, Class: class, Weight: float64(1 + random.IntN(2))}
	}
	return out
}

func mustTrain(t testing.TB, examples []Example, o Options) *Model {
	t.Helper()
	m, err := Train(slices.Values(examples), o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var toyOptions = Options{Classes: 3, Bits: 10, Balance: true, L2: 1e-4, Prune: 0.01, Clip: 4, Seed: 7}

func TestLearns(t *testing.T) {
	for _, norm := range []Norm{Sum, Root} {
		o := toyOptions
		o.Norm = norm
		m := mustTrain(t, toy(1, 3000), o)
		var right, seen [3]int
		for _, e := range toy(2, 3000) {
			scores := m.Scores(e.Features, make([]float32, 3))
			seen[e.Class]++
			if scores[e.Class] == slices.Max(scores) {
				right[e.Class]++
			}
		}
		for c := range right {
			if share := float64(right[c]) / float64(seen[c]); share < 0.88 {
				t.Errorf("norm %d, class %d: %.3f right of %d", norm, c, share, seen[c])
			}
		}
	}
}

// The hash was taken on amd64; on any other architecture it must be the same.
func TestTrainingIsTheSameEverywhere(t *testing.T) {
	m := mustTrain(t, toy(1, 3000), toyOptions)
	again := mustTrain(t, toy(1, 3000), toyOptions)
	if !bytes.Equal(m.Append(nil), again.Append(nil)) {
		t.Fatal("two trainings differ")
	}
	sum := sha256.Sum256(m.Append(nil))
	got := hex.EncodeToString(sum[:]) + "\n"
	path := filepath.Join("testdata", "toy.sha256")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("model %s, want %s", got, want)
	}
}

func TestExp(t *testing.T) {
	for x := 0.0; x > -699; x -= 0.37 {
		if got, want := exp(x), math.Exp(x); math.Abs(got/want-1) > 1e-13 {
			t.Fatalf("exp(%v) = %v, want %v", x, got, want)
		}
	}
	for _, x := range []float64{-1e9, math.Inf(-1), math.NaN()} {
		if got := exp(x); got != 0 {
			t.Errorf("exp(%v) = %v", x, got)
		}
	}
}

func TestSoftmax(t *testing.T) {
	scores := []float32{1, 3, -900}
	Softmax(scores)
	if sum := scores[0] + scores[1] + scores[2]; math.Abs(float64(sum)-1) > 1e-6 || scores[1] < 0.88 || scores[2] != 0 {
		t.Errorf("%v", scores)
	}
	Softmax(nil)
}

func TestScores(t *testing.T) {
	// Two classes take the general loop, three the short one.
	for _, classes := range []int{2, 3, 5} {
		m := &Model{bits: 4, bias: make([]float32, classes), scale: make([]float32, classes), weights: make([]int8, classes<<4)}
		for c := range classes {
			m.bias[c], m.scale[c] = float32(c), 0.5
		}
		for i := range m.weights {
			m.weights[i] = int8(i % classes * 2)
		}
		got := m.Scores([]uint32{1, 2, 3, 3}, make([]float32, MaxClasses))
		for c := range classes {
			if want := float32(c + c*4); got[c] != want {
				t.Errorf("%d classes: score %d is %v, want %v", classes, c, got[c], want)
			}
		}
		m.norm = Root
		if got := m.Scores([]uint32{1, 2, 3, 3}, got); got[1] != 1+2 || len(got) != classes {
			t.Errorf("%d classes, root: %v", classes, got)
		}
		if got := m.Scores(nil, got); !slices.Equal(got, m.bias) {
			t.Errorf("no features: %v", got)
		}
	}
}

func TestNoBias(t *testing.T) {
	o := toyOptions
	o.NoBias = true
	m := mustTrain(t, toy(1, 300), o)
	if got := m.Scores(nil, make([]float32, 3)); got[0] != 0 || got[1] != 0 || got[2] != 0 {
		t.Errorf("scores without features: %v", got)
	}
}

func TestTrainRefuses(t *testing.T) {
	good := []Example{{Features: []uint32{1}, Class: 1}}
	change := func(f func(*Options)) Options { o := toyOptions; f(&o); return o }
	for name, c := range map[string]struct {
		examples []Example
		o        Options
	}{
		"no examples":     {nil, toyOptions},
		"class":           {[]Example{{Class: 3}}, toyOptions},
		"weight":          {[]Example{{Weight: -1}}, toyOptions},
		"not a number":    {[]Example{{Weight: math.NaN()}}, toyOptions},
		"one class":       {good, change(func(o *Options) { o.Classes = 1 })},
		"bits":            {good, change(func(o *Options) { o.Bits = MaxBits + 1 })},
		"norm":            {good, change(func(o *Options) { o.Norm = 9 })},
		"rate":            {good, change(func(o *Options) { o.Rate = math.Inf(1) })},
		"negative epochs": {good, change(func(o *Options) { o.Epochs = -1 })},
	} {
		if m, err := Train(slices.Values(c.examples), c.o); err == nil || m != nil {
			t.Errorf("%s: %v, %v", name, m, err)
		}
	}
}

func TestCodec(t *testing.T) {
	m := mustTrain(t, toy(1, 500), toyOptions)
	b := m.Append([]byte("before"))
	if string(b[:6]) != "before" {
		t.Fatal("Append overwrote")
	}
	b = b[6:]
	got, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Append(nil), b) || got.Classes() != 3 || got.Buckets() != 1024 {
		t.Error("decoded model differs")
	}
	for i := range b {
		damaged := slices.Clone(b)
		damaged[i] ^= 0x10
		if _, err := Decode(damaged); !errors.Is(err, ErrFormat) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
	for _, n := range []int{0, 3, 8, 9, len(b) - 1} {
		if _, err := Decode(b[:n]); !errors.Is(err, ErrFormat) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// A right checksum over wrong numbers must not pass either.
func TestDecodeBounds(t *testing.T) {
	b := mustTrain(t, toy(1, 500), toyOptions).Append(nil)
	for name, change := range map[string]func([]byte){
		"scale not a number": func(b []byte) { binary.LittleEndian.PutUint32(b[12:], math.Float32bits(float32(math.NaN()))) },
		"infinite bias":      func(b []byte) { binary.LittleEndian.PutUint32(b[8:], math.Float32bits(float32(math.Inf(1)))) },
		"negative scale":     func(b []byte) { binary.LittleEndian.PutUint32(b[12:], math.Float32bits(-1)) },
		"many classes":       func(b []byte) { b[6] = 255 },
		"many bits":          func(b []byte) { b[5] = 63 },
		"norm":               func(b []byte) { b[7] = 2 },
		"version":            func(b []byte) { b[4] = 2 },
	} {
		damaged := slices.Clone(b)
		change(damaged)
		binary.LittleEndian.PutUint32(damaged[len(b)-4:], crc32.Checksum(damaged[:len(b)-4], castagnoli))
		if _, err := Decode(damaged); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	o := toyOptions
	o.Bits = 4
	b := mustTrain(f, toy(1, 100), o).Append(nil)
	f.Add(b)
	f.Add(b[:20])
	f.Add([]byte(magic))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(b)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(m.Append(nil), b) {
			t.Fatal("encodes otherwise")
		}
		for _, s := range m.Scores([]uint32{0, 1, math.MaxUint32}, make([]float32, MaxClasses)) {
			if math.IsNaN(float64(s)) {
				t.Fatal("not a number")
			}
		}
	})
}

func TestScoresDoNotAllocate(t *testing.T) {
	m := mustTrain(t, toy(1, 100), toyOptions)
	features := toy(3, 1)[0].Features
	if n := testing.AllocsPerRun(100, func() {
		var dst [3]float32
		Softmax(m.Scores(features, dst[:]))
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkScores(b *testing.B) {
	o := toyOptions
	o.Bits = 18
	m := mustTrain(b, toy(1, 100), o)
	features := make([]uint32, 300)
	for i := range features {
		features[i] = uint32(i) * 2654435761
	}
	var dst [3]float32
	b.ReportAllocs()
	for b.Loop() {
		m.Scores(features, dst[:])
	}
}
