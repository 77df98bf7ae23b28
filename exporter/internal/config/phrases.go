package config

// The default phrases are written for folded messages (package text): lower
// case, no accents, "obrigadooo" is "obrigado", nothing but letters and emoji at
// the ends. They are strict on purpose: a closing phrase missed leaves a turn
// open that the next reply or time-out ends, one found wrongly leaves a customer
// waiting whom nobody sees.

const (
	// What may stand before a thank-you without asking for anything.
	ackPT = `(?:(?:ah|ok|okay|ta|tudo|muito|bem|bom|isso|so|sim|nao|entendi|entendido|certo|certinho|perfeito|otimo|excelente|maravilha|show|massa|top|joia|legal|beleza|blz|claro|resolvido|deu certo|era)[ ,.!]+){0,3}`
	ackES = `(?:(?:ah|ok|okay|okey|si|no|todo|esta|muy|bien|bueno|entendido|perfecto|excelente|claro|listo|vale|dale|genial|super|resuelto|eso es|era)[ ,.!]+){0,3}`
	ackEN = `(?:(?:ah|oh|ok|okay|yes|yep|no|all|right|alright|perfect|excellent|great|good|cool|awesome|nice|got it|understood|resolved|it works|that works|that is)[ ,.!]+){0,3}`
	heart = `(?:[ ,.!]*[👍👌👏🙌🙏🤝🤗😀-😊😍😘🙂☺🥰💪✅❤♥💓-💟🎉])`
	// What may stand after it: an address, a wish.
	endPT = `(?:[ ,.!]+(?:amig[oa]s?|moc[oa]|querid[oa]|gente|pessoal|senhora?))?` +
		`(?:[ ,.!]+(?:(?:tenham?|uma?|bom|boa|otim[oa]|excelente|dia|tarde|noite|semana|fim de|trabalho|pra|para|voces?|vcs?|todos) ?){2,8})?` + heart + `{0,9}`
	endES = `(?:[ ,.!]+(?:amig[oa]s?|equipo|senora?|senorita))?` +
		`(?:[ ,.!]+(?:(?:que|tengan?|una?|buen[oa]?s?|lindo|excelente|dias?|tardes?|noches?|semana|fin de|ti|usted|todos|para) ?){2,8})?` + heart + `{0,9}`
	endEN = `(?:[ ,.!]+(?:team|guys|sir|madam|everyone|all|again))?` +
		`(?:[ ,.!]+(?:(?:have|an?|good|great|nice|lovely|day|evening|night|weekend|one|you|too) ?){2,6})?` + heart + `{0,9}`
)

// DefaultClosingPatterns are the whole messages that need no reply, in
// Portuguese, Spanish and English.
func DefaultClosingPatterns() []string {
	return []string{
		// obrigado, muito obrigada pela ajuda, ok obg, valeu demais, vlw
		ackPT + `(?:(?:muit[oa]|mt|mto) )?(?:obrigad[oa]s?|obrigadinh[oa]|brigad[oa]|brigadao|brigadinh[oa]|obgd?|obgd[oa]|valeu|vlws?|agradecid[oa]|agradeco|grat[oa])` +
			`(?: (?:mesmo|demais|muito|viu|tambem|a voces?|por tudo|(?:pel[oa]|por) (?:(?:sua?|seu) )?(?:ajuda|atencao|resposta|retorno|atendimento|informac(?:ao|oes)|paciencia)))*` + endPT,
		// gracias, muchas gracias por tu ayuda, mil gracias, te agradezco
		ackES + `(?:(?:muchas|muchisimas|mil|mchas) )?(?:gracias|grax|(?:(?:te|le|se lo) )?agradezco|agradecid[oa])` +
			`(?: (?:a (?:ti|usted|ustedes|vos)|por todo|por (?:(?:tu|su|la|el) )?(?:ayuda|atencion|respuesta|informacion|paciencia|tiempo)))*` + endES,
		// thanks, thank you so much for your help, thx, ty, tks, cheers
		ackEN + `(?:many )?(?:thanks?|thank (?:you|u)|thankyou|thx|thnx|tnx|tks|tysm|ty|cheers|much appreciated|(?:i )?appreciate it)` +
			`(?: (?:so much|very much|a lot|a million|for (?:everything|(?:(?:your|the|all) ){0,2}(?:quick )?(?:help|support|time|info|answer|response|reply))))*` + endEN,
		// 👍, 🙏❤️, ok 👍, perfeito ❤️
		`(?:(?:ok|okay|ta|tudo|bem|bom|isso|sim|entendi|entendido|certo|perfeito|otimo|show|top|joia|legal|beleza|blz|si|bien|perfecto|listo|vale|dale|genial|yes|perfect|great|good|cool|nice|got it)[ ,.!]*){0,3}` + heart + `{1,9}`,
		// thumbs-up, hugs and kisses spelled out
		`(?:joinha|abs|abracos?|bjs?|beijos?|saludos|besos)` + heart + `{0,9}`,
	}
}

// people are whom a customer may ask for.
const people = `(?:atendentes?|humanos?|pessoa(?: real| de verdade| humana)?|supervisor[a]?|gerente|responsavel|encarregad[oa]|consultor[a]?|vendedor[a]?|operador[a]?|` +
	`persona(?: real| humana)?|agentes?(?: humano)?|asesor[a]?|ejecutiv[oa]|encargad[oa]|operadora|atendimento humano|ser humano|` +
	`human(?: being| agent)?|(?:real |live |actual )?person|(?:real |live |human |customer service )?(?:agent|representative|rep|operator)|supervisor|manager)`

// DefaultRequestPhrases are the parts of a message by which a customer asks for
// a person or a supervisor, in Portuguese, Spanish and English.
func DefaultRequestPhrases() []string {
	return []string{
		// atendente · humano por favor · um atendente · agent please
		`^(?:(?:um|uma|o|a|un|una|el|la|an|the)? ?)` + people + `(?:[ ,]+(?:por favor|pf|pfv|please|pls|plz))?$`,
		// quero falar com um atendente · posso conversar com alguém
		`\b(?:falar|conversar|falo|converso|tratar) (?:com|c/|c) (?:(?:um|uma|o|a|seu|sua|algum|alguma|outro|outra) )?(?:` + people + `|alguem)\b`,
		// quero um atendente · preciso de uma pessoa · me passa para um humano
		`\b(?:quero|queria|preciso|necessito|gostaria de|desejo|exijo|chama|chame|me passa|me passe|me transfere|me transfira|transfere|transfira|passa|passe)` +
			`(?: (?:de|por|pra|para|pro))?(?: (?:um|uma|o|a|seu|sua|algum|outro))? ` + people + `\b`,
		// hablar con una persona · quiero hablar con alguien · comunicarme con un asesor
		`\b(?:hablar|hablo|hable|chatear|conversar|comunicar|comunicarme|comuniqueme|comunicame|contactar) con (?:(?:un|una|el|la|su|algun|alguna|otro|otra) )?(?:` + people + `|alguien)\b`,
		// quiero un agente · necesito una persona · páseme con un supervisor
		`\b(?:quiero|quisiera|necesito|deseo|exijo|paseme|pasame|pase|transfierame|transfiereme)(?: (?:a|con))?(?: (?:un|una|el|la|su|otro))? ` + people + `\b`,
		// speak to a human · talk with someone · chat with an agent · connect me to a manager
		`\b(?:speak|talk|chat|connect me|transfer me|put me through) (?:to|with) (?:(?:a|an|the|your|another|some|some other) )?(?:` + people + `|someone|somebody)\b`,
		// I want a human · need an agent · get me a manager
		`\b(?:want|need|get me|give me|i'd like|would like) (?:(?:a|an|the|your) )` + people + `\b`,
		// real person · pessoa de verdade
		`\b(?:(?:real|actual|live) (?:person|human|agent)|(?:pessoa|persona) (?:real|de verdade|de verdad|humana)|atendimento humano|atencion humana|ser humano)\b`,
	}
}

// DefaultOptOutPatterns are the whole messages by which a customer refuses to
// be written to, in Portuguese, Spanish and English. They are explicit: a word
// that also ends a menu ("sair") is not among them.
func DefaultOptOutPatterns() []string {
	return []string{
		`stop(?: all| promotions?| messag(?:es|ing)(?: me)?)?|unsubscribe(?: me)?|opt[ -]?out|no more messages|do ?n[o']?t (?:message|contact) me(?: again)?`,
		`(?:quero )?(?:me )?descadastr(?:ar|e)(?:-me| me)?|parar (?:de receber|mensagens|promocoes)|(?:pare|parem) de (?:me )?(?:mandar|enviar)(?: mensage(?:m|ns))?|` +
			`nao (?:quero|desejo)(?: mais)? receber(?: mais)? (?:mensage(?:m|ns)|promocoes|propagandas?|nada)|cancelar (?:inscricao|assinatura de mensagens)|remov(?:er?|am) (?:meu (?:numero|contato)|da lista)`,
		`(?:dar(?:me)? de )?baja|cancelar suscripcion|no (?:quiero|deseo)(?: mas)? recibir(?: mas)? (?:mensajes|promociones|publicidad|nada)|(?:deja|dejen) de (?:enviarme|mandarme|escribirme)(?: mensajes)?`,
	}
}
