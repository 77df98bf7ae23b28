package api

import (
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// compressed begins an answer and gives where its body goes, compressed for those
// who take it so. done ends it.
func compressed(w http.ResponseWriter, r *http.Request, status int) (body io.Writer, done func() error) {
	w.Header().Add("Vary", "Accept-Encoding")
	if !takesGzip(r.Header.Values("Accept-Encoding")) {
		w.WriteHeader(status)
		return w, func() error { return nil }
	}
	w.Header().Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	z := gzip.NewWriter(w)
	return z, z.Close
}

// takesGzip reads Accept-Encoding (RFC 9110, section 12.5.3).
func takesGzip(headers []string) bool {
	for _, header := range headers {
		for part := range strings.SplitSeq(header, ",") {
			name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
			if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
				continue
			}
			weight, ok := strings.CutPrefix(strings.TrimSpace(params), "q=")
			if !ok {
				return true
			}
			q, err := strconv.ParseFloat(weight, 64)
			return err == nil && q > 0
		}
	}
	return false
}
