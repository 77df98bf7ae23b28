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
		`\b(?:want|need|get me|give me|i['’]d like|would like) (?:(?:a|an|the|your) )` + people + `\b`,
		// real person · pessoa de verdade
		`\b(?:(?:real|actual|live) (?:person|human|agent)|(?:pessoa|persona) (?:real|de verdade|de verdad|humana)|atendimento humano|atencion humana|ser humano)\b`,
	}
}

// What may stand around a refusal. What is refused has to be named: "não quero
// receber" may well be about a parcel.
const (
	mailPT  = `(?:(?:as|essas?|estas?|esses|estes|suas?|mais|de) )*(?:mensage(?:m|ns)|promoc(?:ao|oes)|propagandas?|publicidade|ofertas?|anuncios?|marketing)`
	mailES  = `(?:(?:las|los|el|la|esas?|esos|estas?|estos|sus|tus|mas|de) )*(?:mensajes?|promocion(?:es)?|publicidad|propagandas?|ofertas?|anuncios?|marketing)`
	mailEN  = `(?:(?:the|these|those|your|any|more|any more|promotional|marketing) )*(?:messages?|messaging|promotions?|promos?|ads?|offers?|marketing|texts?|updates)`
	askedPT = `(?:(?:por favor|pf|pfv|favor|quero|queria|gostaria de)[ ,]+)*`
	askedES = `(?:(?:por favor|quiero|quisiera|deseo)[ ,]+)*`
	askedEN = `(?:(?:please|pls|plz|i want to|i would like to|i['’]d like to)[ ,]+)*`
	kindPT  = `(?:[ ,]+(?:por favor|pf|pfv|obrigad[oa]))?`
	kindES  = `(?:[ ,]+(?:por favor|gracias))?`
	kindEN  = `(?:[ ,]+(?:please|pls|plz|thanks|thank you))?`
)

// DefaultOptOutPatterns are the whole messages by which a customer refuses to
// be written to, in Portuguese, Spanish and English: the agreed keywords "stop",
// "parar", "baja" and "unsubscribe", the button that Meta puts below promotions,
// and sentences that name the messages. They are explicit on purpose. A word that
// also ends a menu or a contract ("sair", "cancelar", "darme de baja") is not
// among them, nor one that is said in anger ("pare", "stop it").
func DefaultOptOutPatterns() []string {
	return []string{
		`(?:please )?(?:stop(?: ?all)?|unsubscribe(?: me)?|opt[ -]?(?:me )?out)` + kindEN,
		askedEN + `stop (?:(?:sending|texting|messaging|spamming)(?: me)?(?: ` + mailEN + `)?|` + mailEN + `)(?: (?:to )?me)?` + kindEN,
		askedEN + `(?:do ?n['’]?o?t) (?:message|text|contact|send) me(?: (?:again|any ?more|` + mailEN + `))*` + kindEN,
		askedEN + `(?:unsubscribe(?: me)?|opt out|remove me|take me off)(?: (?:from|of))? (?:` + mailEN + `|(?:the|your|this) (?:mailing )?list)` + kindEN,
		`no more ` + mailEN + kindEN + `|i (?:do ?n['’]?o?t want|no longer want)(?: to (?:get|receive))? ` + mailEN + `(?: any ?more)?` + kindEN,

		askedPT + `(?:parar|(?:me )?descadastr(?:ar|a|e)(?:-me| me)?)` + kindPT,
		askedPT + `(?:parar|cancelar|bloquear)(?: (?:de )?receber)? ` + mailPT + kindPT,
		askedPT + `(?:parar de|parem? de|para de) (?:me )?(?:mandar|enviar|receber)(?:-me| me)? ` + mailPT + kindPT,
		askedPT + `nao (?:quero|desejo|gostaria de)(?: mais)? receber ` + mailPT + `(?: de voces| da empresa)?` + kindPT,
		askedPT + `nao (?:me )?(?:mande|mandem|envie|enviem)(?: mais| me)* ` + mailPT + kindPT,
		askedPT + `(?:me )?(?:remov(?:er?|am?)|retir(?:ar|em?)|tir(?:ar|em?|a)|exclu(?:ir|am?|i))(?:-me| me)?(?: (?:o )?(?:meu|esse|este) (?:numero|contato|telefone))? (?:d[ae] (?:sua |vossa )?lista)(?: de ` + mailPT + `)?` + kindPT,

		`(?:por favor )?baja` + kindES + `|` + askedES + `(?:dar(?:me)?|deme|denme|dame) de baja (?:de|en) (?:(?:la|su) lista(?: de ` + mailES + `)?|` + mailES + `)` + kindES,
		askedES + `(?:detener|parar|cancelar)(?: (?:de )?recibir)? ` + mailES + kindES,
		askedES + `no (?:(?:quiero|deseo)(?: mas)? recibir|me (?:envien?|manden?|escriban)(?: mas)?) ` + mailES + kindES,
		askedES + `(?:deja|deje|dejen) de (?:(?:enviar|mandar)(?:me)? ` + mailES + `|escribirme)` + kindES,
		askedES + `no me (?:escriban?|contacten?) mas` + kindES,
	}
}
