package webhook

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// enumFields are the fields whose values are words of a small set. The value
// true shows any word that is written like one, false only those of words,
// because the field also occurs with people's own data in it.
var enumFields = map[string]bool{
	"object": true, "field": true, "kind": true, "type": true, "status": true, "event": true,
	"actor": true, "channel": true, "messaging_product": true, "recipient_type": true,
	"survey": true, "consent": true, "direction": true, "event_type": true, "message_type": true,
	"state": false, "category": false, "value": false,
}

// words are shown in damaged JSON too, as values of enumFields.
var words = vocabulary("whatsapp whatsapp_business_account messages statuses message_echoes smb_message_echoes " +
	"user_preferences account_update individual group reaction system button_reply list_reply nfm_reply " +
	"marketing utility authentication service stop resume played " +
	strings.Join(event.Kinds[:], " ") + " " + strings.Join(event.Actors[:], " ") + " " +
	strings.Join(event.Statuses[:], " ") + " " + strings.Join(event.Presences[:], " ") + " " +
	strings.Join(event.Surveys[:], " ") + " " + strings.Join(event.Consents[:], " ") + " " +
	strings.Join(event.MessageTypes[:], " "))

// fields are the keys shown in damaged JSON too.
var fields = vocabulary("id time kind source received channel inbox contact contact_name conversation actor agent " +
	"name team capacity message type text reply_to template category status error state score scale survey consent " +
	"request_type labels reason into alias object entry changes field value messaging_product metadata " +
	"display_phone_number phone_number_id contacts profile wa_id user_id messages from from_user_id timestamp body " +
	"statuses recipient_id recipient_user_id recipient_type biz_opaque_callback_data pricing errors code title " +
	"interactive button button_reply list_reply context image video audio document sticker location order event " +
	"message_echoes to to_user_id user_preferences detail")

func vocabulary(list string) map[string]struct{} {
	return newSet(strings.Fields(list))
}

// showsKey tells whether a key is a field's name rather than data used as a key.
func showsKey(raw []byte, broken bool) bool {
	if broken {
		_, known := fields[string(raw)]
		return known
	}
	if len(raw) == 0 || len(raw) > 40 || longestDigits(raw) >= 5 || isDigit(raw[0]) {
		return false
	}
	for _, c := range raw {
		if !isLetter(c) && !isDigit(c) && !strings.ContainsRune("_.$-", rune(c)) {
			return false
		}
	}
	return true
}

// showsWord tells whether a value is a word of an enumeration.
func showsWord(key, raw []byte, broken bool) bool {
	free, enum := enumFields[string(key)]
	if !enum || len(raw) == 0 {
		return false
	}
	if _, known := words[string(raw)]; known {
		return true
	}
	return free && !broken && writtenLikeWord(raw)
}

// writtenLikeWord: all lower or all upper case, as message.sent or DISABLED.
func writtenLikeWord(raw []byte) bool {
	if len(raw) > 40 || !isLetter(raw[0]) || longestDigits(raw) >= 5 {
		return false
	}
	upper := raw[0] <= 'Z'
	for _, c := range raw {
		switch {
		case isLetter(c) && (c <= 'Z') == upper, isDigit(c), c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}

// hasForm: a short text with digits, whose form (a time, a number, an id) helps
// to see what is wrong with it.
func hasForm(raw []byte) bool {
	if len(raw) > 40 || longestDigits(raw) == 0 {
		return false
	}
	for _, c := range raw {
		if !isLetter(c) && !isDigit(c) && !isJoint(c) {
			return false
		}
	}
	return true
}

// appendForm replaces letters by x, digits by 0 and all but a few marks by *.
func appendForm(out, raw []byte) []byte {
	for _, c := range raw {
		switch {
		case isLetter(c):
			out = append(out, 'x')
		case isDigit(c):
			out = append(out, '0')
		case isJoint(c):
			out = append(out, c)
		default:
			out = append(out, '*')
		}
	}
	return out
}

// appendCount keeps numbers short enough not to be taken for a phone number.
func appendCount(out []byte, n int) []byte {
	if n > 9999 {
		return append(out, "over 9999"...)
	}
	return strconv.AppendInt(out, int64(n), 10)
}

// isNumber: a JSON number as far as its characters go; how long it is does not
// matter.
func isNumber(word []byte) bool {
	for _, c := range word {
		if !isDigit(c) && !strings.ContainsRune("+-.eE", rune(c)) {
			return false
		}
	}
	return longestDigits(word) > 0
}

// escapeLength is the length of the escape sequence that raw begins with.
func escapeLength(raw []byte) int {
	if len(raw) < 6 || raw[1] != 'u' {
		return 2
	}
	for _, c := range raw[2:6] {
		if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
			return 2
		}
	}
	return 6
}

func longestDigits(raw []byte) int {
	longest, run := 0, 0
	for _, c := range raw {
		run++
		if !isDigit(c) {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}

func isLetter(c byte) bool { c |= 0x20; return c >= 'a' && c <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isJoint(c byte) bool  { return strings.IndexByte("+-.:_/=", c) >= 0 }

// dumpBytes is how much of a body that is not JSON is shown.
const dumpBytes = 256

// dump shows the first bytes in lines of 16: letters as xx, digits as ##, parts
// of UTF-8 sequences as u2 to u4 and uc, all others in hexadecimal. Bytes of
// other encodings' letters are only shown where magic numbers and byte order
// marks stand.
func dump(body []byte) string {
	if len(body) == 0 {
		return "empty body"
	}
	var b strings.Builder
	b.WriteString("not JSON; letters shown as xx, digits as ##, UTF-8 as u2 to u4 and uc, other bytes over 7f as ??")
	shown := body[:min(len(body), dumpBytes)]
	kinds := byteKinds(shown)
	for at := 0; at < len(shown); at += 16 {
		line := shown[at:min(at+16, len(shown))]
		fmt.Fprintf(&b, "\n%04x  ", at)
		for i := range line {
			b.WriteString(kinds[at+i] + " ")
		}
		b.WriteString(strings.Repeat("   ", 16-len(line)) + " |")
		for _, c := range line {
			b.WriteByte(visible(c))
		}
		b.WriteByte('|')
	}
	if len(body) > dumpBytes {
		b.WriteString("\n...")
	}
	return b.String()
}

func byteKinds(raw []byte) []string {
	kinds := make([]string, 0, len(raw))
	for at := 0; at < len(raw); {
		c := raw[at]
		r, size := utf8.DecodeRune(raw[at:])
		switch {
		case isLetter(c):
			kinds = append(kinds, "xx")
		case isDigit(c):
			kinds = append(kinds, "##")
		case c < utf8.RuneSelf, r == utf8.RuneError && size == 1 && at < 4:
			kinds = append(kinds, fmt.Sprintf("%02x", c))
		case r == utf8.RuneError && size == 1:
			kinds = append(kinds, "??")
		default:
			kinds = append(kinds, "u"+strconv.Itoa(size))
			for range size - 1 {
				kinds = append(kinds, "uc")
			}
		}
		at += size
	}
	return kinds
}

func visible(c byte) byte {
	switch {
	case isLetter(c):
		return 'x'
	case isDigit(c):
		return '0'
	case c > ' ' && c < 0x7f:
		return c
	}
	return '.'
}
