package audit

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
)

// everything on, with a shop's domain.
func strict() Settings {
	s := Default()
	for i := range s.Severities {
		s.Severities[i] = Warning
	}
	s.Domains = []string{"loja.example", "shop.example.com"}
	return s
}

func must(t testing.TB, s Settings) *Auditor {
	t.Helper()
	a, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// tell names the rules of one message that it breaks, and the traits in words.
func tell(t Traits) string {
	var out []string
	for r := Rule(0); r < allRules; r++ {
		if t.broken(t.sum()).Has(r) {
			if r < FirstCustom {
				out = append(out, r.String())
			} else {
				out = append(out, fmt.Sprintf("custom%d", r-FirstCustom))
			}
		}
	}
	return strings.Join(out, " ")
}

const allRules = Rule(MaxRules)

func TestMessageRules(t *testing.T) {
	a := must(t, strict())
	for _, c := range []struct{ text, want string }{
		// words
		{"Não seja idiota, leia o contrato", "forbidden_words"},
		{"Isso é problema seu!", "forbidden_words"},
		{"CALA A BOCA", "forbidden_words"},
		{"que merda de sistema", "forbidden_words"},
		{"No sea estúpido, lea el contrato", "forbidden_words"},
		{"¡Cállese!", "forbidden_words"},
		{"This is not my problem.", "forbidden_words"},
		{"What the fuck do you want", "forbidden_words"},
		{"Vou verificar a disputa e a reputação do computador", ""},
		{"He lives in Scunthorpe, Essex; the assessment was passed", ""},
		{"El disputado partido fue en Deputado", ""},
		{"Seu problema foi resolvido", ""},
		{"Não tem problema, seu pedido saiu", ""},
		{"Pinche aquí y se abre; se vira a página", ""},
		{"coño de tráfico", ""}, // a cone, once the accents are off

		// shouting
		{"EU JÁ FALEI QUE O PRAZO É ESSE", "shouting"},
		{"LEA EL CONTRATO ANTES POR FAVOR", "shouting"},
		{"PLEASE READ THE TERMS BEFORE ASKING", "shouting"},
		{"ATENÇÃO: seu pedido saiu para entrega", ""},
		{"CPF, RG e CNH por favor", ""},
		{"NF 123, OS 456, SKU ABC123-XYZ", ""},
		{"Código BR123456789BR, PAC ou SEDEX?", ""},
		{"OK", ""},
		{"Leia REGRAS GERAIS BASICAS no contrato que foi enviado no dia da compra da sua televisão", ""},
		{"ВАШ ЗАКАЗ УЖЕ ОТПРАВЛЕН СЕГОДНЯ", "shouting"},

		// cards
		{"Anotei: 4111 1111 1111 1111", "card_number"},
		{"Me informe o número do cartão, por favor", "card_number"},
		{"Pode me passar o CVV?", "card_number"},
		{"Qual é o código de segurança?", "card_number"},
		{"Envíe una foto de la tarjeta", "card_number"},
		{"¿Cuál es el número de su tarjeta?", "card_number"},
		{"Please send me your card number", "card_number"},
		{"CVV?", "card_number"},
		{"Nunca pedimos o número do cartão", ""},
		{"Não envie foto do cartão aqui", ""},
		{"Informe o número do cartão no site", ""},
		{"Confirme os 4 últimos dígitos do cartão", ""},
		{"Never share your card number with anyone", ""},
		{"We will never ask you to send your security code", ""},
		{"No comparta el número de su tarjeta", ""},
		{"O CVV fica atrás do cartão", ""},
		{"Rastreio 4111111111111112", ""},
		{"IMEI 490154203237518", ""},

		// passwords
		{"Me informe sua senha", "password"},
		{"Preciso da sua senha de acesso", "password"},
		{"Qual a sua senha?", "password"},
		{"Sua senha, por favor", "password"},
		{"Me passa o código que chegou por SMS", "password"},
		{"Sua senha temporária é: abc12345", "password"},
		{"senha: Loja2024!", "password"},
		{"Necesito su contraseña para entrar", "password"},
		{"¿Me indica la contraseña?", "password"},
		{"La nueva contraseña es abcd1234", "password"},
		{"Can you tell me your password?", "password"},
		{"your password is hunter22", "password"},
		{"Please send the verification code you got", "password"},
		{"Nunca compartilhe sua senha", ""},
		{"Não precisa informar a senha", ""},
		{"Para redefinir sua senha, clique no link", ""},
		{"Preciso que você altere a sua senha", ""},
		{"Esqueceu a senha?", ""},
		{"Informe a senha no aplicativo", ""},
		{"A senha tem 8 dígitos", ""},
		{"A senha é enviada por e-mail", ""},
		{"Sua senha expira em 2027", ""},
		{"We never ask for your password", ""},
		{"Did you forget your password?", ""},
		{"You need to reset your password", ""},
		{"No comparta su contraseña con nadie", ""},
		{"Olvidó su contraseña?", ""},
		{"Para cambiar la contraseña entre en la web", ""},
		{"Le envié un enlace nuevo para la contraseña, vale por una hora.", ""},

		// numbers
		{"CPF 529.982.247-25, certo?", "cpf"},
		{"cpf: 52998224725", "cpf"},
		{"Ligue 52998224725", ""}, // may be a phone number
		{"Qual o seu CPF?", ""},   // asking for it is what helpdesks do
		{"CPF 529.982.247-26", ""},
		{"Nosso CNPJ é 11.222.333/0001-81", "cnpj"},
		{"IBAN ES91 2100 0418 4502 0005 1332", "iban"},
		{"Pedido 12345678901, NF 11222333000182", ""},

		// links
		{"veja https://evil.example.net/x", "foreign_link"},
		{"https://loja.example@evil.example.net/", "foreign_link"},
		{"www.concorrente.com.br tem", "foreign_link"},
		{"bit.ly/abc", "foreign_link"},
		{"acesse concorrente.com", "foreign_link"},
		{"em concorrente.com, por exemplo", "foreign_link"},
		{"HTTPS://Notloja.Example", "foreign_link"},
		{"(https://loja.example.evil.net)", "foreign_link"},
		{"entre em concorrente.com.br e veja", "foreign_link"},
		{"https://loja.example/p/1 e https://www.loja.example.", ""},
		{"https://a.shop.example.com:443/x?y=http://evil.net", ""},
		{"escreva para vendas@concorrente.com", ""},
		{"segue o boleto.pdf e a foto.jpg", ""},
		{"Resolvido.com certeza foi o cabo", ""},
		{"feito.me avisa depois", ""},
		{"ok.es eso", ""},
		{"custa R$ 1.234,56, i.e. 10.5 por mês", ""},
		{"versão 2.10.1 do app", ""},
		{"http://", ""},

		{"", ""}, {" ", ""}, {"👍", ""}, {"\u200b", ""}, {"ok", ""},
	} {
		if got := tell(a.Human(Message{Text: c.text})); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestTraits(t *testing.T) {
	a := must(t, strict())
	for _, c := range []struct {
		text, name string
		want       Traits
	}{
		{"Olá! Sou da equipe de suporte", "", Greets},
		{"Bom dia, João", "João Silva", Greets | NameKnown | NameUsed},
		{"Hola, ¿en qué puedo ayudar?", "", Greets},
		{"Good morning! 👋", "", Greets},
		{"👋", "", Greets},
		{"Prezada Maria, segue o boleto", "MARIA DE SOUZA 🌷", Greets | NameKnown | NameUsed},
		{"Seu pedido saiu. Um motorista vai ligar antes e dizer oi", "", 0}, // too late to greet
		{"Fico à disposição, tenha um ótimo dia!", "", Closes},
		{"Posso ajudar em algo mais?", "", Closes},
		{"¿Algo más en lo que pueda ayudarle?", "", Closes},
		{"Que tengas un lindo día", "", Closes},
		{"Is there anything else I can help you with?", "", Closes},
		{"You're welcome!", "", Closes},
		{"You’re welcome, take care", "", Closes},
		{"Vou verificar", "Ana", NameKnown},
		{"Ana, vou verificar", "Ana", NameKnown | NameUsed},
		{"Anápolis é longe", "Ana", NameKnown},
		{"a loja da esquina", "Loja da Ana", NameKnown},
		{"Dra. Silva, tudo certo", "Dra Silva", NameKnown | NameUsed},
		{"ok", "+55 11 90000-0001", 0},
		{"ok", "🌸✨", 0},
		{"ok", "Dr", 0},
		{"JOSÉ, confirmo", "jose", NameKnown | NameUsed},
	} {
		got := a.Human(Message{Text: c.text, ContactName: c.name}) & (Greets | Closes | NameKnown | NameUsed)
		if got != c.want {
			t.Errorf("%q to %q: %b, want %b", c.text, c.name, got, c.want)
		}
	}
}

func TestQuestions(t *testing.T) {
	a := must(t, Default())
	for text, want := range map[string]bool{
		"Quando chega meu pedido?": true, "quando chega meu pedido": true, "Oi bom dia, quanto custa o frete": true, "oi?": true, "?": true,
		"¿Cuándo llega": true, "hola, cuanto cuesta el envio": true, "how much is it": true, "hi there. can you help me": true, "any update": true, "mas e aí gente, por que não chegou": true,
		"tudo bem?quero um orçamento": true, "alguma novidade sobre o pedido": true, "Quero cancelar？": true, "ok obrigada. qual o prazo": true,
		"não posso esperar": false, "no puedo entrar": false, "what you told me did not work": false, "sei que posso confiar": false, "esto es lo que tienen": false,
		"https://x.example/?a=b": false, "https://x.example/p?a=b ok": false, "quero cancelar": false, "obrigado": false, "": false,
		"quando recebi o produto estava quebrado": false, "como combinado segue o comprovante": false, "when I opened the box it was broken": false,
		"👍": false, "el pedido llego roto": false, "not working": false,
	} {
		if got := a.Customer(Message{Text: text})&Question != 0; got != want {
			t.Errorf("%q: a question is %v", text, got)
		}
	}
}

func TestLanguage(t *testing.T) {
	a := must(t, Default())
	const long = "isto aqui tem letras que chegam"
	for _, c := range []struct {
		text, language string
		want           uint8
	}{{long, "pt", 1}, {long, "pt-BR", 1}, {long, "es", 2}, {long, "en_US", 3}, {long, "fr", 0}, {long, "", 0}, {long, "p", 0}, {long, "ptx", 0}, {"ok", "pt", 0}, {"👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍", "pt", 0}} {
		if got := a.Human(Message{Text: c.text, Language: c.language}).language(); got != c.want {
			t.Errorf("%q said to be %q: %d", c.text, c.language, got)
		}
		if got := a.Customer(Message{Text: c.text, Language: c.language}).language(); got != c.want {
			t.Errorf("customer's %q said to be %q: %d", c.text, c.language, got)
		}
	}
}

func TestLongReply(t *testing.T) {
	s := Default()
	s.MaxLength = 10
	a := must(t, s)
	for text, want := range map[string]bool{"ãããããããããã": false, "ãããããããããão": true, strings.Repeat("a ", MaxText): true} {
		if got := a.Human(Message{Text: text})&hasLongReply != 0; got != want {
			t.Errorf("%d characters: %v", len([]rune(text)), got)
		}
	}
}

func TestOff(t *testing.T) {
	s := strict()
	s.Severities = [BuiltinRules]Severity{}
	a := must(t, s)
	text := "CALA A BOCA IDIOTA, me informe sua senha e 4111111111111111 CPF 529.982.247-25 https://evil.net " + strings.Repeat("x", 700)
	if got := tell(a.Human(Message{Text: text})); got != "" {
		t.Errorf("all rules are off, found %s", got)
	}
	s.Domains = nil
	s.Severities[ForeignLink] = Critical
	if got := tell(must(t, s).Human(Message{Text: text})); got != "" {
		t.Errorf("no domains, found %s", got)
	}
}

func TestOwnWords(t *testing.T) {
	s := strict()
	s.Forbidden = []string{"golpe*", "prezado consumi*", "Não É Comigo"}
	s.Allowed = []string{"Merda", "Foda-se!", "foda se"}
	s.Greetings = []string{"axé"}
	s.Closings = []string{"fé em deus"}
	s.Custom = []CustomRule{
		{Name: "promises", Severity: Critical, Words: []string{"garanto", "100% garantido"}, Patterns: []string{`amanh[ãa] sem falta`}},
		{Name: "silent", Words: []string{"garanto"}, Patterns: []string{"xyz"}},
		{Name: "slang", Severity: Info, Patterns: []string{`\bmano\b`, "sem falta"}},
	}
	s.Scripts = []Script{
		{RequestType: "refund", Steps: []Step{{Name: "order", Words: []string{"número do pedido", "order number"}}, {Name: "deadline", Patterns: []string{`\b\d+ dias uteis\b`}}}},
		{RequestType: "sales", Steps: []Step{{Name: "order", Words: []string{"pedido"}}}},
	}
	a := must(t, s)
	for text, want := range map[string]string{
		"isso é golpe": "forbidden_words", "GOLPES!": "forbidden_words", "Prezado consumidor": "forbidden_words", "não é comigo": "forbidden_words",
		"gol": "", "prezado": "", "que merda, foda-se": "", "que bosta": "forbidden_words",
		"Garanto!": "custom0", "isso é 100% garantido": "custom0", "chega AMANHÃ sem falta, mano": "custom0 custom2", "xyz": "", "manomano": "",
	} {
		if got := tell(a.Human(Message{Text: text})); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if a.Human(Message{Text: "Axé, fé em Deus"})&(Greets|Closes) != Greets|Closes {
		t.Error("own greetings and closings are not found")
	}
	for text, want := range map[string]Steps{"Qual o número do pedido?": 0b101, "em 5 dias úteis": 0b010, "order number": 0b001, "nada": 0} {
		if got := a.Human(Message{Text: text}); got.steps() != want || (want != 0) != (got.sum() == a.sum && got.sum() != 0) {
			t.Errorf("%q: steps %b, sum %d", text, got.steps(), got.sum())
		}
	}
	s.BuiltinWords = false
	a = must(t, s)
	if got := a.Human(Message{Text: "bosta, oi, tenha um bom dia"}); tell(got) != "" || got&(Greets|Closes) != 0 {
		t.Errorf("without the built-in words: %b", got)
	}
	if got := tell(a.Human(Message{Text: "golpe; me informe sua senha"})); got != "forbidden_words password" {
		t.Errorf("without the built-in words: %s", got)
	}
}

func TestNewErrors(t *testing.T) {
	many := func(n int, s string) []string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprintf("%s%d", s, i))
		}
		return out
	}
	step := Step{Name: "a", Words: []string{"a"}}
	for _, c := range []struct {
		change func(s *Settings)
		want   string
	}{
		{func(s *Settings) { s.MaxLength = 0 }, "max_length: 0 is out of bounds: write a number from 1 to 100000"},
		{func(s *Settings) { s.MaxInRow = 1 }, "max_in_row: 1 is out of bounds: write a number from 2 to 100"},
		{func(s *Settings) { s.Domains = []string{"a.example", "https://a.example/x"} }, "domains[1]: \"https://a.example/x\" is no host: write for example example.com, which stands for shop.example.com too"},
		{func(s *Settings) { s.Domains = []string{"localhost"} }, "domains[0]: \"localhost\" is no host: write for example example.com, which stands for shop.example.com too"},
		{func(s *Settings) { s.Domains = many(501, "a.b") }, "domains: has 501 items: at most 500"},
		{func(s *Settings) { s.Forbidden = []string{"ok", "?!"} }, "forbidden_words[1]: has no letters: write a word or a phrase"},
		{func(s *Settings) { s.Greetings = []string{strings.Repeat("a ", 13)} }, "greetings[0]: has 13 words: at most 12"},
		{func(s *Settings) { s.Closings = []string{strings.Repeat("a", 201)} }, "closings[0]: is 201 bytes long: at most 200"},
		{func(s *Settings) { s.Allowed = []string{"merda", "bom dia"} }, "allowed_words[1]: \"bom dia\" is not on the built-in list: remove it"},
		{func(s *Settings) { s.Forbidden = []string{"ab*"} }, "forbidden_words[0]: has too little or too much before the *: write 3 letters or more"},
		{func(s *Settings) { s.Forbidden = []string{"abc* def"} }, "forbidden_words[0]: has a * before its end: put one behind the last word only, or write a pattern"},
		{func(s *Settings) { s.Forbidden = many(5001, "w") }, "forbidden_words[5000]: there are more than 5000 words and phrases in all lists of audits together: shorten them"},
		{func(s *Settings) { s.Custom = []CustomRule{{Name: "shouting", Severity: Info, Words: []string{"a"}}} }, "custom[0].name: there is a built-in rule shouting: choose another name"},
		{func(s *Settings) {
			s.Custom = []CustomRule{{Name: "a", Severity: Info, Words: []string{"a"}}, {Name: "a", Severity: Info, Words: []string{"a"}}}
		}, "custom[1].name: there is a rule a already: keep one"},
		{func(s *Settings) { s.Custom = []CustomRule{{Name: "a", Severity: Info}} }, "custom[0]: finds nothing: add words or patterns"},
		{func(s *Settings) { s.Custom = make([]CustomRule, 17) }, "custom: has 17 items: at most 16"},
		{func(s *Settings) { s.Custom = []CustomRule{{Name: "a", Severity: Info, Patterns: []string{"a", "("}}} }, "custom[0].patterns[1]: is not RE2: missing closing ): \"(\""},
		{func(s *Settings) {
			s.Custom = []CustomRule{{Name: "a", Severity: Info, Patterns: many(150, "a")}, {Name: "b", Severity: Info, Patterns: many(150, "a")}}
		}, "custom: 300 patterns are too many: at most 200, join some with |"},
		{func(s *Settings) {
			s.Custom = []CustomRule{{Name: "a", Severity: Info, Patterns: []string{"x{500}y{500}", "[ab]{999}"}}, {Name: "b", Severity: Info, Patterns: []string{"(?:abcdefghi){900}"}}}
		}, "custom[1].patterns[0]: the patterns up to this one are too large together"},
		{func(s *Settings) { s.Scripts = []Script{{RequestType: "a"}} }, "scripts[0]: has no steps: add some"},
		{func(s *Settings) { s.Scripts = []Script{{"a", []Step{step}}, {"a", []Step{step}}} }, "scripts[1].request_type: there is a script for a already: join the two"},
		{func(s *Settings) { s.Scripts = []Script{{"a", []Step{step, step}}} }, "scripts[0].steps[1].name: there is a step a already: keep one"},
		{func(s *Settings) { s.Scripts = []Script{{"a", []Step{{Name: "x"}}}} }, "scripts[0].steps[0]: is never said: add words or patterns"},
		{func(s *Settings) {
			var steps []Step
			for i := range 21 {
				steps = append(steps, Step{fmt.Sprint(i), []string{"a"}, nil})
			}
			s.Scripts = []Script{{"a", steps}}
		}, "scripts[0].steps[20]: there are more than 20 steps in all scripts together: remove some"},
	} {
		s := Default()
		c.change(&s)
		err := Check(s)
		var se *SettingError
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || !errors.As(err, &se) || se.Path == "" {
			t.Errorf("%v\nwant %s", err, c.want)
		}
	}
	s := Default()
	s.MaxLength, s.MaxInRow = -1, 1000
	if err := Check(s); err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("two mistakes: %v", err)
	}
}

// Whatever is sent is looked at without delay.
func TestLongMessages(t *testing.T) {
	a := must(t, strict())
	for name, unit := range map[string]string{
		"ask": "me informe sua senha ", "secrets": "senha ", "nouns": "cvv cvc ", "links": "a.com/b ", "digits": "4111 ", "question": "?a=", "signs": "👋", "dots": ". ",
		"base64": "aGVsbG8gd29ybGQ", "marks": "\u0301", "zero": "\u200b", "controls": "\x00\x01", "invalid": "\xff", "capitals": "AAAA ", "deny": "nao ", "one": "senha. ",
	} {
		text := strings.Repeat(unit, 64<<10/len(unit))
		start := time.Now()
		a.Human(Message{Text: text, ContactName: text[:200]})
		a.Customer(Message{Text: text})
		if took := time.Since(start); took > 500*time.Millisecond {
			t.Errorf("%s: %v", name, took)
		}
	}
}

// The folded text that the caller has at hand changes nothing.
func TestFoldedIsTheSame(t *testing.T) {
	a := must(t, strict())
	for _, text2 := range []string{"Olá Ana! Me informe sua SENHA, por favor?", "cafe\u0301", "¿Qué?"} {
		m := Message{Text: text2, ContactName: "Ana", Language: "pt"}
		f := m
		f.Folded = text.Fold(text2)
		if a.Human(m) != a.Human(f) || a.Customer(m) != a.Customer(f) {
			t.Errorf("%q", text2)
		}
	}
}

func FuzzMessage(f *testing.F) {
	s := strict()
	s.Custom = []CustomRule{{Name: "a", Severity: Info, Words: []string{"garant*"}, Patterns: []string{`sem falta`}}}
	s.Scripts = []Script{{"refund", []Step{{"order", []string{"numero do pedido"}, nil}}}}
	a := must(f, s)
	for _, s := range []string{"Olá Ana, me informe sua senha: abc123 www.evil.net 4111 1111 1111 1111", "¿Cuál es el número?", "CALA A BOCA AGORA MESMO", "senha", "é", "a.com", "//", "http://@", "🙋‍♀️", "\xff?"} {
		f.Add(s, "Ana", "pt")
	}
	f.Fuzz(func(t *testing.T, text, name, language string) {
		h := a.Human(Message{Text: text, ContactName: name, Language: language})
		c := a.Customer(Message{Text: text, Language: language})
		if (text == "") != (h == 0) || (text == "") != (c == 0) {
			t.Fatalf("%x %x", h, c)
		}
		if c&^(Audited|Question|languageMask<<languageShift) != 0 {
			t.Fatalf("a customer's message has %x", c)
		}
		if h&Question != 0 || h.language() != c.language() || h&NameUsed != 0 && h&NameKnown == 0 {
			t.Fatalf("%x %x", h, c)
		}
		if again := a.Human(Message{Text: text, ContactName: name, Language: language}); again != h {
			t.Fatalf("%x, then %x", h, again)
		}
	})
}

var hundred = "Olá Ana! Seu pedido 100200 saiu hoje e chega em até 5 dias úteis. Posso ajudar em algo mais? :)"

func BenchmarkHuman(b *testing.B) {
	s := strict()
	for i := range 8 {
		s.Custom = append(s.Custom, CustomRule{Name: fmt.Sprint("r", i), Severity: Info, Words: []string{fmt.Sprint("palavra", i), "garant*"}, Patterns: []string{fmt.Sprintf(`\bsem (?:falta|erro) %d\b`, i)}})
		s.Scripts = append(s.Scripts, Script{fmt.Sprint("t", i), []Step{{"order", []string{"numero do pedido", "dias uteis"}, []string{`pedido \d{6}`}}}})
	}
	a := must(b, s)
	b.ReportAllocs()
	b.ReportMetric(float64(len(hundred)), "bytes")
	for b.Loop() {
		a.Human(Message{Text: hundred, ContactName: "Ana Souza", Language: "pt"})
	}
}

func BenchmarkHumanDefault(b *testing.B) {
	a := must(b, Default())
	folded := text.Fold(hundred)
	b.ReportAllocs()
	for b.Loop() {
		a.Human(Message{Text: hundred, Folded: folded, ContactName: "Ana Souza", Language: "pt"})
	}
}

func BenchmarkCustomer(b *testing.B) {
	a := must(b, Default())
	b.ReportAllocs()
	for b.Loop() {
		a.Customer(Message{Text: "oi bom dia meu pedido ainda nao chegou e ja passou do prazo, preciso muito dele essa semana", Language: "pt"})
	}
}

// docs/quality.md has every rule, with its default.
func TestDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/quality.md")
	if err != nil {
		t.Fatal(err)
	}
	for r, severity := range Default().Severities {
		if want := fmt.Sprintf("\n| `%s` | %s | ", Rule(r), severity); !strings.Contains(string(doc), want) {
			t.Errorf("docs/quality.md has no %q", want)
		}
	}
}
