package intake_test

import (
	"errors"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"pgregory.net/rapid"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
)

var genPersonal = rapid.Custom(func(t *rapid.T) intake.Personal {
	s := rapid.OneOf(rapid.Just(""), rapid.String(), rapid.StringN(300, 400, -1))
	return intake.Personal{
		Text: s.Draw(t, "text"), ContactName: s.Draw(t, "name"), Contact: s.Draw(t, "contact"), Alias: s.Draw(t, "alias"),
		MessageID: s.Draw(t, "message"), ReplyTo: s.Draw(t, "reply"), Conversation: s.Draw(t, "conversation"), Into: s.Draw(t, "into"), Error: s.Draw(t, "error"),
	}
})

func TestPersonalRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := genPersonal.Draw(t, "personal")
		b := p.Append([]byte("before"))
		if string(b[:6]) != "before" {
			t.Fatal("Append does not append")
		}
		b = b[6:]
		if (len(b) == 0) != (p == intake.Personal{}) {
			t.Fatalf("%+v takes %d bytes", p, len(b))
		}
		got, err := intake.DecodePersonal(b)
		if text := intake.TextOf(b); text != p.Text {
			t.Fatalf("the text is %q, want %q", text, p.Text)
		}
		if err != nil || got != p {
			t.Fatalf("came back as %+v, %v; was %+v", got, err, p)
		}
		for n := range b {
			part, err := intake.DecodePersonal(b[:n])
			if err == nil && part == p {
				t.Fatalf("the first %d bytes of %d hold everything", n, len(b))
			}
			if err != nil && !errors.Is(err, intake.ErrPersonal) {
				t.Fatal(err)
			}
		}
	})
}

// The numbers are those of journal.proto for ever.
func TestPersonalFieldNumbers(t *testing.T) {
	p := intake.Personal{Text: "1", ContactName: "2", Contact: "3", Alias: "4", MessageID: "5", ReplyTo: "6", Conversation: "7", Into: "8", Error: "9"}
	var want []byte
	for n := protowire.Number(1); n <= 9; n++ {
		want = protowire.AppendTag(want, n, protowire.BytesType)
		want = protowire.AppendString(want, string('0'+rune(n)))
	}
	if got := p.Append(nil); string(got) != string(want) {
		t.Errorf("encoded as %x, want %x", got, want)
	}
}

// Fields of a newer version, of any type and in any place, are skipped.
func TestPersonalUnknownFields(t *testing.T) {
	p := intake.Personal{Text: "hello", Error: "131026"}
	unknown := protowire.AppendTag(nil, 10, protowire.BytesType)
	unknown = protowire.AppendString(unknown, "newer")
	unknown = protowire.AppendVarint(protowire.AppendTag(unknown, 11, protowire.VarintType), 1<<40)
	unknown = protowire.AppendFixed32(protowire.AppendTag(unknown, 12, protowire.Fixed32Type), 7)
	unknown = protowire.AppendFixed64(protowire.AppendTag(unknown, 1000, protowire.Fixed64Type), 7)
	// a field whose type has changed is none that this version knows
	unknown = protowire.AppendVarint(protowire.AppendTag(unknown, 2, protowire.VarintType), 3)
	known := p.Append(nil)
	for name, b := range map[string][]byte{
		"before": append(append([]byte(nil), unknown...), known...),
		"after":  append(append([]byte(nil), known...), unknown...),
	} {
		if got, err := intake.DecodePersonal(b); err != nil || got != p {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for name, b := range map[string][]byte{
		"no tag": {0xff}, "field 0": {0}, "no length": {0x0a}, "too long": {0x0a, 5, 'a'}, "no varint": {0x50 | 0x08, 0xff},
	} {
		if _, err := intake.DecodePersonal(b); !errors.Is(err, intake.ErrPersonal) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecodePersonal(f *testing.F) {
	p := intake.Personal{Text: "onde está meu pedido?", ContactName: "Contact", Contact: "+5511900000001", MessageID: "wamid.1", Error: "131026"}
	f.Add(p.Append(nil))
	f.Add([]byte{})
	f.Add([]byte{0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Add([]byte{0x53, 0x53, 0x54, 0x54}) // groups
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := intake.DecodePersonal(b)
		if err != nil {
			if !errors.Is(err, intake.ErrPersonal) {
				t.Fatal(err)
			}
			return
		}
		again, err := intake.DecodePersonal(p.Append(nil))
		if err != nil || again != p {
			t.Fatalf("%+v came back as %+v, %v", p, again, err)
		}
		if n := len(p.Append(nil)); n > len(b) {
			t.Fatalf("%d bytes became %d", len(b), n)
		}
	})
}
