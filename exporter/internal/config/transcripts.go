package config

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Transcripts says how long conversations can be read, and how much of them is
// held in memory.
type Transcripts struct {
	// Retention [30d] is how long after its last event a conversation is found,
	// in receive time.
	Retention time.Duration
	// CacheSize [256MiB] is how many bytes of sealed messages are held in memory
	// in front of the journal, at most.
	CacheSize int
}

const (
	defaultRetention = 30 * day
	maxRetention     = 400 * day
	defaultCacheSize = 256 << 20
	// The cache takes no less than 32 MiB.
	minCacheSize = 32 << 20
	maxCacheSize = 64 << 30
)

// placeholders may stand in conversation_url.
var placeholders = []string{"{conversation}", "{contact}", "{inbox}", "{source}"}

// conversationURL reads the address of a conversation in the vendor's own inbox.
func (d *decoder) conversationURL(dst *string) reader {
	return func(n *yaml.Node, at string) {
		s, ok := d.text(n, at)
		if !ok {
			return
		}
		for _, p := range placeholder.FindAllString(s, -1) {
			if !slices.Contains(placeholders, p) {
				d.problem(n, at, "%.40q is no placeholder: use %s", p, strings.Join(placeholders, ", "))
				return
			}
		}
		u, err := url.Parse(placeholder.ReplaceAllString(s, "x"))
		switch {
		case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil:
			d.problem(n, at, "is no address: write one that begins with https://, with {conversation} where the vendor's id belongs")
		case !strings.Contains(s, "{conversation}") && !strings.Contains(s, "{contact}"):
			d.problem(n, at, "leads to the same page for every conversation: put {conversation} or {contact} where the vendor's id belongs")
		case strings.Contains(s[:strings.Index(s, u.Scheme)+len(u.Scheme)+3], "{"):
			d.problem(n, at, "has a placeholder before its host: write the host in full")
		default:
			*dst = s
		}
	}
}

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// size reads a number of bytes.
func (d *decoder) size(dst *int, low, high int) reader {
	return func(n *yaml.Node, at string) {
		s, ok := d.text(n, at)
		if !ok {
			return
		}
		v, ok := parseSize(s)
		switch {
		case !ok:
			d.problem(n, at, "%.40q is not a size: write for example 256MiB or 1GiB", s)
		case v < low || v > high:
			d.problem(n, at, "%s is out of bounds: write a size from %s to %s", s, sizeText(low), sizeText(high))
		default:
			*dst = v
		}
	}
}

var sizes = []struct {
	unit  string
	bytes int
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

func parseSize(s string) (int, bool) {
	factor := 1
	for _, u := range sizes {
		if number, ok := strings.CutSuffix(s, u.unit); ok {
			s, factor = strings.TrimSpace(number), u.bytes
			break
		}
	}
	v, err := strconv.Atoi(s)
	if err != nil || v < 0 || v > 1<<50/factor {
		return 0, false
	}
	return v * factor, true
}

func sizeText(v int) string {
	for _, u := range sizes {
		if v >= u.bytes && v%u.bytes == 0 {
			return strconv.Itoa(v/u.bytes) + u.unit
		}
	}
	return strconv.Itoa(v)
}
