package fetch

import (
	"encoding/json"
	"errors"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// logRecord is what the log holds: the tasks of one request, or a part of them.
type logRecord struct {
	Source string `json:"source"`
	// Received in Unix nanoseconds.
	Received int64           `json:"received"`
	Tasks    []provider.Task `json:"tasks"`
}

func (r *logRecord) encode() []byte {
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings, numbers and bytes can always be written
	}
	return b
}

var errRecord = errors.New("record of tasks names no source")

func decodeRecord(b []byte) (logRecord, error) {
	var r logRecord
	if err := json.Unmarshal(b, &r); err != nil {
		return r, err
	}
	if r.Source == "" {
		return r, errRecord
	}
	return r, nil
}

// split cuts tasks into parts that fit a record of the journal each. A task
// larger than that is a part of its own, which the log refuses.
func split(tasks []provider.Task) [][]provider.Task {
	const limit = journal.MaxRecord / 2 // base64 and escapes take a third
	var parts [][]provider.Task
	from, size := 0, 0
	for i := range tasks {
		n := len(tasks[i].Key) + len(tasks[i].Data) + 32
		if size += n; size > limit && i > from {
			parts = append(parts, tasks[from:i])
			from, size = i, n
		}
	}
	if from < len(tasks) {
		parts = append(parts, tasks[from:])
	}
	return parts
}
