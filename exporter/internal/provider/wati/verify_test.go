package wati

import (
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/providertest"
)

func addressed(path, query string) provider.Request {
	return provider.Request{Path: path, RawQuery: query, Body: []byte(`{"eventType":"message"}`)}
}

// The first four are the sheet's.
var vectors = []providertest.Vector{
	{Name: "query", Request: addressed("", "token=w4t1-demo-6b1f0c"), OK: true},
	{Name: "query, another", Request: addressed("", "token=w4t1-demo-6b1f0d")},
	{Name: "nothing", Request: addressed("", "")},
	{Name: "query, two", Request: addressed("", "token=w4t1-demo-6b1f0c&token=x")},
	{Name: "query, two, the right one last", Request: addressed("", "token=x&token=w4t1-demo-6b1f0c")},
	{Name: "query, twice the same", Request: addressed("", "token=w4t1-demo-6b1f0c&token=w4t1-demo-6b1f0c")},
	{Name: "query beside others", Request: addressed("", "a=1&token=w4t1-demo-6b1f0c&b=2"), OK: true},
	{Name: "path", Request: addressed("/w4t1-demo-6b1f0c", ""), OK: true},
	{Name: "path, escaped", Request: addressed("/w4t1%2Ddemo-6b1f0c", ""), OK: true},
	{Name: "path, another", Request: addressed("/w4t1-demo-6b1f0d", "")},
	{Name: "path and query", Request: addressed("/w4t1-demo-6b1f0c", "token=w4t1-demo-6b1f0c")},
	{Name: "path right, query wrong", Request: addressed("/w4t1-demo-6b1f0c", "token=x")},
	{Name: "path, more behind", Request: addressed("/w4t1-demo-6b1f0c/messages", "")},
	{Name: "path, a slash behind", Request: addressed("/w4t1-demo-6b1f0c/", "")},
	{Name: "truncated", Request: addressed("", "token=w4t1-demo-6b1f0")},
	{Name: "longer", Request: addressed("", "token=w4t1-demo-6b1f0cc")},
	{Name: "upper case", Request: addressed("", "token="+strings.ToUpper(exampleSecret))},
	{Name: "name in upper case", Request: addressed("", "TOKEN=w4t1-demo-6b1f0c")},
	{Name: "another name", Request: addressed("", "secret=w4t1-demo-6b1f0c")},
	{Name: "empty", Request: addressed("", "token=")},
	{Name: "a space", Request: addressed("", "token=w4t1-demo-6b1f0c+")},
	{Name: "its digest", Request: addressed("", "token=9ebc181562d60a6b4f4145ab2b0257aad8f5cab1448685fff1129886d7c841ee")},
	{Name: "in a header", Request: provider.Request{Header: map[string][]string{"Authorization": {"Bearer w4t1-demo-6b1f0c"}, "Token": {exampleSecret}}}},
	{Name: "in the body", Request: provider.Request{Body: []byte(`{"token":"w4t1-demo-6b1f0c"}`)}},
}
