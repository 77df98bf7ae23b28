package config

import (
	"strconv"

	"go.yaml.in/yaml/v3"
)

// answers reads the statuses of refusals.
func (d *decoder) answers(dst *Answers) reader {
	return func(n *yaml.Node, at string) {
		d.mapping(n, at,
			field{"malformed", d.status(&dst.Malformed, "400")},
			field{"unauthorized", d.status(&dst.Unauthorized, "401")},
		)
	}
}

// status reads the status that is HTTP's own, or 200.
func (d *decoder) status(dst *int, own string) reader {
	return func(n *yaml.Node, at string) {
		var word string
		if d.oneOf(&word, own, "200")(n, at); word != "" {
			*dst, _ = strconv.Atoi(word)
		}
	}
}

// oldAnswer takes in malformed_status, which is answers.malformed as it was
// written before there were others.
func (d *decoder) oldAnswer(dst *Answers, malformed, at string, seen map[string]*yaml.Node) {
	if malformed == "" {
		return
	}
	if seen["answers"] != nil {
		d.problem(seen["malformed_status"], join(at, "malformed_status"), "answers is given too: write answers.malformed there")
		return
	}
	dst.Malformed, _ = strconv.Atoi(malformed)
}
