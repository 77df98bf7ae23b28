package intake_test

import (
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

func BenchmarkPrepare(b *testing.B) {
	in := newIntake(b, nil)
	for _, bc := range []struct{ name, text string }{
		{"question", "Bom dia, meu pedido ainda não chegou, pode verificar?"},
		{"short", "oi"},
		{"thanks", "Muito obrigado!"},
		{"rating", "Nota 5!"},
		{"long", "Comprei dois itens na semana passada, paguei no cartão e recebi só um deles; o outro consta como entregue mas não está aqui em casa nem com o vizinho."},
	} {
		b.Run(bc.name, func(b *testing.B) {
			e := event.Event{
				ID: "wamid.EXAMPLE0001", Time: at, Kind: event.MessageReceived, Source: "desk", Inbox: "300000000000001", Contact: "+5511900000001",
				Actor: event.ActorCustomer, Message: event.Message{ID: "wamid.EXAMPLE0001", Type: "text", Text: bc.text},
			}
			var r record.Event
			b.ReportAllocs()
			for b.Loop() {
				in.Prepare(&e, &r)
			}
		})
	}
}
