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

func TestDefaultOptOutPatterns(t *testing.T) {
	m, err := text.NewMatcher(DefaultOptOutPatterns(), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{
		// the keywords, and Meta's button below promotions
		"STOP", "Stop.", "stop!!", "stop please", "STOPALL", "stop all", "Unsubscribe", "unsubscribe me", "opt out", "opt-out", "Stop promotions",
		"PARAR", "Parar promoções", "parar, por favor", "BAJA", "Baja, por favor", "Detener promociones",
		"no more messages", "No more messages please", "please stop messaging me", "Stop sending me messages", "stop texting me", "stop sending me these promotions",
		"do not message me", "Don't contact me again!", "don’t text me anymore", "dont send me messages", "please unsubscribe me from this list", "remove me from your list", "Take me off your mailing list",
		"I don't want to receive promotions", "I no longer want your messages, thanks",
		"descadastrar", "Me descadastra", "quero me descadastrar", "descadastre-me", "parar de receber mensagens", "Parar mensagens", "Cancelar mensagens", "pare de me mandar mensagem",
		"Parem de enviar promoções", "para de me mandar propaganda", "não quero receber mensagens", "Não quero mais receber mensagens de vocês", "não quero mais receber essas promoções", "Não desejo receber mais mensagens",
		"não me mandem mais mensagens", "me remova da lista", "remova meu número da lista", "Me tirem da sua lista", "excluir meu contato da lista de mensagens",
		"cancelar mensajes", "darme de baja de la lista", "Quiero darme de baja de los mensajes", "No quiero recibir más mensajes", "no deseo recibir publicidad", "no quiero más recibir promociones", "no me envíen más promociones",
		"dejen de enviarme mensajes", "Deja de escribirme", "no me escriban más", "por favor dejen de mandar ofertas",
	} {
		if !m.Match(text.Fold(s)) {
			t.Errorf("%q is not taken for a refusal", s)
		}
	}
	for _, s := range []string{
		"", "oi", "1", "ok", "não", "no", "cancel", "end", "quit",
		// ends a menu, a chat, an order or a contract as well
		"sair", "SAIR", "Sair do menu", "encerrar", "cancelar", "Cancelar inscrição", "cancelar assinatura", "cancelar pedido", "Quero parar a assinatura", "cancelar suscripción", "salir", "quiero darme de baja", "dar de baja",
		"¿Cómo doy de baja el plan?", "Quiero la baja del servicio", "cancel my subscription",
		// anger, and what is about something else
		"stop it", "stop lying", "stop the order", "stop my delivery", "pare", "para", "para!", "pare com isso", "detente", "basta", "alto",
		"não quero receber", "não quero mais receber", "Não quero mais receber esse produto", "no quiero recibir más", "no quiero recibir el pedido", "não quero nada", "I don't want this", "don't send me the invoice",
		"parei de receber mensagens", "não estou recebendo mensagens", "no me llegan mensajes", "quando vão parar de atrasar?", "por que vocês pararam as promoções?", "quero receber promoções", "remover item da lista de compras",
		"stop messages are not working", "no more messages arrived", "baja calidad", "me dieron de baja por error",
	} {
		if m.Match(text.Fold(s)) {
			t.Errorf("%q is taken for a refusal", s)
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
	optOut, err := text.NewMatcher(DefaultOptOutPatterns(), true)
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
	b.Run("opt-out", func(b *testing.B) {
		for b.Loop() {
			optOut.Match(s)
		}
	})
}
