package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// sums are the SHA-256 of the training files: another file of the same name
// would quietly give another model.
var sums = map[string]string{
	"sentiment/lexicon-pt-leia.tsv": "48d8e83bb28631da91326478f99d32847afe552ab813815745c5b37d692ac7bb",
	"sentiment/parallel-en-es.tsv":  "cb238c7d3d20760344f5371827f56262ed8ca452f43ad84e9cf43b33270fb108",
	"sentiment/parallel-en-pt.tsv":  "7d67946e74206b57d04652e30ec3adc65482e409bc761ee0452cad86b92fa007",
	"sentiment/xed-en.tsv":          "faddb4d897e42a6562d86a547b575093884daa0c3a64f8d490c1d6d398bd7259",
	"sentiment/xed-es.tsv":          "5b0f7ed58033a23913e6cbb328e75595591048c422f932944828aabeac8907c2",
	"sentiment/xed-pt.tsv":          "b37bcbe70e5385a646807cae371c201132530e1ead4b127eb69a218aec3f84a3",
	"sentiment/xed-silver-es.tsv":   "c16a6f456bc10c3eb5bdf9c2f94810a7555c8da08e73731a77d896578bcc86a8",
	"sentiment/xed-silver-pt.tsv":   "c344fdf1b610b178a1e04dcff49a6e66682e1b87f48e7c3a2cf439cff714bd0d",
}

// errData is wrapped by every complaint about the training files.
var errData = errors.New("training data")

// source is the folder of the training data.
type source string

// row is one line of a file: language, label (a class, a pair's number, a
// word's valence) and text.
type row struct {
	lang, label, text string
}

// rows reads one file of the table above, named with slashes from the folder.
func (s source) rows(name string) ([]row, error) {
	want, known := sums[name]
	if !known {
		return nil, fmt.Errorf("%w: %s has no SHA-256 in data.go", errData, name)
	}
	b, err := os.ReadFile(filepath.Join(string(s), filepath.FromSlash(name)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errData, err)
	}
	sum := sha256.Sum256(b)
	if got := hex.EncodeToString(sum[:]); got != want {
		return nil, fmt.Errorf("%w: %s has SHA-256 %s, want %s: get the file that the model was made from, or change the table and train all models that use it again", errData, name, got, want)
	}
	var out []row
	for n, line := range strings.Split(string(bytes.TrimSuffix(b, []byte("\n"))), "\n") {
		f := strings.SplitN(line, "\t", 3)
		if len(f) != 3 {
			return nil, fmt.Errorf("%w: %s:%d: want language, label and text with tabs between", errData, name, n+1)
		}
		out = append(out, row{lang: f[0], label: f[1], text: f[2]})
	}
	return out, nil
}
