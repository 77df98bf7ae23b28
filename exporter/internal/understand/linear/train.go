package linear

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
)

// Example is one labelled text. Train keeps its features: don't reuse them.
type Example struct {
	Features []uint32
	Class    int
	// Weight scales what the example teaches; 0 means 1.
	Weight float64
}

// Options of Train; the zero value of a field means what its comment says.
type Options struct {
	// Classes is the number of classes, 2 to MaxClasses. Required.
	Classes int
	// Bits gives 1<<Bits buckets, 4 to MaxBits. Required.
	Bits int
	// Norm is how much a feature counts, in training and in the model.
	Norm Norm
	// Epochs is how often every example is seen; 0 means 5.
	Epochs int
	// Rate is the step of AdaGrad; 0 means 0.1.
	Rate float64
	// L2 pulls a weight towards 0 each time that it is used.
	L2 float64
	// Balance gives every class the same total weight, however many its examples.
	Balance bool
	// NoBias leaves all biases 0: a text without features then has no class.
	NoBias bool
	// Prune sets weights of a smaller magnitude to 0: the model packs better.
	Prune float64
	// Clip bounds the magnitude of weights before they become int8, so that a
	// few large ones don't take the steps from the many small ones; 0 is no bound.
	Clip float64
	// Seed orders the examples.
	Seed uint64
}

// minimumGradient keeps AdaGrad's first steps from being of full length
// whatever the gradient.
const minimumGradient = 1e-2

// Train fits a softmax regression by AdaGrad over shuffled examples and
// averages the weights over all steps, which makes the order matter less. One
// goroutine, fixed order, no fused operations: the same examples and options
// give the same model everywhere. Examples of a weight under 0 or a class out
// of range, and options out of range, are errors.
func Train(examples iter.Seq[Example], o Options) (*Model, error) {
	if o.Classes < 2 || o.Classes > MaxClasses {
		return nil, fmt.Errorf("linear: %d classes: want 2 to %d", o.Classes, MaxClasses)
	}
	if o.Bits < 4 || o.Bits > MaxBits {
		return nil, fmt.Errorf("linear: %d bits: want 4 to %d", o.Bits, MaxBits)
	}
	if o.Norm > Root {
		return nil, fmt.Errorf("linear: unknown norm %d", o.Norm)
	}
	for _, v := range []float64{o.Rate, o.L2, o.Prune, o.Clip, float64(o.Epochs)} {
		if !(v >= 0 && v <= math.MaxFloat32) {
			return nil, fmt.Errorf("linear: option of %v: want 0 or more", v)
		}
	}
	if o.Epochs == 0 {
		o.Epochs = 5
	}
	if o.Rate == 0 {
		o.Rate = 0.1
	}
	var all []Example
	share := make([]float64, o.Classes)
	var total float64
	for e := range examples {
		if e.Weight == 0 {
			e.Weight = 1
		}
		if e.Class < 0 || e.Class >= o.Classes || !(e.Weight > 0 && e.Weight <= math.MaxFloat32) {
			return nil, fmt.Errorf("linear: example %d: class %d, weight %v", len(all), e.Class, e.Weight)
		}
		share[e.Class] += e.Weight
		total += e.Weight
		all = append(all, e)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("linear: no examples")
	}
	for i, s := range share {
		switch {
		case !o.Balance || s == 0:
			share[i] = 1
		default:
			share[i] = total / float64(s*float64(o.Classes))
		}
	}
	t := newTrainer(o)
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	random := rand.New(rand.NewPCG(o.Seed, 0x6c696e656172))
	for range o.Epochs {
		random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			t.step(all[i], float64(share[all[i].Class]*all[i].Weight))
		}
	}
	return t.model(), nil
}

// trainer holds the weights in training; the classes of a bucket lie side by
// side, the biases after the last bucket.
type trainer struct {
	o     Options
	shift uint
	// weight is the current one, late its changes times their step (from which
	// the average follows), grown the sum of squared gradients.
	weight, late, grown []float64
	scores              []float64
	steps               float64
}

func newTrainer(o Options) *trainer {
	n := (1<<o.Bits + 1) * o.Classes
	return &trainer{
		o: o, shift: 32 - uint(o.Bits),
		weight: make([]float64, n), late: make([]float64, n), grown: make([]float64, n),
		scores: make([]float64, o.Classes),
	}
}

func (t *trainer) step(e Example, importance float64) {
	classes := t.o.Classes
	one := value(t.o.Norm, len(e.Features))
	bias := classes << t.o.Bits
	clear(t.scores)
	for _, f := range e.Features {
		at := int(bucket(f, t.shift)) * classes
		for c, w := range t.weight[at : at+classes] {
			t.scores[c] += w
		}
	}
	top := math.Inf(-1)
	for c := range t.scores {
		t.scores[c] = float64(t.scores[c]*one) + t.weight[bias+c]
		top = max(top, t.scores[c])
	}
	var sum float64
	for c, s := range t.scores {
		t.scores[c] = exp(s - top)
		sum += t.scores[c]
	}
	for c := range t.scores {
		p := t.scores[c] / sum
		if c == e.Class {
			p--
		}
		t.scores[c] = float64(p * importance)
	}
	for _, f := range e.Features {
		at := int(bucket(f, t.shift)) * classes
		for c, g := range t.scores {
			t.move(at+c, float64(g*one)+float64(t.o.L2*t.weight[at+c]))
		}
	}
	if !t.o.NoBias {
		for c, g := range t.scores {
			t.move(bias+c, g)
		}
	}
	t.steps++
}

func (t *trainer) move(i int, gradient float64) {
	t.grown[i] += float64(gradient * gradient)
	change := float64(t.o.Rate*gradient) / (minimumGradient + math.Sqrt(t.grown[i]))
	t.weight[i] -= change
	t.late[i] -= float64(change * t.steps)
}

// model averages, prunes and rounds to int8.
func (t *trainer) model() *Model {
	classes, n := t.o.Classes, t.o.Classes<<t.o.Bits
	m := &Model{
		bits: uint8(t.o.Bits), norm: t.o.Norm,
		bias: make([]float32, classes), scale: make([]float32, classes), weights: make([]int8, n),
	}
	for i := range t.weight {
		w := t.weight[i] - t.late[i]/t.steps
		if t.o.Clip > 0 && i < n {
			w = min(max(w, -t.o.Clip), t.o.Clip)
		}
		t.weight[i] = w
	}
	var top [MaxClasses]float64
	for i, w := range t.weight[:n] {
		top[i%classes] = max(top[i%classes], math.Abs(w))
	}
	for c := range classes {
		m.scale[c] = float32(top[c] / 127)
		m.bias[c] = float32(t.weight[n+c])
	}
	for i, w := range t.weight[:n] {
		scale := float64(m.scale[i%classes])
		if scale == 0 || math.Abs(w) < t.o.Prune {
			continue
		}
		m.weights[i] = int8(min(max(math.RoundToEven(w/scale), -127), 127))
	}
	return m
}
