package trengo

// Names under which Result.Ignored counts what became no event.
const (
	ignoredNoType    = "no_event_type"   // neither address, secret nor body tells
	ignoredType      = "unknown_event"   // the address names a type that there is not
	ignoredCreated   = "ticket_created"  // its first message says the same
	ignoredReopened  = "ticket_reopened" // so does the message after which it is open again
	ignoredNoSpam    = "spam_unmarked"
	ignoredUnlabeled = "label_deleted" // of no meaning for consent
	ignoredScore     = "survey_score"  // a label of the convention, off its scale
	ignoredCall      = "voice_call"
	ignoredReaction  = "reaction"
	ignoredShape     = "unknown_shape" // what the event is about is missing
	ignoredNoTicket  = "no_ticket"
	ignoredNoContact = "no_contact" // neither customer nor ticket
	countedNoID      = "no_id"      // the event stands, known by a hash of the body
	countedNoTime    = "no_time"    // the event stands, dated the receipt
	countedCut       = "text_cut"   // the message stands, its text is cut to wire.MaxText
)

// ignoredNames lists every name that Adapt counts in Result.Ignored. The names
// no_id, no_time and text_cut mark events that were kept all the same.
var ignoredNames = []string{
	ignoredNoType, ignoredType, ignoredCreated, ignoredReopened, ignoredNoSpam, ignoredUnlabeled, ignoredScore, ignoredCall,
	ignoredReaction, ignoredShape, ignoredNoTicket, ignoredNoContact, countedNoID, countedNoTime, countedCut,
}
