package fold

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/agents"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/consistency"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/dayset"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/heatmap"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/transcript"
)

// ErrSnapshot: a part's bytes are not what AppendPart wrote.
var ErrSnapshot = errors.New("damaged snapshot")

// Parts is how many parts a snapshot has: the front stage, then the shards,
// then the stages behind them: those of the agents, the questions, the peaks and,
// in pieces, the transcripts. They are encoded in this order; records may be
// applied in between.
const Parts = indexPart + transcript.Pieces

// The parts behind the shards. Stages came one after the other; a snapshot from
// before one is restored with that stage as if nothing had happened yet.
const (
	agentPart = 1 + Shards + iota
	questionPart
	peakPart
	indexPart
)

// LeastParts is how many parts the oldest snapshots have.
const LeastParts = agentPart

// Fields of a part, protobuf on the wire so that fields can be added.
const (
	partSeq protowire.Number = iota + 1
	partShard
	partReceived
	partCreated
	partHistCreated
	partRollbacks
	partConfig
	partNames
	partStore
	partSeen
	partAlias
	partSightings
	partTemplate
	partLastEvent
	partSeenContacts // like partSightings, with source and inbox
	partConsents
	partPerson
	partAgents
	partQuestions
	partPeaks
	partIndex
	partConfigSeq
)

// oldSightingBytes is a contact's key, its order and its day; sightingBytes
// with source and inbox. consentBytes is a key, what it is, when it was said and
// heard, source and inbox.
const (
	oldSightingBytes = 16 + 8 + 4
	sightingBytes    = oldSightingBytes + 2 + 2
	consentBytes     = 16 + 1 + 8 + 8 + 2 + 2
)

// aliasBytes is two contacts' keys with tag and length.
const aliasBytes = 2 + 16 + 16

func appendVarint(b []byte, n protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), v)
}

func appendBytes(b []byte, n protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), v)
}

// open begins a field of bytes; shut, given at, ends it. Its length is written
// with all the bytes that were left for it, so that a large part is encoded in
// place: the loop stands still meanwhile.
func open(b []byte, n protowire.Number) ([]byte, int) {
	b = protowire.AppendTag(b, n, protowire.BytesType)
	at := len(b) + lengthBytes
	return append(b, make([]byte, lengthBytes)...), at
}

// lengthBytes hold a length of 35 bits.
const lengthBytes = 5

func shut(b []byte, at int) []byte {
	n := uint64(len(b) - at)
	for i := range lengthBytes {
		b[at-lengthBytes+i] = byte(n>>(7*i)) | 0x80
	}
	b[at-1] &^= 0x80
	return b
}

// PartSize is about how many bytes the largest part takes.
func (s *State) PartSize() int {
	size := s.frontSize()
	for _, sh := range s.shards {
		size = max(size, sh.Size())
	}
	for i := range transcript.Pieces {
		size = max(size, s.index.Size(i))
	}
	return size + 64<<10
}

func (s *State) frontSize() int {
	f := s.front
	return f.seen.Size() + len(f.first)*sightingBytes + len(f.aliases)*aliasBytes + len(f.consents)*consentBytes
}

// AppendPart encodes part i as it is now. Nobody folds meanwhile, so it is
// quick: about 1 ms for 3000 open conversations.
func (s *State) AppendPart(dst []byte, i int) []byte {
	switch i {
	case agentPart:
		s.agents.Settle(s.received)
		dst = appendVarint(dst, partSeq, s.agentSeq)
		return appendBytes(dst, partAgents, s.agents.Append(nil))
	case questionPart:
		dst = appendVarint(dst, partSeq, s.questionSeq)
		return appendBytes(dst, partQuestions, s.questions.Append(nil))
	case peakPart:
		dst = appendVarint(dst, partSeq, s.peakSeq)
		return appendBytes(dst, partPeaks, s.peaks.Append(nil))
	}
	if i >= indexPart {
		dst = appendVarint(dst, partSeq, s.indexSeq[i-indexPart])
		dst, at := open(dst, partIndex)
		return shut(s.index.Append(dst, i-indexPart), at)
	}
	if i > 0 {
		dst = appendVarint(dst, partSeq, s.shardSeq[i-1])
		dst, at := open(dst, partShard)
		return shut(s.shards[i-1].Append(dst), at)
	}
	f := s.front
	dst = slices.Grow(dst, s.frontSize())
	dst = appendVarint(dst, partSeq, s.frontSeq)
	dst = appendVarint(dst, partReceived, uint64(s.received))
	dst = appendVarint(dst, partCreated, uint64(s.created))
	dst = appendVarint(dst, partHistCreated, uint64(s.histCreated))
	dst = appendVarint(dst, partRollbacks, s.rollbacks)
	dst = appendVarint(dst, partLastEvent, uint64(s.lastEvent))
	dst = appendBytes(dst, partConfig, config.EncodeFold(f.cfg))
	for _, seq := range f.configs {
		dst = appendVarint(dst, partConfigSeq, seq)
	}
	dst = appendBytes(dst, partNames, f.names.Append(nil))
	dst = appendBytes(dst, partStore, f.store.Append(nil))
	dst, at := open(dst, partSeen)
	dst = shut(f.seen.Append(dst), at)
	for from, to := range f.aliases {
		dst = appendBytes(dst, partAlias, append(append(make([]byte, 0, 32), from[:]...), to[:]...))
	}
	dst, at = open(dst, partSeenContacts)
	for k, si := range f.first {
		dst = append(dst, k[:]...)
		dst = binary.LittleEndian.AppendUint64(dst, si.order)
		dst = binary.LittleEndian.AppendUint32(dst, si.day)
		dst = appendPlace(dst, si.source, si.inbox)
	}
	dst = shut(dst, at)
	dst, at = open(dst, partConsents)
	for k, c := range f.consents {
		dst = append(append(dst, k[:]...), byte(c.what))
		dst = binary.LittleEndian.AppendUint64(dst, uint64(c.at))
		dst = binary.LittleEndian.AppendUint64(dst, uint64(c.heard))
		dst = appendPlace(dst, c.source, c.inbox)
	}
	dst = shut(dst, at)
	for _, p := range f.people.list {
		dst = appendBytes(dst, partPerson, p.append(nil))
	}
	for t, state := range f.templates {
		b := protowire.AppendVarint(nil, uint64(t.source))
		b = protowire.AppendVarint(b, uint64(t.name))
		dst = appendBytes(dst, partTemplate, protowire.AppendVarint(b, uint64(state)))
	}
	return dst
}

func appendPlace(dst []byte, source, inbox m.ID) []byte {
	dst = binary.LittleEndian.AppendUint16(dst, uint16(source))
	return binary.LittleEndian.AppendUint16(dst, uint16(inbox))
}

func readPlace(b []byte) (source, inbox m.ID) {
	return m.ID(binary.LittleEndian.Uint16(b)), m.ID(binary.LittleEndian.Uint16(b[2:]))
}

// append encodes an agent, whose hash follows from the id.
func (p *person) append(b []byte) []byte {
	b = protowire.AppendVarint(b, uint64(p.label))
	b = protowire.AppendVarint(b, uint64(p.team))
	b = protowire.AppendVarint(b, uint64(p.capacity))
	b = protowire.AppendString(b, p.id)
	return protowire.AppendString(b, p.name)
}

func decodePerson(b []byte) (*person, bool) {
	p := &person{}
	var numbers [3]uint64
	for i := range numbers {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return nil, false
		}
		numbers[i], b = v, b[n:]
	}
	for _, to := range []*string{&p.id, &p.name} {
		v, n := protowire.ConsumeString(b)
		if n < 0 {
			return nil, false
		}
		*to, b = v, b[n:]
	}
	p.label, p.team, p.capacity = m.ID(numbers[0]), m.ID(numbers[1]), uint32(numbers[2])
	return p, true
}

// Restore puts a state together from the parts of one snapshot.
func Restore(parts [][]byte) (*State, error) {
	if len(parts) < LeastParts || len(parts) > Parts {
		return nil, fmt.Errorf("%w: %d parts, want %d", ErrSnapshot, len(parts), Parts)
	}
	s := &State{front: newFront()}
	if err := s.restoreFront(parts[0]); err != nil {
		return nil, err
	}
	for i, b := range parts[1 : 1+Shards] {
		err := fields(b, func(n protowire.Number, v uint64, b []byte) (err error) {
			switch n {
			case partSeq:
				s.shardSeq[i] = v
			case partShard:
				s.shards[i], err = conversation.Decode(b, s.front.set, &s.front.people.refs)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("shard %d: %w", i, err)
		}
		if s.shards[i] == nil || s.shardSeq[i] < s.frontSeq {
			return nil, fmt.Errorf("%w: shard %d is older than the front stage", ErrSnapshot, i)
		}
	}
	if err := s.restoreStages(parts); err != nil {
		return nil, err
	}
	s.edge = s.nextEdge()
	s.listen()
	return s, nil
}

// restoreStages restores what is behind the shards; what parts do not have
// begins anew.
func (s *State) restoreStages(parts [][]byte) error {
	least := slices.Max(s.shardSeq[:])
	s.agentSeq, s.questionSeq, s.peakSeq = least, least, least
	for i := range s.indexSeq {
		s.indexSeq[i] = least
	}
	s.index = transcript.NewIndex(int64(s.front.cfg.TranscriptsRetention))
	pieces := 0
	for i := agentPart; i < len(parts); i++ {
		err := fields(parts[i], func(n protowire.Number, v uint64, b []byte) (err error) {
			switch {
			case n == partSeq && i == agentPart:
				s.agentSeq = v
			case n == partSeq && i == questionPart:
				s.questionSeq = v
			case n == partSeq && i == peakPart:
				s.peakSeq = v
			case n == partSeq:
				s.indexSeq[i-indexPart] = v
			case n == partIndex && i >= indexPart:
				pieces++
				err = s.index.Restore(i-indexPart, b)
			case n == partPeaks && i == peakPart:
				s.peaks, err = heatmap.Decode(b)
			case n == partAgents && i == agentPart:
				s.agents, err = agents.Decode(b)
			case n == partQuestions && i == questionPart:
				s.questions, err = consistency.Decode(b)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("stage %d: %w", i-agentPart, err)
		}
	}
	switch {
	case s.agents != nil:
	case len(parts) > agentPart:
		return fmt.Errorf("%w: the agent stage is missing", ErrSnapshot)
	default:
		s.agents = agents.New(agentSettings(s.front.cfg))
		s.front.people.moved = slices.Clone(s.front.people.list)
	}
	switch {
	case s.questions != nil:
	case len(parts) > questionPart:
		return fmt.Errorf("%w: the questions' stage is missing", ErrSnapshot)
	default:
		s.questions = consistency.New(questionSettings(s.front.cfg))
	}
	switch {
	case s.peaks != nil:
	case len(parts) > peakPart:
		return fmt.Errorf("%w: the peaks' stage is missing", ErrSnapshot)
	default:
		s.peaks = heatmap.New(maxPeaks)
	}
	if len(parts) > indexPart && pieces != transcript.Pieces {
		return fmt.Errorf("%w: a piece of the transcripts' index is missing", ErrSnapshot)
	}
	if s.agentSeq < least || s.questionSeq < least || s.peakSeq < least || slices.Min(s.indexSeq[:]) < least {
		return fmt.Errorf("%w: a stage is older than a shard", ErrSnapshot)
	}
	return nil
}

func (s *State) restoreFront(b []byte) error {
	f := s.front
	var cfg *config.FoldConfig
	err := fields(b, func(n protowire.Number, v uint64, b []byte) (err error) {
		switch n {
		case partSeq:
			s.frontSeq = v
		case partReceived:
			s.received = int64(v)
		case partCreated:
			s.created = int64(v)
		case partHistCreated:
			s.histCreated = int64(v)
		case partRollbacks:
			s.rollbacks = v
		case partLastEvent:
			s.lastEvent = int64(v)
		case partConfig:
			var c config.FoldConfig
			if c, err = config.DecodeFold(b); err == nil {
				cfg = &c
			}
		case partConfigSeq:
			f.configured(v)
		case partNames:
			f.names, err = m.DecodeNames(b)
		case partStore:
			f.store, err = m.DecodeStore(b)
		case partSeen:
			if f.seen, b, err = dayset.Decode(b); err == nil && len(b) != 0 {
				err = ErrSnapshot
			}
		case partAlias:
			if len(b) != 32 {
				return ErrSnapshot
			}
			f.aliases[record.Key(b[:16])] = record.Key(b[16:])
		case partSightings, partSeenContacts:
			size := sightingBytes
			if n == partSightings {
				size = oldSightingBytes
			}
			if len(b)%size != 0 {
				return ErrSnapshot
			}
			f.first = make(map[record.Key]sighting, len(b)/size)
			for ; len(b) > 0; b = b[size:] {
				si := sighting{order: binary.LittleEndian.Uint64(b[16:]), day: binary.LittleEndian.Uint32(b[24:])}
				f.last = max(f.last, si.order)
				if n == partSeenContacts {
					si.source, si.inbox = readPlace(b[28:])
				}
				f.first[record.Key(b[:16])] = si
			}
		case partConsents:
			if len(b)%consentBytes != 0 {
				return ErrSnapshot
			}
			for ; len(b) > 0; b = b[consentBytes:] {
				c := consent{what: event.Consent(b[16]), at: int64(binary.LittleEndian.Uint64(b[17:])), heard: int64(binary.LittleEndian.Uint64(b[25:]))}
				c.source, c.inbox = readPlace(b[33:])
				f.consents[record.Key(b[:16])] = c
			}
		case partPerson:
			p, ok := decodePerson(b)
			if !ok || f.people.byID[p.id] != nil {
				return ErrSnapshot
			}
			f.people.add(p)
		case partTemplate:
			v, ok := varints(b, 3)
			if !ok {
				return ErrSnapshot
			}
			f.templates[template{m.ID(v[0]), m.ID(v[1])}] = m.ID(v[2])
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("front stage: %w", err)
	}
	if cfg == nil || f.store == nil {
		return fmt.Errorf("front stage: %w: incomplete", ErrSnapshot)
	}
	f.day = uint32(s.received / int64(24*3600*1e9))
	if _, err := f.configure(*cfg); err != nil {
		return fmt.Errorf("front stage: %w", err)
	}
	f.people.moved = nil // the agent stage knows
	return nil
}

func varints(b []byte, n int) ([]uint64, bool) {
	out := make([]uint64, n)
	for i := range out {
		v, l := protowire.ConsumeVarint(b)
		if l < 0 {
			return nil, false
		}
		out[i], b = v, b[l:]
	}
	return out, true
}

// fields walks the fields of a part.
func fields(b []byte, fn func(n protowire.Number, v uint64, b []byte) error) error {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return ErrSnapshot
		}
		b = b[n:]
		var v uint64
		var data []byte
		switch typ {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			data, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(num, typ, b)
		}
		if n < 0 {
			return ErrSnapshot
		}
		b = b[n:]
		if err := fn(num, v, data); err != nil {
			return err
		}
	}
	return nil
}

// Rewind tells the state that the journal ends at seq, before what a snapshot
// held: what comes next gets sequences that the state has seen already.
func (s *State) Rewind(seq uint64) {
	s.frontSeq = min(s.frontSeq, seq)
	for i := range s.shardSeq {
		s.shardSeq[i] = min(s.shardSeq[i], seq)
	}
	s.agentSeq, s.questionSeq, s.peakSeq = min(s.agentSeq, seq), min(s.questionSeq, seq), min(s.peakSeq, seq)
	for i := range s.indexSeq {
		s.indexSeq[i] = min(s.indexSeq[i], seq)
	}
}
