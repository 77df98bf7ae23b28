package twilio

// Names under which Result.Ignored counts what became no event.
const (
	ignoredEvent          = "unknown_event"       // an EventType that is not known, or a request of no family
	ignoredShape          = "unknown_shape"       // something that is not where or what it should be
	ignoredStream         = "event_stream"        // CloudEvents of Event Streams
	ignoredMessaging      = "messaging_copy"      // Messaging's word on what Conversations count
	ignoredConversations  = "conversations_copy"  // Conversations' word on what Messaging counts
	ignoredStatus         = "unknown_status"      // a status that is not known
	ignoredNotSent        = "not_sent"            // scheduled, canceled, or not yet with the channel
	ignoredConversation   = "conversation"        // added or changed: learned from
	ignoredParticipant    = "participant"         // somebody joined or changed: learned from
	ignoredRemoved        = "removed"             // a conversation or participant was deleted
	ignoredChanged        = "message_changed"     // a message was edited or deleted
	ignoredUser           = "user"                // users of Conversations
	ignoredPreEvent       = "pre_event"           // asks for permission; should not be subscribed
	ignoredGroup          = "group"               // a conversation with several customers
	ignoredClosed         = "conversation_closed" // where tasks resolve
	ignoredInactive       = "inactive"            // idle by a timer
	ignoredActive         = "active"              // active again
	ignoredTask           = "task"                // a change of a task that means nothing by itself
	ignoredTransfer       = "transfer"            // the reservation that is accepted tells
	ignoredOffer          = "offer"               // a reservation that is not, or not yet, accepted
	ignoredReservation    = "reservation"         // the end of one, or where participants assign
	ignoredAvailability   = "availability"        // of a worker's channel
	ignoredCapacity       = "capacity"            // of another channel, or not readable
	ignoredConfiguration  = "configuration"       // queues, workflows, activities, attributes
	ignoredNoID           = "no_id"               // without its id an event cannot be told from its repetition
	ignoredNoContact      = "no_contact"          // whom it is about is not said
	ignoredNoConversation = "no_conversation"     // a task that names neither conversation nor customer
	ignoredNoAgent        = "no_agent"            // a worker without name and sid
	countedTime           = "bad_time"            // the event stands, dated by the receipt
	countedScore          = "survey_score"        // the message stands, its score is off the scale
	countedCut            = "text_cut"            // the message stands, its text is cut
	countedAttributes     = "bad_attributes"      // the event stands, its attributes are no JSON object
	countedActivity       = "unknown_activity"    // the event stands: the agent is away
)

// IgnoredNames lists every name that Adapt counts in Result.Ignored. The last
// five mark events that were kept all the same.
var IgnoredNames = []string{
	ignoredEvent, ignoredShape, ignoredStream, ignoredMessaging, ignoredConversations, ignoredStatus, ignoredNotSent,
	ignoredConversation, ignoredParticipant, ignoredRemoved, ignoredChanged, ignoredUser, ignoredPreEvent, ignoredGroup,
	ignoredClosed, ignoredInactive, ignoredActive, ignoredTask, ignoredTransfer, ignoredOffer, ignoredReservation,
	ignoredAvailability, ignoredCapacity, ignoredConfiguration, ignoredNoID, ignoredNoContact, ignoredNoConversation,
	ignoredNoAgent, countedTime, countedScore, countedCut, countedAttributes, countedActivity,
}
