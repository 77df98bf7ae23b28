package config

import (
	"os"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"
)

// examples/complete.yml has every key there is, but for the twins of files and of
// answers.malformed, and for segment_field, which Meta does not have.
func TestCompleteExampleHasEveryKey(t *testing.T) {
	data, err := os.ReadFile("../../../examples/complete.yml")
	if err != nil {
		t.Fatal(err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	used := make(map[string]bool)
	var walk func(n *yaml.Node, at string)
	walk = func(n *yaml.Node, at string) {
		for i, v := range n.Content {
			switch n.Kind {
			case yaml.SequenceNode:
				walk(v, at+"[]")
			case yaml.MappingNode:
				if i%2 == 1 {
					path := join(at, n.Content[i-1].Value)
					used[path] = true
					walk(v, path)
				}
			}
		}
	}
	walk(doc.Content[0], "")
	twins := []string{"sources[].secret", "sources[].verify_token", "sources[].proxy.token", "sources[].malformed_status", "sources[].segment_field", "api.tokens[].token"}
	for _, path := range knownPaths() {
		if used[path] == slices.Contains(twins, path) {
			t.Errorf("%s: in the example: %v", path, used[path])
		}
	}
}
