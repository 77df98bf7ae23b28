package audit

import "strings"

// bareEndings are those of hosts that are links without a scheme and a path.
// Others could be two sentences without a space between them: "feito.me avisa",
// "resolvido.com certeza".
var bareEndings = map[string]bool{
	"net": true, "org": true, "br": true, "mx": true, "ar": true, "cl": true, "uy": true, "pt": true, "uk": true, "io": true, "app": true, "info": true,
	"site": true, "shop": true, "store": true, "online": true, "xyz": true, "dev": true, "tech": true, "biz": true,
}

// pathEndings are those of hosts that are links with a path, or in three parts.
var pathEndings = map[string]bool{
	"com": true, "me": true, "co": true, "es": true, "ly": true, "gl": true, "us": true, "tv": true, "ai": true, "eu": true, "to": true, "page": true, "cc": true, "in": true, "gg": true,
	"be": true, "link": true, "top": true, "click": true,
}

// linksAway tells whether a text has a link to a host that is not one of
// a.domains, nor below one.
func (a *Auditor) linksAway(s string) bool {
	for len(s) > 0 {
		i := strings.IndexAny(s, " \n\t\r")
		word := s
		if i >= 0 {
			word, s = s[:i], s[i+1:]
		} else {
			s = ""
		}
		if !strings.ContainsRune(word, '.') && !strings.Contains(word, "://") {
			continue
		}
		if host := linkHost(word, strings.TrimLeft(s, " \n\t\r") == ""); host != "" && !a.isOwn(host) {
			return true
		}
	}
	return false
}

func (a *Auditor) isOwn(host string) bool {
	for _, d := range a.domains {
		if host == d || len(host) > len(d) && host[len(host)-len(d)-1] == '.' && strings.HasSuffix(host, d) {
			return true
		}
	}
	return false
}

// linkHost gives the host that a word links to, in lower case; "" where it is no
// link. E-mail addresses and names of files are none. last: no word follows.
func linkHost(word string, last bool) string {
	word = strings.ToLower(word)
	scheme := false
	if i := strings.Index(word, "://"); i >= 0 {
		if j := strings.LastIndex(word[:i], "http"); j < 0 {
			return ""
		}
		word, scheme = word[i+3:], true
	} else {
		word = strings.TrimLeft(word, "([{<\"'*_~“‘¿¡:;,")
	}
	host, path := word, false
	if i := strings.IndexAny(host, `/?#\`); i >= 0 {
		host, path = host[:i], i+1 < len(word) && word[i] == '/'
	}
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		if !scheme {
			return ""
		}
		host = host[i+1:] // what stands before is a user's name, whatever it looks like
	}
	if i := strings.IndexByte(host, ':'); i >= 0 {
		host = host[:i]
	}
	host = strings.Trim(host, ".,;!)]}>\"'*_~”’…")
	if scheme {
		return host
	}
	www := strings.HasPrefix(host, "www.")
	dot := strings.LastIndexByte(host, '.')
	if dot <= 0 || !isHost(host) {
		return ""
	}
	end := host[dot+1:]
	switch {
	case www && len(end) >= 2:
	case bareEndings[end]:
	case pathEndings[end] && (path || strings.Count(host, ".") >= 2):
	case end == "com" && (last || len(host) < len(word)):
		// At an end, "com" (with) is no preposition.
	default:
		return ""
	}
	return host
}

// isHost tells whether s is labels of letters, digits and hyphens with dots
// between them.
func isHost(s string) bool {
	part := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '.':
			if part == 0 {
				return false
			}
			part = 0
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c >= 0x80:
			part++
		default:
			return false
		}
	}
	return part > 0
}
