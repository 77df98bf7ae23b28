package hubspot

// Names of what is counted and makes no event.
const (
	ignoredArchived   = "archived"
	ignoredStatus     = "status_other"
	ignoredReopened   = "reopened"
	ignoredCRM        = "crm"
	ignoredEmpty      = "empty"
	ignoredNote       = "note"
	ignoredProperty   = "property"
	ignoredPrivacy    = "privacy_deletion"
	ignoredShape      = "unknown_shape"
	ignoredTicket     = "ticket"
	ignoredType       = "unknown_type"
	ignoredUnassigned = "unassigned"
	// Of what was fetched.
	ignoredNoMessage = "no_message"
	ignoredNoScore   = "no_score"
	ignoredSpam      = "spam"
)

// IgnoredNames are all of them; docs/providers.md says what each is.
var IgnoredNames = []string{
	ignoredArchived, ignoredStatus, ignoredReopened, ignoredCRM, ignoredEmpty, ignoredNote, ignoredProperty, ignoredPrivacy, ignoredShape, ignoredTicket,
	ignoredType, ignoredUnassigned, ignoredNoMessage, ignoredNoScore, ignoredSpam,
}
