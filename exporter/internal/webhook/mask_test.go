package webhook

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const metaMessage = `{"object":"whatsapp_business_account","entry":[{"id":"200000000000001","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001000","phone_number_id":"300000000000001"},"contacts":[{"profile":{"name":"Zqxvwk"},"wa_id":"5511900000001","user_id":"BR.10000000000000000001"}],"messages":[{"from":"5511900000001","id":"wamid.EXAMPLE0001","timestamp":"1767225600","type":"text","text":{"body":"Zqxvwk, \"5511900000001\""}}]},"field":"messages"}]}]}`

func TestMaskBody(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"canonical event", `{"id":"m-1","time":"2026-01-01T12:00:00Z","kind":"message.received","message":{"text":"oi 5511900000001"}}`,
			`{"id":"x-0","time":"0000-00-00x00:00:00x","kind":"message.received","message":{"text":"<text, 16 characters>"}}`},
		{"words of enumerations", `{"type":"ephemeral","event":"DISABLED_UPDATE","kind":"mesage.sent","status":"Maria"}`,
			`{"type":"ephemeral","event":"DISABLED_UPDATE","kind":"mesage.sent","status":"<text, 5 characters>"}`},
		{"fields that also hold people's data", `{"state":"available","contact":{"state":"bahia"}}`,
			`{"state":"available","contact":{"state":"<text, 5 characters>"}}`},
		{"numbers", `[1,-12,131050,5511900000001,1.5e300,0.1,1e5]`, `[1,-12,000000,0000000000000,0.0x000,0.1,1e5]`},
		{"literals", `[true,false,null]`, `[true,false,null]`},
		{"keys that are data", `{"5511900000001":1,"Ana Lima":2,"a@b.example":3,"":4,"x_12345":5}`,
			`{"<key>":1,"<key>":2,"<key>":3,"<key>":4,"<key>":5}`},
		{"arrays of words", `{"type":["text",{"x":"text"},"text"],"labels":["sale"]}`,
			`{"type":["text",{"x":"<text, 4 characters>"},"<text, 4 characters>"],"labels":["<text, 4 characters>"]}`},
		{"escapes", `{"text":"a\"b\\","more":"\u00e1\ud83d\udc4d"}`, `{"text":"<text, 4 characters>","more":"<text, 3 characters>"}`},
		{"cut in a string", `{"kind":"message.sent","text":"obrig`, `{"kind":"message.sent","text":"<text, 5 characters> <cut>`},
		{"cut in an escape", `{"text":"a\`, `{"text":"<text, 2 characters> <cut>`},
		{"cut in a word", `{"kind":"mess`, `{"kind":"<text, 4 characters> <cut>`},
		{"NDJSON", "{\"score\":5}\n{\"score\":4}\n", "{\"score\":5}\n{\"score\":4}\n"},
		{"single quotes", `{'text':'ola'}`, `{*xxxx*:*xxx*}`},
		{"quotes in a text", `{"text":"he said "Maria": ok","unseen":"x"}`, `{"text":"<text, 8 characters>"xxxxx"<text, 4 characters>","<key>":"<text, 1 characters>"}`},
		{"after an error only known words", `{"a" "b","kind":"mesage.sent","type":"text","Maria":1}`,
			`{"a" "<text, 1 characters>","kind":"<text, 11 characters>","type":"text","<key>":1}`},
		{"unclosed brackets", `{"a":[1,2}`, `{"a":[1,2}`},
		{"deep", strings.Repeat("[", 5) + "1", "[[[[[1"},
		{"control characters and UTF-8 outside of strings", "[\x00\x1bol\u00e1]", "[**xx**]"},
		{"empty", "", "empty body"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := MaskBody([]byte(tc.in)); got != tc.want {
				t.Errorf("MaskBody(%s)\ngot  %s\nwant %s", tc.in, got, tc.want)
			}
		})
	}
}

func TestMaskBodyGolden(t *testing.T) {
	for _, tc := range []struct{ name, in string }{
		{"meta.txt", metaMessage},
		{"form.txt", "From=whatsapp%3A%2B5511900000001&Body=Ol\u00e1+Zqxvwk&Price=1.5\n"},
		{"gzip.txt", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xffab12\xf0\xe1" + strings.Repeat("\x00z9", 100)},
	} {
		t.Run(tc.name, func(t *testing.T) { golden(t, tc.name, MaskBody([]byte(tc.in))+"\n") })
	}
}

func addBodies(f *testing.F) {
	f.Helper()
	for _, seed := range []string{
		metaMessage, oneMessage, `{"kind":"message.received","text":"ol\u00e1 5511900000001"}`, `[1,2,`, `{"a`,
		`{"a":"b\`, `{"text":"he said "Maria": ok"}`, "{'a':'b'}", "", "From=5511900000001", "\x1f\x8b\x08",
		`{"type":{"type":"x"}}]}}`, "{\"score\":5}\n{\"score\":4}\n",
	} {
		f.Add([]byte(seed))
	}
	files, err := filepath.Glob("../provider/*/testdata/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		if body, err := os.ReadFile(name); err == nil {
			f.Add(body)
		}
	}
}

var manyDigits = regexp.MustCompile(`[1-9][0-9]{4,}|[0-9]{4,}[1-9]`)

// FuzzMaskBody: whatever comes in, what goes out is printable ASCII of bounded
// length without anything like a phone number.
func FuzzMaskBody(f *testing.F) {
	addBodies(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		out := MaskBody(body)
		if limit := 16*len(body) + 4096; len(out) > limit {
			t.Errorf("%d bytes became %d", len(body), len(out))
		}
		for _, c := range []byte(out) {
			if (c < ' ' || c > '~') && c != '\n' && c != '\t' && c != '\r' {
				t.Fatalf("byte %#x in %q", c, out)
			}
		}
		dumped := strings.HasPrefix(out, "not JSON")
		if found := manyDigits.FindString(out); found != "" && !dumped {
			t.Errorf("digits %q in %s", found, out)
		}
	})
}

// FuzzMaskText: a text never shows, whatever it is, whatever stands around it
// and wherever the body was cut.
func FuzzMaskText(f *testing.F) {
	f.Add("text", "obrigado, ", `"kind":"message.received"`, 1000)
	f.Add("name", `quo"te\`, `"id":"m-1"`, 30)
	f.Add("body", "\u00e1\xff 4111 1111 1111 1111", `"a" "b"`, 1000)
	f.Add("caption", "1", `}{`, 25)
	f.Fuzz(func(t *testing.T, key, text, before string, cut int) {
		if _, enum := enumFields[key]; enum || strings.Contains(key+before, textOfCustomer) {
			t.Skip()
		}
		field, err := json.Marshal(map[string]string{key: text + textOfCustomer})
		if err != nil {
			t.Skip()
		}
		body := []byte(`{` + before + `,` + string(field[1:]))
		if cut >= 0 && cut < len(body) {
			body = body[:cut]
		}
		// A quote that the surroundings leave open makes the text's own quotes
		// close it; then its letters stand bare, and are masked as such.
		if out := MaskBody(body); strings.Contains(out, textOfCustomer) {
			t.Errorf("text shows:\n%s\n%s", body, out)
		}
		if out := MaskBody(bytes.TrimPrefix(body, []byte("{"))); strings.Contains(out, textOfCustomer) {
			t.Errorf("text shows in a dump:\n%s\n%s", body, out)
		}
	})
}
