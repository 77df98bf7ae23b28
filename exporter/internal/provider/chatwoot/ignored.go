package chatwoot

// Names under which Result.Ignored counts what became no event.
const (
	ignoredNoEvent   = "no_event"      // no name of an event
	ignoredEvent     = "unknown_event" // one that is not known
	ignoredTyping    = "typing"
	ignoredInbox     = "inbox"             // one was created or changed
	ignoredWidget    = "webwidget"         // somebody opened the chat of a web site
	ignoredCreated   = "contact_created"   // the first message says the same
	ignoredContact   = "contact_updated"   // nothing of it that has a meaning
	ignoredOpened    = "opened_by_message" // the message that opened it says the same
	ignoredReopened  = "reopened"          // so does the one that reopened it
	ignoredStatus    = "status_alone"      // a status whose meaning depends on the one before, which is not said
	ignoredAttribute = "attributes"        // priority, waiting_since, custom attributes without a meaning, …
	ignoredLabel     = "label_removed"
	ignoredTeam      = "team_removed"    // or one whose name is not said
	ignoredUpdate    = "message_updated" // nothing of it that has a meaning
	ignoredDeleted   = "deleted"
	ignoredActivity  = "activity" // what Chatwoot writes into the chat for colleagues
	ignoredCall      = "call"
	ignoredNoContact = "no_contact"     // neither customer nor conversation
	ignoredShape     = "unknown_shape"  // something that is not where or what it should be
	countedNoID      = "no_id"          // the event stands, known by a hash of the body
	countedTime      = "bad_time"       // the event stands, dated the receipt
	countedSender    = "unknown_sender" // the message stands, its author is unknown
	countedScore     = "survey_score"   // a rating that the scale does not have
	countedConsent   = "consent_value"  // consent_attribute holds what means nothing
	countedCut       = "text_cut"       // the message stands, its text is cut to wire.MaxText
)

// ignoredNames lists every name that Adapt counts in Result.Ignored. The names
// no_id, bad_time, unknown_sender and text_cut mark events that were kept all
// the same.
var ignoredNames = []string{
	ignoredNoEvent, ignoredEvent, ignoredTyping, ignoredInbox, ignoredWidget, ignoredCreated, ignoredContact, ignoredOpened, ignoredReopened,
	ignoredStatus, ignoredAttribute, ignoredLabel, ignoredTeam, ignoredUpdate, ignoredDeleted, ignoredActivity, ignoredCall, ignoredNoContact,
	ignoredShape, countedNoID, countedTime, countedSender, countedScore, countedConsent, countedCut,
}
