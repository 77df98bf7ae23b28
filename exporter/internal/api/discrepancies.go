package api

import (
	"strconv"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/consistency"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

func (a *API) discrepancies(r *request) (any, error) {
	q := r.URL.Query()
	limit, err := limitOf(q)
	if err != nil {
		return nil, err
	}
	out := api.Discrepancies{Discrepancies: []api.Discrepancy{}}
	want := q.Get("request_type")
	err = a.inspect(r, func(s *fold.State) {
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

func row(d consistency.Discrepancy, typ string) api.Discrepancy {
	return api.Discrepancy{
		Time: time.Unix(0, d.At).UTC(), RequestType: typ, Conversation: d.Conversation.String(), Typical: d.Other.String(),
		Similarity: d.Similarity, Question: strconv.FormatUint(d.Cluster, 10),
	}
}
