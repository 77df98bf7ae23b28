package simulate

// topic is what a customer writes about: the request types of the classifier.
type topic uint8

const (
	billing topic = iota
	refund
	delivery
	support
	account
	cancellation
	sales
	agentWanted
	greeting
	topicCount
)

// topics says how customers and the bot fare with each.
var topics = [topicCount]struct {
	name  string
	angry float64 // share of customers who are, from the first message on
	byBot float64 // share that the bot has an answer for
	team  int     // of the list of teams
}{
	billing:      {"billing", 0.14, 0.60, 1},
	refund:       {"refund", 0.22, 0.40, 1},
	delivery:     {"delivery", 0.14, 0.86, 0},
	support:      {"support", 0.11, 0.66, 0},
	account:      {"account", 0.05, 0.82, 0},
	cancellation: {"cancellation", 0.20, 0.30, 1},
	sales:        {"sales", 0.01, 0.60, 2},
	agentWanted:  {"agent", 0.15, 0, 0},
	greeting:     {"greeting", 0, 0.85, 0},
}

var topicWeights = [topicCount]float64{
	billing: 15, refund: 9, delivery: 25, support: 18, account: 10, cancellation: 6, sales: 10, agentWanted: 4, greeting: 3,
}

func (s *Scenario) teamFor(t topic) int { return topics[t].team % len(s.opts.Teams) }
