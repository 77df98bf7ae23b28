package record

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"
)

// Version is what AppendCommit writes and the newest that Decoder reads.
const Version = 1

var (
	// ErrVersion: a newer version of the program wrote the record.
	ErrVersion = errors.New("journal record is of a newer version of helpdesk-exporter; start that one or restore a backup of this one")
	// ErrCorrupt: the bytes are no record.
	ErrCorrupt = errors.New("journal record cannot be read")
)

// Field numbers of journal.proto.
const (
	commitVersion protowire.Number = 1
	commitBatches protowire.Number = 2

	batchKind     protowire.Number = 1
	batchReceived protowire.Number = 2
	batchSource   protowire.Number = 3
	batchInbox    protowire.Number = 4
	batchKeySeq   protowire.Number = 5
	batchEvents   protowire.Number = 6
	batchConfig   protowire.Number = 7

	eventDedup            protowire.Number = 1
	eventTime             protowire.Number = 2
	eventKind             protowire.Number = 3
	eventContact          protowire.Number = 4
	eventActor            protowire.Number = 5
	eventMessage          protowire.Number = 6
	eventFlags            protowire.Number = 7
	eventSealed           protowire.Number = 8
	eventKey              protowire.Number = 9
	eventKeySeq           protowire.Number = 10
	eventAgentID          protowire.Number = 11
	eventAgentTeam        protowire.Number = 12
	eventAgentName        protowire.Number = 13
	eventAgentCapacity    protowire.Number = 14
	eventMessageType      protowire.Number = 15
	eventSource           protowire.Number = 16
	eventInbox            protowire.Number = 17
	eventAlias            protowire.Number = 18
	eventDerived          protowire.Number = 19
	eventStatus           protowire.Number = 20
	eventError            protowire.Number = 21
	eventState            protowire.Number = 22
	eventScore            protowire.Number = 23
	eventHasScore         protowire.Number = 24
	eventScale            protowire.Number = 25
	eventSurvey           protowire.Number = 26
	eventConsent          protowire.Number = 27
	eventRequestType      protowire.Number = 28
	eventLabels           protowire.Number = 29
	eventReason           protowire.Number = 30
	eventInto             protowire.Number = 31
	eventLineEvent        protowire.Number = 32
	eventLineState        protowire.Number = 33
	eventLineRestricts    protowire.Number = 34
	eventTemplateName     protowire.Number = 35
	eventTemplateCategory protowire.Number = 36
	eventSegment          protowire.Number = 37
	eventSignature        protowire.Number = 38
	eventTraits           protowire.Number = 39
)

// batchTypes and eventTypes are the wire types of the fields, by number; a known
// field of another type is damage. Number 0 is none.
var (
	batchTypes = [...]protowire.Type{
		batchKind: wireVarint, batchReceived: wireFixed64, batchSource: wireBytes, batchInbox: wireBytes,
		batchKeySeq: wireVarint, batchEvents: wireBytes, batchConfig: wireBytes,
	}
	eventTypes = [...]protowire.Type{
		eventDedup: wireFixed64, eventTime: wireVarint, eventKind: wireVarint, eventContact: wireBytes, eventActor: wireVarint,
		eventMessage: wireFixed64, eventFlags: wireVarint, eventSealed: wireBytes, eventKey: wireVarint, eventKeySeq: wireVarint,
		eventAgentID: wireBytes, eventAgentTeam: wireBytes, eventAgentName: wireBytes, eventAgentCapacity: wireVarint,
		eventMessageType: wireVarint, eventSource: wireBytes, eventInbox: wireBytes, eventAlias: wireBytes, eventDerived: wireVarint,
		eventStatus: wireVarint, eventError: wireBytes, eventState: wireVarint, eventScore: wireFixed64, eventHasScore: wireVarint,
		eventScale: wireFixed64, eventSurvey: wireVarint, eventConsent: wireVarint, eventRequestType: wireBytes, eventLabels: wireBytes,
		eventReason: wireBytes, eventInto: wireFixed64, eventLineEvent: wireBytes, eventLineState: wireBytes,
		eventLineRestricts: wireVarint, eventTemplateName: wireBytes, eventTemplateCategory: wireBytes,
		eventSegment: wireBytes, eventSignature: wireBytes, eventTraits: wireFixed64,
	}
)

// Wire types in short.
const (
	wireVarint  = protowire.VarintType
	wireFixed64 = protowire.Fixed64Type
	wireBytes   = protowire.BytesType
)
