package zendesk

// Names under which Result.Ignored counts what became no event.
const (
	ignoredNoEvent       = "no_event"      // a body of none of the three feeds
	ignoredEvent         = "unknown_event" // a name that is not known
	ignoredChange        = "ticket_change" // priority, subject, custom fields, …
	ignoredCreated       = "opened_by_message"
	ignoredTicketID      = "ticket_id" // none, or two that differ
	ignoredAgentID       = "agent_id"  // likewise
	ignoredClosed        = "closed"    // what was solved before
	ignoredStatus        = "status"    // one that changes nothing here
	ignoredGroup         = "group_removed"
	ignoredDropped       = "deleted_after" // spam or deleted after it was solved
	ignoredDeleted       = "deleted"       // a message
	ignoredOther         = "other_feed"    // a message that is read from the other feed
	ignoredComment       = "comment"       // a public one, with notes_only
	ignoredTranscript    = "transcript"    // a whole chat in a comment
	ignoredOffered       = "survey_offered"
	ignoredScore         = "survey_score" // a rating that the scale does not have
	ignoredTags          = "tags"         // nothing of them that has a meaning
	ignoredPresence      = "other_presence"
	ignoredState         = "unknown_state" // a state of an agent that is not among states
	ignoredWorkItem      = "work_item"     // offered, removed, or of another channel
	ignoredAgentChange   = "agent_change"  // capacity, channels, groups
	ignoredContact       = "contact"       // without a phone
	ignoredConversation  = "no_conversation"
	ignoredOffer         = "control_offered"
	ignoredReleased      = "control_released"
	ignoredControlFailed = "control_failed"
	ignoredTicketClosed  = "ticket_closed" // the ticket's own webhook says so
	ignoredRead          = "read"          // it names no message
	ignoredTalk          = "conversation_change"
	ignoredShape         = "unknown_shape"  // something that is not where or what it should be
	countedNoID          = "no_id"          // the event stands, known by a hash of the body
	countedTime          = "bad_time"       // the event stands, dated the receipt
	countedSender        = "unknown_sender" // the message stands, its author is unknown
	countedAccount       = "account_header" // the event stands, and the header names another account
	countedCut           = "text_cut"       // the message stands, its text is cut to wire.MaxText
)

// ignoredNames lists every name that Adapt counts in Result.Ignored. The names
// that begin with "counted" mark events that were kept all the same.
var ignoredNames = []string{
	ignoredNoEvent, ignoredEvent, ignoredChange, ignoredCreated, ignoredTicketID, ignoredAgentID, ignoredClosed, ignoredStatus, ignoredGroup,
	ignoredDropped, ignoredDeleted, ignoredOther, ignoredComment, ignoredTranscript, ignoredOffered, ignoredScore, ignoredTags, ignoredPresence,
	ignoredState, ignoredWorkItem, ignoredAgentChange, ignoredContact, ignoredConversation, ignoredOffer, ignoredReleased, ignoredControlFailed,
	ignoredTicketClosed, ignoredRead, ignoredTalk, ignoredShape, countedNoID, countedTime, countedSender, countedAccount, countedCut,
}
