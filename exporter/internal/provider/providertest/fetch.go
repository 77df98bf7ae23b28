package providertest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// direct is a Doer that asks a handler without a network.
type direct struct{ http.Handler }

// Do implements provider.Doer.
func (d direct) Do(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	d.ServeHTTP(rec, r)
	resp := rec.Result()
	resp.Request = r
	return resp, nil
}

// whole reads a request and does the tasks that it leaves, one after the other;
// what they give stands behind the request's own.
func (s *Suite) whole(t testing.TB, a provider.Adapter, r *provider.Request) *provider.Result {
	t.Helper()
	res := adapt(t, a, r)
	if len(res.Tasks) == 0 {
		return res
	}
	f, err := s.Spec.NewFetcher(s.Source)
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range res.Tasks {
		if err := f.Fetch(context.Background(), direct{s.API}, task, res); err != nil {
			t.Fatalf("%s: %v", task.Key, err)
		}
	}
	return res
}

// fetching does the tasks of the simulated day as soon as they come.
type fetching struct {
	t       *testing.T
	fetcher provider.Fetcher
	do      provider.Doer
	deliver func(*provider.Result) error
}

func (f *fetching) add(tasks []provider.Task) error {
	for _, task := range tasks {
		var res provider.Result
		if err := f.fetcher.Fetch(f.t.Context(), f.do, task, &res); err != nil {
			return err
		}
		if err := f.deliver(&res); err != nil {
			return err
		}
	}
	return nil
}
