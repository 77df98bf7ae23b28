package twilio

// FailureCodes are the documented codes of failed messages: the closed list
// behind the label code of helpdesk_send_failures_total. Other codes count as
// "other".
var FailureCodes = []string{
	"20429",
	codeOptedOut,
	"63003", "63012", "63016", "63018", "63021", "63024", "63032", "63049",
}

// codeOptedOut: the recipient has opted out.
const codeOptedOut = "21610"
