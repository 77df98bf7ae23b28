package trengo

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// messageType is what a message is known to be. Trengo tells the words only: what
// has none is a picture, a voice message or something of the kind.
func messageType(words string) string {
	if strings.TrimSpace(words) == "" {
		return "other"
	}
	return "text"
}

// text keeps what somebody wrote.
func (r *reader) text(words string) string {
	if len(words) > wire.MaxText {
		r.ignore(countedCut)
		words = cut(words, wire.MaxText)
	}
	return valid(words)
}

// beginsWithAny tells whether a message begins with one of some texts in lower
// case.
func beginsWithAny(words string, texts []string) bool {
	for _, t := range texts {
		if begins(words, t) {
			return true
		}
	}
	return false
}

// begins compares character by character: lower case may have another length.
func begins(words, text string) bool {
	for _, want := range text {
		got, size := utf8.DecodeRuneInString(words)
		if size == 0 || unicode.ToLower(got) != want {
			return false
		}
		words = words[size:]
	}
	return true
}

// isReaction tells whether the whole of a message is one emoji, which with
// reference to an earlier message is what a reaction looks like. Stars may be an
// answer to a survey.
func isReaction(words string) bool {
	words = strings.TrimSpace(words)
	if words == "" || len(words) > 64 {
		return false
	}
	symbols, joined := 0, false
	for _, c := range words {
		switch {
		case c == '⭐' || c == '🌟':
			return false
		case c == '\u200d':
			joined = true
			continue
		case c == '\ufe0f' || 0x1f3fb <= c && c <= 0x1f3ff || 0xe0020 <= c && c <= 0xe007f:
			// A variant, a skin, a part of a flag: of the symbol before.
			continue
		case 0x1f1e6 <= c && c <= 0x1f1ff:
			symbols++ // two make a flag
		case 0x1f000 <= c && c <= 0x1faff || 0x2600 <= c && c <= 0x27bf || 0x2b00 <= c && c <= 0x2bff || 0x2190 <= c && c <= 0x21ff || 0x2300 <= c && c <= 0x23ff || c == '\u203c' || c == '\u2049':
			if !joined {
				symbols += 2
			}
		default:
			return false
		}
		joined = false
	}
	return symbols == 2
}
