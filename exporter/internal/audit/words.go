package audit

// The built-in lists, in Portuguese, Spanish and English: phrases between commas
// and line ends, written without accents. They are found as whole words, so that
// "disputa" and "Scunthorpe" are nobody's offence. Words that have a harmless
// meaning in one of the three languages are left out: a rude message missed is
// one of many, a decent one accused is trouble between people.

const forbidden = `
	idiota, idiotas, imbecil, imbecis, imbeciles, otario, otaria, otarios, babaca, babacas, cretino, cretina, energumeno, retardado, retardada
	merda, merdas, porra, caralho, puta, putas, puto, fdp, filho da puta, filha da puta, vsf, vtnc, pqp, tnc, vai se foder, se foda, foda se, foda-se
	vai tomar no cu, tomar no cu, vai a merda, arrombado, arrombada, desgracado, desgracada, vagabundo, vagabunda, corno, cuzao, cuzona, bosta, escroto, escrota
	cala a boca, cale a boca, calem a boca, se vira ai, te vira, isso e problema seu, e problema seu, o problema e seu, nao e problema meu, nao enche, nao me enche, ta de sacanagem
	nao estou nem ai, to nem ai, foda-se o cliente

	estupido, estupida, estupidos, pendejo, pendeja, pendejos, mierda, cabron, cabrona, cabrones, gilipollas, hijo de puta, hija de puta, hdp, hijueputa
	chinga tu madre, chingada, chingado, culero, culera, pelotudo, pelotuda, malparido, malparida, maricon, mongolico, vete a la mierda
	callate, callese, callate la boca, no es mi problema, es tu problema, es su problema, me vale, me importa un carajo, carajo

	idiot, idiots, moron, morons, stupid, shit, bullshit, fuck, fucking, fucked, fucker, fuck off, motherfucker, asshole, assholes, bitch, bitches, bastard
	cunt, dickhead, wanker, retard, retarded, dumbass, screw you, shut up, shut the hell up, piss off, go to hell, not my problem, that s your problem
	i don t give a, stfu, wtf`

const greetings = `
	oi, oie, oii, ola, opa, bom dia, boa tarde, boa noite, bons dias, boas tardes, boas noites, bem vindo, bem vinda, bem vindos, seja bem vindo, seja bem vinda
	prezado, prezada, prezados, caro cliente, cara cliente, tudo bem, tudo bom, saudacoes, prazer em, e ai, eai, alo, oieee, bdia

	hola, buenos dias, buen dia, buenas, buenas tardes, buenas noches, bienvenido, bienvenida, bienvenidos, bienvenid@, estimado, estimada, estimados
	que tal, mucho gusto, encantado, encantada, un gusto saludarte, un gusto saludarle, un gusto, saludos, reciba un cordial saludo, le saluda, te saluda

	hi, hello, hey, hiya, howdy, good morning, good afternoon, good evening, good day, greetings, welcome to, welcome back, dear, hi there, nice to meet you
	👋, 🙋, 🙋‍♀️`

const closings = `
	mais alguma coisa, mais alguma duvida, alguma outra duvida, algo mais, em que mais, posso ajudar em mais, a disposicao, ao seu dispor, ate mais, ate logo
	ate breve, ate a proxima, ate amanha, otimo dia, otima tarde, otima noite, otima semana, otimo fim de semana, excelente dia, excelente tarde, excelente noite
	excelente semana, tenha um bom, tenha uma boa, tenham um bom, tenham uma boa, bom fim de semana, bom final de semana, boa semana, bom descanso
	agradecemos o contato, agradecemos o seu contato, agradecemos seu contato, agradeco o contato, agradeco seu contato, agradecemos a preferencia
	obrigado pelo contato, obrigada pelo contato, obrigado por entrar em contato, obrigada por entrar em contato, obrigado pela preferencia
	obrigada pela preferencia, foi um prazer, conte com a gente, conte conosco, conte comigo, qualquer duvida, qualquer coisa, precisando, se precisar
	caso precise, atenciosamente, por nada, de nada, disponha, imagina, nos que agradecemos, eu que agradeco, abraco, abracos, encerrar o atendimento
	encerrando o atendimento, encerro o atendimento, finalizar o atendimento, finalizando o atendimento, atendimento encerrado, atendimento finalizado

	que tenga un, que tenga una, que tenga buen, que tenga excelente, que tengas un, que tengas una, que tengas buen, feliz dia, feliz tarde, feliz noche
	excelente dia, lindo dia, linda tarde, buen fin de semana, buena semana, hasta luego, hasta pronto, hasta la proxima, hasta manana, nos vemos
	a su disposicion, a tu disposicion, a la orden, a sus ordenes, a tus ordenes, quedo atento, quedo atenta, quedamos atentos, quedo pendiente, algo mas
	alguna otra duda, alguna otra consulta, en que mas, gracias por contactar, gracias por contactarnos, gracias por comunicarse, gracias por comunicarte
	gracias por escribir, gracias por escribirnos, gracias por su, gracias por tu, gracias por preferir, gracias por elegir, ha sido un placer, fue un placer
	fue un gusto, con mucho gusto, con gusto, para servirle, para servirte, cualquier duda, cualquier consulta, cualquier cosa, no hay de que
	saludos cordiales, un saludo, un abrazo, atentamente, a usted, a ti, aqui estamos, que este bien, que estes bien, cuidate, cuidese

	anything else, have a good, have a great, have a nice, have a lovely, have a wonderful, have an amazing, have an awesome, have a pleasant, enjoy your day
	enjoy the rest, glad to help, glad i could help, glad we could, happy to help, happy to assist, thanks for contacting, thank you for contacting
	thanks for reaching, thank you for reaching, thanks for choosing, thank you for choosing, thanks for getting in touch, thank you for getting in touch
	thank you for your patience, thank you for your time, thanks for your patience, feel free, let us know if, let me know if, just let us know
	just let me know, don t hesitate, do not hesitate, take care, goodbye, good bye, bye, bye bye, see you, you re welcome, you are welcome, youre welcome
	my pleasure, our pleasure, anytime, any time, best regards, kind regards, warm regards, at your service, any other questions, any further questions
	any more questions, further assistance`

// marks are the words that the rules on personal data and questions look for.
// Where a word asks in one language and says something else in another, it is
// left out.
var marks = map[string]action{
	`informe, informa, informar, informem, envie, envia, enviar, enviem, mande, manda, mandar, passe, passa, passar, diga, digam, dizer, fala, fale, falar
	qual, quais, confirme, confirma, confirmar, forneca, fornecer, preciso, precisamos, compartilhe, compartilhar, escreva, solicito, solicitamos
	indique, indica, indicar, indicame, indiqueme, indiquenos, enviame, envieme, envienos, mandame, mandeme, pase, pasa, pasame, paseme, digame, diganos, dime
	cual, cuales, confirmame, confirmeme, facilite, facilita, facilitar, faciliteme, facilitame, proporcione, proporciona, proporcionar, proporcioneme
	necesito, necesitamos, comparta, comparte, compartir, comparteme, compartame, deme, dame, denos, brindeme, brindame, brindar, regaleme, escriba
	send, tell, give, provide, share, confirm, what is, what s, whats, need, state`: {mark: asks},

	`nao, nunca, jamais, sem, ninguem, nenhum, nenhuma, evite, cuidado
	sin, nadie, ningun, ninguna, evita, no compartas, no comparta, no envie, no envies, no diga, no digas, no des, no de, no indique, no nos, no le, no te
	no pedimos, no solicitamos, no necesitamos, no necesito, no es necesario, no hace falta, no debe, no debes, no escriba, no facilite, no me, no se, le envie, te envie, les envie, ya envie, he enviado, se envia
	not, never, don t, dont, do not, no one, nobody, without, avoid, won t, doesn t, isn t`: {mark: denies},

	`redefinir, redefina, resetar, resete, trocar, troque, alterar, altere, alteracao, mudar, mude, recuperar, recupere, recuperacao, redefinicao, atualizar, atualize
	esqueceu, esqueci, esquecer, criar, crie, cadastrar, cadastre, bloquear, bloqueou, desbloquear, gerar, gere, reset, link, email, e mail, enlace, enlaces, correo, sobre, about
	cambiar, cambie, cambio, restablecer, restablezca, modificar, modifique, actualizar, actualice, olvido, olvidaste, olvide, crear, cree, generar, genere
	restaurar, retrieve, retrieving, recovering, restore, restoring, change, recover, recovery, update, forgot, forgotten, create, set, setup, choose, resetting, changing, expired, expirou, vencio`: {mark: changes},

	`no site, no nosso site, no app, no aplicativo, pelo app, pelo aplicativo, pelo site, no portal, na pagina, na tela, no caixa eletronico, na maquininha
	na loja, na agencia, no link
	en la web, en el sitio, en nuestro sitio, en la pagina, en la app, en la aplicacion, en el portal, en la pantalla, en el cajero, en el enlace, en la tienda
	on the website, on our website, on the site, in the app, on the app, on the page, on the screen, at the atm, in store, on the portal`: {mark: elsewhere},

	`senha, senhas, contrasena, contrasenas, su clave, tu clave, clave de acceso, clave secreta, clave de seguridad, clave personal, password, passwords
	passcode, your pin, pin code, pin number, codigo de verificacao, codigo de verificacion, verification code, one time code, one time password, otp
	login code, codigo sms, codigo que chegou, codigo que voce recebeu, codigo que recebeu, codigo que enviamos, codigo que le llego, codigo que te llego
	codigo que recibio, codigo que recibiste, code you received, code we sent`: {mark: secret},

	`numero do cartao, numero do seu cartao, numero de seu cartao, numero completo do cartao, numero de cartao, dados do cartao, dados do seu cartao
	foto do cartao, foto do seu cartao, cvv, cvv2, cvc, codigo de seguranca, codigo de seguranca do cartao
	numero de tarjeta, numero de la tarjeta, numero de su tarjeta, numero de tu tarjeta, datos de la tarjeta, datos de su tarjeta, datos de tu tarjeta
	foto de la tarjeta, foto de su tarjeta, codigo de seguridad
	card number, card numbers, card details, card information, credit card number, debit card number, security code, photo of your card, picture of your card
	photo of the card`: {mark: card},

	`e, eh, is, es, sera, fica, ficou, ser, esta`: {mark: links},

	`temporaria, provisoria, nova, inicial, atual, padrao, de, do, da, acesso, wifi, wi, fi, login, sua, seu, a, o, minha, temporal, provisional, nueva
	predeterminada, acceso, su, tu, la, el, y, and, your, the, temporary, provisional, new, initial, default, current, for, para, este, esta, aqui, here
	abaixo, tambem, tambien, also, completo, completos, full`: {mark: fills},

	`por favor, pf, pfv, favor, please, pls, plz`: {mark: pleases},

	`quando chega, quando vai, quando vao, quando sera, quando e, quando fica, quando posso, onde esta, onde fica, onde ta, onde posso, onde encontro, onde vejo
	qual, quais, quanto custa, quanto e, quanto fica, quanto ta, quanto esta, quanto sai, quanto vai, quanto tempo, quantos dias, quem e, quem pode, com quem
	por que, pq, cade, tem como, da para, da pra, posso, pode me, podem me, podem verificar, podem ajudar, poderia, poderiam, consegue, conseguem, voces tem
	vcs tem, voces fazem, vcs fazem, alguma novidade, alguma previsao, algum retorno, como faco, como posso, como funciona, como consigo, como fica
	como pago, como faz, o que aconteceu, o que houve, o que faco, o que eu faco, o que devo, gostaria de saber, queria saber, quero saber, alguem ai
	tem previsao, ainda vai, ja saiu, ja chegou
	cuando llega, cuando va, cuando sera, cuando me, cuando es, cuando puedo, donde esta, donde puedo, donde queda, donde veo, cual, cuales, cuanto cuesta
	cuanto es, cuanto sale, cuanto tarda, cuanto tiempo, cuanto vale, cuanto demora, cuantos dias, quien es, quien puede, puedo, pueden ayudarme
	puede ayudarme, me pueden, me puede, podrian, podria, hay alguna, hay algun, hacen envios, sabe si, saben si, como hago, como puedo, como va, que paso
	que hago, alguna novedad, quisiera saber, quiero saber, me gustaria saber, hay alguien, tienen
	what is, what s, what are, what do, what does, what time, what about, what happened, what can, what should, what if, when will, when is, when do, when does
	when can, when are, where is, where s, where are, where can, where do, why is, why do, why does, why did, why was, why are, why am, why can t, who is, who can
	which one, how do, how can, how long, how much, how many, how is, how about, how does, how will, how to, can i, can you, could you, could i, is there
	are there, do you, does it, did you, will it, would you, have you, any update, any updates, any news, i would like to know, i d like to know, anyone there`: {mark: wonders},

	greetings: {mark: opens},
	`e, mas, entao, ok, okay, certo, entendi, gente, pessoal, amigo, amiga, moco, moca, senhor, senhora, desculpa, desculpe, por favor, obrigado, obrigada
	y, pero, entonces, bueno, vale, amigos, disculpe, disculpa, perdon, gracias, me, senor, senora
	and, but, so, well, sorry, excuse me, thanks, thank you, please, also, there, everyone, team, sir, madam, guys`: {mark: opens},
}
