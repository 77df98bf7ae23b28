package meta

// FailureCodes are the documented codes of failed messages: the closed list
// behind the label code of helpdesk_send_failures_total. Other codes count as
// "other".
var FailureCodes = []string{
	"4", "190", "368", "80007",
	"130429", "130472", "130497",
	"131000", "131016", "131026", "131031", "131042", "131047", "131048", "131049", "131050",
	"131051", "131053", "131056", "131057", "131062",
	"132000", "132001", "132012", "132015", "132016",
	"137000",
}

// Codes that mean more than a failure.
const (
	// codeStopped: the recipient has stopped marketing messages.
	codeStopped = "131050"
	// codeCompanion: a companion device cannot show the message; what arrives
	// is often the placeholder of something that the business sent.
	codeCompanion = "131060"
)
