package measure

import (
	"encoding/binary"
	"errors"
	"slices"
)

// A snapshot says itself what its cells mean: the families stand in it by
// name, with their labels and closed values, and the cells refer to that list.
// So a family can be added or removed, and its closed values can change, and
// older snapshots still load: what no longer exists is dropped, what is new
// starts at zero. A family whose type, level or labels changed is another
// family.
//
// Numbers are varints, lists start with their length, strings and optional
// parts with their length in bytes. Zeros are left out. The same content gives
// the same bytes.

// ErrSnapshot is what decoding of a damaged snapshot, or of one that a newer
// version wrote, returns.
var ErrSnapshot = errors.New("measure: snapshot cannot be read")

const (
	namesVersion = 1
	// Version 2 of the counts added agent scopes and ratios, version 3 segments,
	// version 4 open labels of agents; older ones can still be read.
	storeVersion = 4
)

// Limits of what decoding allocates for few bytes.
const (
	maxBuckets = 1 << 10
	maxCells   = 1 << 20 // in the snapshot's list of families
	maxWords   = 1 << 26 // of all dense arrays
	// maxNative bounds the indexes of native buckets: durations in nanoseconds
	// lie between 2^-30 and 2^34 seconds.
	maxNative = 40 << NativeSchema
)

// Append appends the encoding of n.
func (n *Names) Append(dst []byte) []byte {
	dst = append(dst, namesVersion)
	dst = binary.AppendUvarint(dst, uint64(max(n.max, 0)))
	dst = binary.AppendUvarint(dst, uint64(dictEnd))
	for d := range n.values {
		dst = binary.AppendUvarint(dst, n.folds[d])
		dst = binary.AppendUvarint(dst, uint64(len(n.values[d])-int(Other)-1))
		for _, v := range n.values[d][Other+1:] {
			dst = appendString(dst, v)
		}
	}
	return dst
}

// DecodeNames reads what Append wrote. It does not keep b.
func DecodeNames(b []byte) (*Names, error) {
	r := &reader{b: b}
	if v := r.byte(); v != namesVersion {
		r.fail("version %d of label values, known is %d", v, namesVersion)
	}
	n := NewNames(int(min(r.uvarint(), 1<<31-1)))
	dicts := r.count(1, "dictionaries")
	if dicts > int(dictEnd) {
		r.fail("%d dictionaries, known are %d: a newer version wrote it", dicts, dictEnd)
		return nil, r.err
	}
	for d := range Dict(dicts) {
		n.folds[d] = r.uvarint()
		for range r.count(1, "values") {
			v := r.string()
			if len(n.values[d]) >= maxIDs || v != clean(v) {
				r.fail("label value that could not have been admitted")
			}
			if _, ok := n.ids[d][v]; ok {
				r.fail("label value stands twice")
			}
			if r.err != nil {
				break
			}
			n.add(d, v)
		}
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	return n, nil
}

// Append appends the encoding of s.
func (s *Store) Append(dst []byte) []byte {
	return s.append(dst, Families)
}

func (s *Store) append(dst []byte, families []*Family) []byte {
	dst = append(dst, storeVersion)
	dst = binary.AppendUvarint(dst, uint64(len(s.buckets)))
	last := int64(0)
	for _, b := range s.buckets {
		dst = binary.AppendUvarint(dst, uint64(b-last))
		last = b
	}
	dst = binary.AppendUvarint(dst, uint64(len(families)))
	for _, f := range families {
		dst = appendFamily(dst, f)
	}
	dst = binary.AppendUvarint(dst, uint64(len(s.scopes)))
	for _, c := range s.scopes {
		dst = c.append(dst, families)
	}
	// Families go by their place in the list that stands before.
	places := make([]uint64, len(Families))
	for i, f := range families {
		places[f.id] = uint64(i)
	}
	keys := make([]openKey, 0, len(s.open))
	for k := range s.open {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, openKey.compare)
	dst = binary.AppendUvarint(dst, uint64(len(keys)))
	for _, k := range keys {
		for _, v := range [...]uint64{places[k.family], uint64(k.cell), uint64(k.scope), uint64(k.typ), uint64(k.open[0]), uint64(k.open[1])} {
			dst = binary.AppendUvarint(dst, v)
		}
		dst = binary.AppendVarint(dst, s.open[k])
	}
	return s.ratios.append(dst, places)
}

// append appends a scope: what kind it is, its label values and its cells.
func (c *cells) append(dst []byte, families []*Family) []byte {
	if c.array == agentArray {
		dst = append(dst, 1)
		dst = binary.AppendUvarint(dst, uint64(c.agent.agent))
		dst = binary.AppendUvarint(dst, uint64(c.agent.team))
		return appendBytes(dst, c.dense.append(nil, families, agentArray))
	}
	dst = append(dst, 0)
	dst = binary.AppendUvarint(dst, uint64(c.scope.Source))
	dst = binary.AppendUvarint(dst, uint64(c.scope.Inbox))
	dst = binary.AppendUvarint(dst, uint64(c.scope.Team))
	dst = binary.AppendUvarint(dst, uint64(c.scope.Segment))
	dst = appendBytes(dst, c.dense.append(nil, families, plainArray))
	dst = binary.AppendUvarint(dst, uint64(len(c.typed)))
	for _, d := range c.typed {
		var part []byte
		if d != nil {
			part = d.append(nil, families, typedArray)
		}
		dst = appendBytes(dst, part)
	}
	return dst
}

// append appends the span, the width of a bucket and the series with their
// buckets, which are numbered in widths.
func (rs *ratios) append(dst []byte, places []uint64) []byte {
	w := rs.width()
	dst = binary.AppendUvarint(dst, uint64(rs.span))
	dst = binary.AppendUvarint(dst, uint64(w))
	sorted := slices.Clone(rs.aging)
	slices.SortFunc(sorted, func(a, b *ratio) int { return a.key.compare(b.key) })
	dst = binary.AppendUvarint(dst, uint64(len(sorted)))
	for _, r := range sorted {
		for _, v := range [...]uint64{places[r.key.family], uint64(r.key.cell), uint64(r.key.scope), uint64(r.key.typ), uint64(len(r.buckets))} {
			dst = binary.AppendUvarint(dst, v)
		}
		last := int64(0)
		for _, b := range r.buckets {
			dst = binary.AppendVarint(dst, b.start/w-last)
			dst = binary.AppendVarint(dst, b.hit)
			dst = binary.AppendVarint(dst, b.of)
			last = b.start / w
		}
	}
	return dst
}

func appendFamily(dst []byte, f *Family) []byte {
	dst = appendString(dst, f.Name)
	dst = append(dst, byte(f.Type), byte(f.Level))
	dst = binary.AppendUvarint(dst, uint64(len(f.Closed)))
	for _, l := range f.Closed {
		dst = appendString(dst, l.Name)
		dst = binary.AppendUvarint(dst, uint64(len(l.Values)))
		for _, v := range l.Values {
			dst = appendString(dst, v)
		}
	}
	dst = binary.AppendUvarint(dst, uint64(len(f.Open)))
	for _, o := range f.Open {
		dst = appendString(dst, o.Name)
		dst = append(dst, byte(o.Dict))
	}
	return dst
}

// append appends the cells that are not zero, each as its distance to the one
// before it, in an order that runs through the families; nothing if all are.
func (d *dense) append(dst []byte, families []*Family, a array) []byte {
	var body []byte
	values, hists := 0, 0
	flat, last := 0, 0
	for _, f := range families {
		if f.array != a || f.Type == Histogram {
			continue
		}
		for cell := range f.cells {
			if f.first < len(d.values) && d.values[f.first+cell] != 0 {
				body = binary.AppendUvarint(body, uint64(flat-last))
				body = binary.AppendVarint(body, d.values[f.first+cell])
				last = flat
				values++
			}
			flat++
		}
	}
	split := len(body)
	flat, last = 0, 0
	for _, f := range families {
		if f.array != a || f.Type != Histogram {
			continue
		}
		for cell := range f.cells {
			if f.first < len(d.hists) && d.hists[f.first+cell] != nil && d.hists[f.first+cell].Count > 0 {
				body = binary.AppendUvarint(body, uint64(flat-last))
				body = d.hists[f.first+cell].append(body)
				last = flat
				hists++
			}
			flat++
		}
	}
	if values+hists == 0 {
		return dst
	}
	dst = binary.AppendUvarint(dst, uint64(values))
	dst = append(dst, body[:split]...)
	dst = binary.AppendUvarint(dst, uint64(hists))
	return append(dst, body[split:]...)
}

func (h *Hist) append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, h.Count)
	dst = binary.AppendUvarint(dst, uint64(h.Seconds))
	dst = binary.AppendUvarint(dst, uint64(h.Nanos))
	for _, n := range h.Classic {
		dst = binary.AppendUvarint(dst, n)
	}
	dst = binary.AppendUvarint(dst, h.Zero)
	dst = binary.AppendVarint(dst, int64(h.NativeFrom))
	dst = binary.AppendUvarint(dst, uint64(len(h.Native)))
	for _, n := range h.Native {
		dst = binary.AppendUvarint(dst, n)
	}
	set := 0
	for _, e := range h.Exemplars {
		if e.Time != 0 {
			set++
		}
	}
	dst = binary.AppendUvarint(dst, uint64(set))
	for i, e := range h.Exemplars {
		if e.Time != 0 {
			dst = binary.AppendUvarint(dst, uint64(i))
			dst = append(dst, e.Conversation[:]...)
			dst = binary.AppendVarint(dst, e.Value)
			dst = binary.AppendVarint(dst, e.Time)
		}
	}
	return dst
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func appendBytes(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}
