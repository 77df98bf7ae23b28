package meta

// Names under which Result.Ignored counts what became no event.
const (
	ignoredObject     = "unknown_object" // not a WhatsApp business account's webhook
	ignoredField      = "unknown_field"  // changes[].field that is not known
	ignoredShape      = "unknown_shape"  // something that is not where or what it should be
	ignoredEmpty      = "empty"          // a change with nothing in it
	ignoredError      = "provider_error" // value.errors[]
	ignoredHistory    = "history"        // back-fill of old chats
	ignoredAppState   = "app_state_sync" // back-fill of the address book
	ignoredCalls      = "calls"          // voice
	ignoredGroup      = "group"          // groups are no helpdesk conversations
	ignoredReaction   = "reaction"
	ignoredEdit       = "edit"
	ignoredRevoke     = "revoke"
	ignoredWelcome    = "request_welcome" // a chat was opened, nothing was said
	ignoredCallReply  = "call_permission" // consent to be called
	ignoredCompanion  = "placeholder"     // unsupported with 131060
	ignoredSystem     = "system"          // identity notice without an old and a new id
	ignoredPreference = "preference"      // neither stop nor resume of marketing
	ignoredPlayed     = "played"          // a voice message was listened to
	ignoredDeleted    = "deleted"         // legacy status
	ignoredWarning    = "warning"         // legacy status
	ignoredStatus     = "unknown_status"
	ignoredNoID       = "no_id"        // without its id an event cannot be told from its repetition
	ignoredNoInbox    = "no_inbox"     // whose number it is about is not said
	ignoredNoContact  = "no_contact"   // whom it is about is not said
	countedTime       = "bad_time"     // the event stands, dated entry.time or the receipt
	countedScore      = "survey_score" // the message stands, its score is off the scale
	countedCut        = "text_cut"     // the message stands, its text is cut to wire.MaxText
)

// IgnoredNames lists every name that Adapt counts in Result.Ignored. The names
// bad_time, survey_score and text_cut mark events that were kept all the same.
var IgnoredNames = []string{
	ignoredObject, ignoredField, ignoredShape, ignoredEmpty, ignoredError, ignoredHistory,
	ignoredAppState, ignoredCalls, ignoredGroup, ignoredReaction, ignoredEdit, ignoredRevoke,
	ignoredWelcome, ignoredCallReply, ignoredCompanion, ignoredSystem, ignoredPreference,
	ignoredPlayed, ignoredDeleted, ignoredWarning, ignoredStatus, ignoredNoID, ignoredNoInbox,
	ignoredNoContact, countedTime, countedScore, countedCut,
}
