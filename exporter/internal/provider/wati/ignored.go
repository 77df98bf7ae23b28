package wati

// Names under which Result.Ignored counts what became no event.
const (
	ignoredNoType   = "no_event_type"   // an object without eventType
	ignoredEvent    = "unknown_event"   // an eventType that is not known
	ignoredNew      = "new_contact"     // its message comes as such
	ignoredReplied  = "replied"         // the reply comes as a message
	ignoredReaction = "reaction"        // in or out
	ignoredChatbot  = "chatbot"         // one started; the message cannot be told from its other report
	ignoredTemplate = "template_update" // review, quality, category
	ignoredAccount  = "account_update"  // account, number
	ignoredClick    = "click"           // of a link or a button that opens one
	ignoredCall     = "call"
	ignoredNobody   = "no_contact"       // neither contact nor conversation is said
	countedNoID     = "no_id"            // the event stands, known by a hash of the body
	countedTime     = "bad_time"         // the event stands, dated the receipt
	countedSender   = "unknown_sender"   // the message stands, its author is unknown
	countedAssignee = "unknown_assignee" // the message stands, whom the chat is assigned to is an id only
	countedCut      = "text_cut"         // the message stands, its text is cut to wire.MaxText
)

// ignoredNames lists every name that Adapt counts in Result.Ignored. The last
// five mark events that were kept all the same.
var ignoredNames = []string{
	ignoredNoType, ignoredEvent, ignoredNew, ignoredReplied, ignoredReaction, ignoredChatbot, ignoredTemplate, ignoredAccount,
	ignoredClick, ignoredCall, ignoredNobody, countedNoID, countedTime, countedSender, countedAssignee, countedCut,
}
