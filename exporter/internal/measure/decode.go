package measure

import "fmt"

// DecodeStore reads what Append wrote, and makes of it the cells of today's
// families. It does not keep b.
func DecodeStore(b []byte) (*Store, error) {
	r := &reader{b: b}
	version := r.byte()
	if version < 1 || version > storeVersion {
		r.fail("version %d of counts, known are 1 to %d", version, storeVersion)
	}
	s := NewStore(r.buckets())
	t := r.table()
	words := 0
	for range r.count(4, "scopes") {
		if r.err != nil {
			break
		}
		if version > 1 && r.below(2, "kind of scope") == 1 {
			r.agentScope(s, t, &words)
		} else {
			r.scope(s, t, &words, version)
		}
	}
	for range r.count(7, "cells") {
		if r.err != nil {
			break
		}
		r.open(s, t)
	}
	if version > 1 {
		r.ratios(s, t)
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	return s, nil
}

func (r *reader) buckets() Buckets {
	n := r.count(1, "buckets")
	if n > maxBuckets {
		r.fail("more than %d buckets", maxBuckets)
		return nil
	}
	var b Buckets
	last := int64(0)
	for range n {
		next := last + int64(r.below(1<<62, "bucket"))
		if next <= last {
			r.fail("buckets that do not rise")
			return nil
		}
		b = append(b, next)
		last = next
	}
	return b
}

func (r *reader) scope(s *Store, t *table, words *int, version byte) {
	sc := Scope{
		Source: ID(r.below(maxIDs, "source")),
		Inbox:  ID(r.below(maxIDs, "inbox")),
		Team:   ID(r.below(maxIDs, "team")),
	}
	if version > 2 {
		sc.Segment = ID(r.below(maxIDs, "segment"))
	}
	if _, ok := s.byScope[sc]; ok {
		r.fail("scope that stands twice")
	}
	if r.err != nil {
		return
	}
	c := s.scopes[s.Scope(sc)]
	if part := r.part(); part != nil {
		part.dense(&c.dense, s.buckets, t, plainArray, words)
		r.take(part)
	}
	n := r.count(1, "request types")
	if n > maxIDs {
		r.fail("more request types than ids")
		return
	}
	for typ := range n {
		c.typed = append(c.typed, nil)
		part := r.part()
		if part == nil {
			continue
		}
		c.typed[typ] = &dense{}
		part.dense(c.typed[typ], s.buckets, t, typedArray, words)
		r.take(part)
	}
}

func (r *reader) agentScope(s *Store, t *table, words *int) {
	sc := agentScope{agent: ID(r.below(maxIDs, "agent")), team: ID(r.below(maxIDs, "team"))}
	if _, ok := s.byAgent[sc]; ok {
		r.fail("scope that stands twice")
	}
	if r.err != nil {
		return
	}
	c := s.scopes[s.AgentScope(sc.agent, sc.team)]
	if part := r.part(); part != nil {
		part.dense(&c.dense, s.buckets, t, agentArray, words)
		r.take(part)
	}
}

// part is a reader of an optional part, nil where it is left out.
func (r *reader) part() *reader {
	b := r.bytes()
	if len(b) == 0 {
		return nil
	}
	return &reader{b: b}
}

// take takes over the error of a part that has been read.
func (r *reader) take(part *reader) {
	if err := part.end(); err != nil && r.err == nil {
		r.err, r.b = err, nil
	}
}

func (r *reader) dense(d *dense, b Buckets, t *table, a array, words *int) {
	if *words += len(denseValues[a]) + len(denseHists[a]); *words > maxWords {
		r.fail("more counts than fit into memory")
		return
	}
	*d = newDense(a)
	next := 0
	for range r.count(2, "values") {
		cell := r.cell(t.values[a], &next)
		if v := r.varint(); cell >= 0 {
			d.values[cell] += v
		}
	}
	next = 0
	for range r.count(len(b)+8, "histograms") {
		cell := r.cell(t.hists[a], &next)
		h := r.hist(len(b) + 1)
		if r.err != nil {
			return
		}
		if cell < 0 {
			continue
		}
		if d.hists[cell] == nil {
			d.hists[cell] = h
		} else {
			d.hists[cell].add(h)
		}
	}
}

// cell reads the distance to the next cell in use and gives today's place.
func (r *reader) cell(flat []int32, at *int) int32 {
	*at += int(r.below(uint64(len(flat)-*at), "cell"))
	if r.err != nil {
		return -1
	}
	return flat[*at]
}

func (r *reader) hist(classic int) *Hist {
	h := &Hist{Count: r.uvarint(), Seconds: int64(r.below(1<<62, "sum")), Nanos: int64(r.below(1e9, "sum"))}
	if classic > len(r.b) {
		r.fail("it is cut off")
		return h
	}
	h.Classic = make([]uint64, classic)
	var inClassic, inNative uint64
	for i := range h.Classic {
		h.Classic[i] = r.uvarint()
		inClassic += h.Classic[i]
	}
	h.Zero = r.uvarint()
	from := r.varint()
	n := r.count(1, "native buckets")
	if from < -maxNative || from > maxNative || n > 2*maxNative {
		r.fail("native bucket out of range")
		return h
	}
	h.NativeFrom = int32(from)
	inNative = h.Zero
	for range n {
		h.Native = append(h.Native, r.uvarint())
		inNative += h.Native[len(h.Native)-1]
	}
	if inClassic != h.Count || inNative != h.Count {
		r.fail("histogram whose buckets do not add up")
	}
	if set := r.count(13, "exemplars"); set > 0 {
		h.Exemplars = make([]Exemplar, classic)
		for range set {
			e := &h.Exemplars[r.below(uint64(classic), "exemplar")]
			for i := range e.Conversation {
				e.Conversation[i] = r.byte()
			}
			e.Value, e.Time = r.varint(), r.varint()
		}
	}
	return h
}

func (r *reader) open(s *Store, t *table) {
	f := r.below(uint64(len(t.families)), "family")
	cell := r.below(1<<16, "cell")
	scope := ScopeID(r.below(uint64(max(len(s.scopes), 1)), "scope"))
	typ, a, b := ID(r.below(maxIDs, "id")), ID(r.below(maxIDs, "id")), ID(r.below(maxIDs, "id"))
	v := r.varint()
	if r.err != nil {
		return
	}
	tf := t.families[f]
	switch {
	case !tf.open || cell >= uint64(len(tf.cells)):
		r.fail("cell of a family that has no such cell")
	case tf.now == nil || tf.cells[cell] < 0:
	case tf.now.Level == ByAgent && (int(scope) >= len(s.scopes) || s.scopes[scope].array != agentArray),
		tf.now.Level != ByAgent && tf.now.Level != ByNothing && !s.conversations(scope):
		r.fail("cell without a scope")
	default:
		s.AddOpen(tf.now, scope, typ, int(tf.cells[cell]), a, b, v)
	}
}

// conversations tells whether the store has that scope, and it is no agent's.
func (s *Store) conversations(scope ScopeID) bool {
	return int(scope) < len(s.scopes) && s.scopes[scope].array == plainArray
}

func (r *reader) ratios(s *Store, t *table) {
	span, w := int64(r.below(uint64(maxWindow)+1, "window")), int64(r.below(uint64(maxWindow)+1, "bucket"))
	if r.err == nil && (span < minWidth || w < minWidth) {
		r.fail("window out of range")
	}
	if r.err != nil {
		return
	}
	s.SetWindow(span)
	for range r.count(8, "ratios") {
		f := r.below(uint64(len(t.families)), "family")
		cell := r.below(1<<16, "cell")
		k := openKey{scope: ScopeID(r.below(uint64(max(len(s.scopes), 1)), "scope")), typ: ID(r.below(maxIDs, "id"))}
		n := r.count(3, "samples")
		if r.err != nil {
			return
		}
		tf := t.families[f]
		if !tf.ratio || cell >= uint64(len(tf.cells)) || n > maxSamples || !s.conversations(k.scope) {
			r.fail("samples of a series that has none")
			return
		}
		known := tf.now != nil && tf.cells[cell] >= 0
		if known {
			k = tf.now.key(k.scope, k.typ, int(tf.cells[cell]), None, None)
		}
		index := int64(0)
		for i := range n {
			step, hit, of := r.varint(), r.varint(), r.varint()
			if i > 0 && step <= 0 || step > maxTime/w-index || step < -maxTime/w-index-1 {
				r.fail("samples out of order")
				return
			}
			index += step
			if known {
				s.ratios.add(k, s.ratios.bucket(index*w), hit, of)
			}
		}
	}
}

// Check tells whether every id in s is one that n has given out. It is for the
// end of a recovery, before a View is made of parts that were saved apart.
func (s *Store) Check(n *Names) error {
	known := func(d Dict, id ID) bool { return int(id) < n.Len(d) }
	for _, c := range s.scopes {
		if c.array == agentArray {
			if !known(DictAgent, c.agent.agent) || !known(DictTeam, c.agent.team) {
				return fmt.Errorf("%w: counts of an agent who was never admitted", ErrSnapshot)
			}
			continue
		}
		if !known(DictSource, c.scope.Source) || !known(DictInbox, c.scope.Inbox) || !known(DictTeam, c.scope.Team) || len(c.typed) > n.Len(DictRequestType) {
			return fmt.Errorf("%w: counts of a label value that was never admitted", ErrSnapshot)
		}
	}
	for k := range s.open {
		f := Families[k.family]
		ok := known(DictRequestType, k.typ)
		for i, o := range f.Open {
			ok = ok && known(o.Dict, k.open[i])
		}
		if !ok {
			return fmt.Errorf("%w: %s counts a label value that was never admitted", ErrSnapshot, f.Name)
		}
	}
	for k := range s.ratios.series {
		if !known(DictRequestType, k.typ) {
			return fmt.Errorf("%w: %s counts a label value that was never admitted", ErrSnapshot, Families[k.family].Name)
		}
	}
	return nil
}
