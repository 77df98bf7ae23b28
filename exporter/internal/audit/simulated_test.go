package audit

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the simulated helpdesk's agents write breaks no rule of a message, and is
// recognised as what it is.
func TestSimulatedAgents(t *testing.T) {
	set := strict()
	set.Severities[CNPJ], set.Severities[IBAN] = Off, Off
	a := must(t, set)
	files, err := filepath.Glob("../simulate/texts/*.txt")
	if err != nil || len(files) < 3 {
		t.Fatal("no texts", err)
	}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		section, lines, closed := "", 0, 0
		for sc := bufio.NewScanner(f); sc.Scan(); {
			line := sc.Text()
			if strings.HasPrefix(line, "[") {
				section = strings.Trim(line, "[]")
				continue
			}
			if line == "" || strings.HasPrefix(line, "#") || !strings.HasPrefix(section, "agent.") && !strings.HasPrefix(section, "answer") {
				continue
			}
			got := a.Human(Message{Text: line})
			if found := tell(got); found != "" {
				t.Errorf("%s: %q breaks %s", filepath.Base(file), line, found)
			}
			switch section {
			case "agent.hello":
				lines++
				if got&Greets == 0 {
					t.Errorf("%s: %q does not greet", filepath.Base(file), line)
				}
			case "agent.bye":
				lines++
				if got&Closes != 0 {
					closed++
				}
			}
		}
		if lines < 4 || closed < 2 {
			t.Errorf("%s: %d greetings and farewells, %d close", filepath.Base(file), lines, closed)
		}
	}
}
