package config

import (
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
)

func TestDefaultClosingPatterns(t *testing.T) {
	m, err := text.NewMatcher(DefaultClosingPatterns(), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{
		"obrigado", "Obrigada!", "OBRIGADO", "obrigadooo", "muito obrigado", "Muito obrigada pela ajuda!", "obg", "vlw", "Valeu!!", "brigado", "brigadão",
		"ok obrigado", "Ok, obrigado.", "perfeito obrigado", "Perfeito, muito obrigada 🙏", "tá bom, obrigado", "Obrigado 😊", "obrigado pelo atendimento",
		"obrigada, tenha um bom dia", "obrigado, boa noite!", "valeu demais", "não, obrigado", "obrigado mesmo", "Entendi, obrigada", "deu certo, obrigado!",
		"gracias", "Muchas gracias", "mil gracias", "¡Gracias!", "muchas gracias por su ayuda", "gracias a ti", "ok gracias", "perfecto, gracias", "no, gracias",
		"gracias, buen día", "muchísimas gracias señorita",
		"thanks", "Thank you", "Thanks!", "thx", "ty", "tks", "thank you so much", "thanks for your help", "ok thanks", "great, thank you very much", "no thanks", "Thanks a lot 🙏🏽",
		"👍", "👍🏽", "👍👍👍", "🙏", "❤️", "ok 👍", "👌", "perfeito ❤️", "👍🏿🙏", "joinha", "abraços",
	} {
		if !m.Match(text.Fold(s)) {
			t.Errorf("%q is not taken for a closing phrase", s)
		}
	}
	for _, s := range []string{
		"", "?", "ok", "sim", "não", "no", "bom dia", "oi", "boa noite", "perfeito",
		"obrigado, mas não funcionou", "obrigado e quando chega?", "obrigado, e o meu pedido 100?", "gracias pero no funciona", "thanks but it is still broken",
		"thank you, when will it arrive", "obrigação", "valeu a pena esperar?", "ok 👍 e o reembolso?", "👎", "😡", "🤔", "muito", "1", "5",
		"não obrigado a pagar isso", "sou obrigado a pagar?", "preciso agradecer à atendente e cancelar", "não valeu nada", "thanks for nothing",
	} {
		if m.Match(text.Fold(s)) {
			t.Errorf("%q is taken for a closing phrase", s)
		}
	}
}

func TestDefaultRequestPhrases(t *testing.T) {
	m, err := text.NewMatcher(DefaultRequestPhrases(), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{
		"atendente", "Atendente!", "humano", "um atendente, por favor", "agent please", "quero falar com um atendente", "Quero falar com alguém",
		"posso falar com uma pessoa?", "falar com o gerente", "Preciso falar com um humano agora", "quero um atendente", "me passa para um supervisor", "preciso de uma pessoa de verdade",
		"quiero hablar con una persona", "hablar con un agente", "hablar con un humano por favor", "Quiero hablar con alguien", "necesito un asesor", "páseme con un supervisor",
		"speak to a human", "I want to talk to a person", "can I talk to a real person", "speak with an agent", "talk to your manager", "real person please", "connect me to a representative", "I need a human",
	} {
		if !m.Match(text.Fold(s)) {
			t.Errorf("%q is not taken for asking for a person", s)
		}
	}
	for _, s := range []string{
		"", "oi", "meu pedido não chegou", "o atendente João foi ótimo", "the agent was rude", "falei com uma pessoa ontem", "una persona me robó",
		"a pessoa que recebeu não mora aqui", "quero falar com vocês sobre o pedido", "quiero hablar con mi banco", "personal account", "humanidade", "talk to you later", "desumano", "pedido feito pelo gerente da loja",
	} {
		if m.Match(text.Fold(s)) {
			t.Errorf("%q is taken for asking for a person", s)
		}
	}
}

func BenchmarkDefaultPhrases(b *testing.B) {
	closing, err := text.NewMatcher(DefaultClosingPatterns(), true)
	if err != nil {
		b.Fatal(err)
	}
	request, err := text.NewMatcher(DefaultRequestPhrases(), false)
	if err != nil {
		b.Fatal(err)
	}
	const s = "meu pedido ainda nao chegou, pode verificar o que aconteceu"
	b.Run("closing", func(b *testing.B) {
		for b.Loop() {
			closing.Match(s)
		}
	})
	b.Run("request", func(b *testing.B) {
		for b.Loop() {
			request.Match(s)
		}
	})
}
