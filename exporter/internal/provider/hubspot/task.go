package hubspot

import (
	"encoding/json"
	"fmt"
	"time"
)

// task is what a thin event asks for. It holds ids and values of the vendor's
// alone.
type task struct {
	Kind taskKind `json:"kind"`
	// ID is that of the event it becomes.
	ID     string `json:"id"`
	Object string `json:"object"`
	// Message is its id (taskMessage).
	Message string `json:"message,omitempty"`
	// Value of a changed property.
	Value string `json:"value,omitempty"`
	// At in Unix milliseconds.
	At int64 `json:"at"`
}

type taskKind string

const (
	taskCreation taskKind = "creation"
	taskMessage  taskKind = "message"
	taskStatus   taskKind = "status"
	taskAssign   taskKind = "assign"
	taskFeedback taskKind = "feedback"
)

func (t *task) encode() []byte {
	b, err := json.Marshal(t)
	if err != nil {
		panic(err) // strings and a number can always be written
	}
	return b
}

func decodeTask(b []byte) (task, error) {
	var t task
	if err := json.Unmarshal(b, &t); err != nil {
		return t, fmt.Errorf("hubspot: task that cannot be read: %w", err)
	}
	return t, nil
}

func (t *task) time() time.Time { return time.UnixMilli(t.At).UTC() }
