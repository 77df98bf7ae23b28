package text

import "strings"

// opinions are the words of which the labels of ratings are made, folded, in
// Portuguese, Spanish and English.
var opinions = func() map[string]bool {
	set := make(map[string]bool)
	for w := range strings.FieldsSeq(`
		excelente otimo otima otimos bom boa regular ruim ruins pessimo pessima razoavel medio media mediano bem mal mais ou menos aceitavel
		satisfeito satisfeita insatisfeito insatisfeita satisfatorio insatisfatorio muito muita pouco nada extremamente totalmente parcialmente
		neutro neutra indiferente nem provavel improvavel terrivel horrivel maravilhoso perfeito gostei amei adorei odiei nao sim quase talvez
		recomenda recomendo recomendaria certeza com fraco incrivel top show decepcionante
		bueno buena buen malo mala pesimo pesima muy poco satisfecho satisfecha insatisfecho insatisfecha probable improbable neutral
		genial increible maravilloso perfecto encanto gusto recomendaria aceptable mas o menos si no deficiente
		excellent very good great bad poor terrible awful average fair acceptable satisfied dissatisfied unsatisfied extremely not at all
		likely unlikely somewhat neither nor perfect amazing awesome horrible worst best loved hated yes okay ok so quite neutral outstanding
		estrela estrelas estrellas estrella star stars ponto pontos punto puntos point points nota
		atendimento atencion servico servicio service`) {
		set[w] = true
	}
	return set
}()

// isOpinion tells whether what stands beside a rating in a title says how good
// or bad: every word of it has to, so that the row of a numbered menu
// ("1 - Vendas") is no rating.
func isOpinion(folded string) bool {
	for w := range strings.FieldsFuncSeq(folded, func(r rune) bool { return r < 'a' || r > 'z' }) {
		if !opinions[w] {
			return false
		}
	}
	return true
}
