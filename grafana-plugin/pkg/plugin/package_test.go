package plugin

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

func mustRead(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestPackage checks what Grafana's plugin validator would (grafana/plugin-validator,
// pkg/analysis/passes), as far as it can be told from the source.
func TestPackage(t *testing.T) {
	var plugin struct {
		ID, Name, Type, Executable string
		Backend                    bool
		Info                       struct {
			Description string
			Keywords    []string
			Logos       struct{ Small, Large string }
			Links       []struct{ Name, URL string }
			Screenshots []struct{ Name, Path string }
			Version     string
		}
		Dependencies struct{ GrafanaDependency string }
	}
	if err := json.Unmarshal([]byte(mustRead(t, "src/plugin.json")), &plugin); err != nil {
		t.Fatal(err)
	}
	var pkg struct{ Name, Version string }
	if err := json.Unmarshal([]byte(mustRead(t, "package.json")), &pkg); err != nil {
		t.Fatal(err)
	}
	switch {
	case plugin.ID != ID, pkg.Name != ID:
		t.Errorf("ids differ: %s, %s, %s", plugin.ID, pkg.Name, ID)
	case !regexp.MustCompile(`^[0-9a-z]+-([0-9a-z]+-)?(app|panel|datasource)$`).MatchString(ID) || strings.Count(ID, "-") != 2:
		t.Errorf("%s is no id that Grafana takes", ID)
	case plugin.Name == plugin.ID, plugin.Info.Description == "", len(plugin.Info.Keywords) == 0, len(plugin.Info.Links) == 0:
		t.Errorf("%+v", plugin)
	case plugin.Info.Version != "%VERSION%" || !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(pkg.Version):
		t.Errorf("versions %q and %q", plugin.Info.Version, pkg.Version)
	case plugin.Executable != "gpx_helpdesk_transcripts" || !plugin.Backend || plugin.Dependencies.GrafanaDependency != ">=12.2.0-0":
		t.Errorf("%+v", plugin)
	}
	files := []string{plugin.Info.Logos.Small, plugin.Info.Logos.Large}
	if len(plugin.Info.Screenshots) == 0 {
		t.Error("there are no screenshots")
	}
	for _, s := range plugin.Info.Screenshots {
		files = append(files, s.Path)
	}
	for _, f := range files {
		if strings.HasPrefix(f, ".") || strings.HasPrefix(f, "/") || len(mustRead(t, "src/"+f)) < 100 {
			t.Errorf("%s is no picture", f)
		}
	}
	if svg := mustRead(t, "src/img/logo.svg"); regexp.MustCompile(`(?i)<script|on[a-z]+=|href=|<foreignObject|<!ENTITY`).MatchString(svg) {
		t.Error("the logo does more than show itself")
	}
	readme := mustRead(t, "README.md")
	if len(readme) < 500 || strings.Contains(readme, "<!--") || regexp.MustCompile(`(?i)\b(yarn|nodejs)\b`).MatchString(readme) || regexp.MustCompile(`\]\((?:\.|/|[a-z]+/)`).MatchString(readme) {
		t.Error("README.md has what the catalog refuses: comments, relative links, build instructions")
	}
	for _, says := range []string{"not signed", "allow_loading_unsigned_plugins = " + ID} {
		if !strings.Contains(readme, says) {
			t.Errorf("README.md does not say %q", says)
		}
	}
	if !strings.Contains(mustRead(t, "CHANGELOG.md"), "## "+pkg.Version) {
		t.Errorf("CHANGELOG.md has nothing on %s", pkg.Version)
	}
	if license := mustRead(t, "LICENSE"); !strings.Contains(license, "Apache License") || license != mustRead(t, "../LICENSE") {
		t.Error("LICENSE is not the project's")
	}
	if !strings.Contains(mustRead(t, "Magefile.go"), "grafana-plugin-sdk-go/build") || !strings.Contains(mustRead(t, ".config/webpack/webpack.config.ts"), "@grafana/create-plugin") {
		t.Error("the build is not where Grafana's tools look for it")
	}
}

// TestCodeRules are the validator's rules for code.
func TestCodeRules(t *testing.T) {
	rules := map[string]*regexp.Regexp{
		".go":  regexp.MustCompile(`os\.(Environ|Getenv|Open|ReadFile|WriteFile)|"syscall"|fmt\.Print|"path/filepath"`),
		".ts":  regexp.MustCompile(`\b(alert|confirm|prompt)\(|import '.*\.css'|/api/ds/query|grafanaBootData|testDatasource|console\.|gf-form|window\.location|@ts-(ignore|expect-error)|react/jsx-runtime|window\.open\(`),
		".tsx": nil,
	}
	rules[".tsx"] = rules[".ts"]
	seen := 0
	for _, dir := range []string{"pkg", "src"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.Contains(path, "_test.go") || strings.Contains(path, ".test.ts") {
				return err
			}
			rule := rules[filepath.Ext(path)]
			if rule == nil {
				return nil
			}
			seen++
			b, err := os.ReadFile(path)
			if found := rule.Find(b); found != nil {
				t.Errorf("%s has %s", path, found)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 20 {
		t.Errorf("only %d files were looked at", seen)
	}
}

// TestManifest: what dist says of the sources is so, where it was built.
func TestManifest(t *testing.T) {
	if _, err := os.Stat(filepath.Join(root, "dist/module.js")); err != nil {
		t.Skip("the plugin is not built: make plugin")
	}
	if js := mustRead(t, "dist/module.js"); !strings.HasPrefix(js, "define(") || strings.Contains(js, "react/jsx-runtime") {
		t.Error("module.js is no AMD module, or needs what Grafana 12.2.0 has not")
	}
	if built := mustRead(t, "dist/plugin.json"); strings.Contains(built, "%VERSION%") || strings.Contains(built, "%TODAY%") {
		t.Error("plugin.json of dist has no version")
	}
	mustRead(t, "dist/module.js.map")
	mustRead(t, "dist/README.md")
	mustRead(t, "dist/CHANGELOG.md")
	mustRead(t, "dist/LICENSE")
}

// TestProvisioningExample: what the README shows is the file.
func TestProvisioningExample(t *testing.T) {
	_, file, _ := strings.Cut(mustRead(t, "provisioning/datasources/helpdesk.yml"), "\ndatasources:\n")
	if !strings.Contains(mustRead(t, "README.md"), file) {
		t.Error("README.md shows another provisioning file")
	}
}
