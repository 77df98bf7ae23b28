package respondio

// Names under which Result.Ignored counts what became no event.
const (
	ignoredPing      = "ping"               // no event_type: "Send test"
	ignoredEvent     = "unknown_event"      // an event_type that is not known
	ignoredOpened    = "opened_by_customer" // the message that opened it says the same
	ignoredCreated   = "contact_created"
	ignoredUpdated   = "contact_updated"   // no field that is configured
	ignoredTag       = "tag_removed"       // of no meaning for consent
	ignoredLifecycle = "lifecycle_removed" // no stage any more
	ignoredCall      = "call"
	ignoredPending   = "pending" // status of a message that is not sent yet
	ignoredStatus    = "unknown_status"
	ignoredShape     = "unknown_shape"  // something that is not where or what it should be
	ignoredNoContact = "no_contact"     // whom it is about is not said
	countedNoID      = "no_id"          // the event stands, known by a hash of the body
	countedTime      = "bad_time"       // the event stands, dated the receipt
	countedSender    = "unknown_sender" // the message stands, its author is unknown
	countedScore     = "survey_score"   // csat_field holds no score of the scale
	countedConsent   = "consent_value"  // consent_field holds what means nothing
	countedCut       = "text_cut"       // the message stands, its text is cut to wire.MaxText
)

// ignoredNames lists every name that Adapt counts in Result.Ignored. The names
// no_id, bad_time, unknown_sender and text_cut mark events that were kept all
// the same.
var ignoredNames = []string{
	ignoredPing, ignoredEvent, ignoredOpened, ignoredCreated, ignoredUpdated, ignoredTag, ignoredLifecycle, ignoredCall,
	ignoredPending, ignoredStatus, ignoredShape, ignoredNoContact, countedNoID, countedTime, countedSender, countedScore,
	countedConsent, countedCut,
}
