package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/consistency"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// discrepanciesAnswer lists the newest first. Cut tells that there are more.
type discrepanciesAnswer struct {
	Discrepancies []discrepancyRow `json:"discrepancies"`
	Cut           bool             `json:"cut"`
}

// discrepancyRow is an answer unlike the others to near-identical questions.
type discrepancyRow struct {
	Time        time.Time `json:"time"`
	RequestType string    `json:"request_type"`
	// Conversation got the answer, Typical the one that most resembles the
	// others; Similarity is of the two, 0 to 1.
	Conversation string  `json:"conversation"`
	Typical      string  `json:"typical_conversation"`
	Similarity   float64 `json:"similarity"`
	// Question numbers near-identical questions.
	Question string `json:"question"`
}

const (
	defaultLimit = 100
	maxLimit     = 1000
)

func (a *API) discrepancies(r *http.Request) (any, error) {
	q := r.URL.Query()
	limit := defaultLimit
	if s := q.Get("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > maxLimit {
			return nil, bad("limit is no number from 1 to %d", maxLimit)
		}
		limit = n
	}
	out := discrepanciesAnswer{Discrepancies: []discrepancyRow{}}
	want := q.Get("request_type")
	err := a.inspect(r, func(s *fold.State) {
		for _, d := range s.Discrepancies() {
			typ := s.Names().Value(measure.DictRequestType, d.Type)
			if want != "" && typ != want {
				continue
			}
			if len(out.Discrepancies) == limit {
				out.Cut = true
				return
			}
			out.Discrepancies = append(out.Discrepancies, row(d, typ))
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func row(d consistency.Discrepancy, typ string) discrepancyRow {
	return discrepancyRow{
		Time: time.Unix(0, d.At).UTC(), RequestType: typ, Conversation: d.Conversation.String(), Typical: d.Other.String(),
		Similarity: d.Similarity, Question: strconv.FormatUint(d.Cluster, 10),
	}
}
