package config

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// root is the root of the checkout.
var root = filepath.Join("..", "..")

// A key is complete if Pulumi.yaml describes it with its type and default, the
// documentation's table has a row with its default, and a refusal has a wrong
// value for it. Each failure names the key and the missing part.
func TestEveryKeyIsComplete(t *testing.T) {
	declared, documented, refused := projectFile(t), documentedDefaults(t), map[string]bool{}
	for _, r := range refusals {
		refused[strings.TrimSuffix(r.key, "[0]")] = true
	}
	defaults := Defaults()
	for key, value := range defaults.keys() {
		kind, plain := kindOf(value)
		if d, ok := declared[key]; assertHas(t, ok, key, "Pulumi.yaml does not declare it") {
			require.Equal(t, kind, d.Type, "tripvpn:%s: its type in Pulumi.yaml", key)
			require.Equal(t, plain, d.Default, "tripvpn:%s: its default in Pulumi.yaml", key)
			require.NotEmpty(t, d.Description, "tripvpn:%s: its description in Pulumi.yaml", key)
		}
		if text, ok := documented[key]; assertHas(t, ok, key, "docs/configuration.md has no row for it") {
			require.Equal(t, documentedAs(plain, text), text, "tripvpn:%s: its default in docs/configuration.md", key)
		}
		if kind != "boolean" { // Read refuses every other value
			assertHas(t, refused[key], key, "refusals has no wrong value for it")
		}
		delete(declared, key)
		delete(documented, key)
	}
	require.Empty(t, declared, "Pulumi.yaml declares keys that Settings does not have")
	require.Empty(t, documented, "docs/configuration.md has rows for keys that Settings does not have")
}

func assertHas(t *testing.T, ok bool, key, missing string) bool {
	t.Helper()
	if !ok {
		t.Errorf("tripvpn:%s: %s", key, missing)
	}
	return ok
}

// kindOf returns a setting's type as Pulumi.yaml calls it, and its value as the
// YAML decoder returns it.
func kindOf(setting any) (kind string, value any) {
	switch s := setting.(type) {
	case *string:
		return "string", *s
	case *int:
		return "integer", *s
	case *bool:
		return "boolean", *s
	case *[]string:
		list := []any{}
		for _, item := range *s {
			list = append(list, item)
		}
		return "array", list
	}
	panic(fmt.Sprintf("kindOf does not support type %T", setting))
}

type declaration struct {
	Type        string `yaml:"type"`
	Default     any    `yaml:"default"`
	Description string `yaml:"description"`
}

func projectFile(t *testing.T) map[string]declaration {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "Pulumi.yaml"))
	require.NoError(t, err)
	var project struct {
		Config map[string]declaration `yaml:"config"`
	}
	require.NoError(t, yaml.Unmarshal(text, &project))
	keys := map[string]declaration{}
	for name, d := range project.Config {
		keys[strings.TrimPrefix(name, "tripvpn:")] = d
	}
	return keys
}

// keyRow is a row of the documentation's table: a key and its default.
var keyRow = regexp.MustCompile("(?m)^\\| `([A-Za-z0-9]+)` \\| ([^|]+) \\| ")

func documentedDefaults(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", "configuration.md"))
	require.NoError(t, err)
	_, table, found := strings.Cut(string(text), "\n| key | default | meaning |\n")
	require.True(t, found, "docs/configuration.md has no table of the keys")
	table, _, _ = strings.Cut(table, "\n\n")
	rows := map[string]string{}
	for _, row := range keyRow.FindAllStringSubmatch(table, -1) {
		rows[row[1]] = row[2]
	}
	return rows
}

// documentedAs returns a default as the table writes it: as code, or in the row's
// own words if the default is empty.
func documentedAs(value any, row string) string {
	if text := fmt.Sprint(value); text != "" && text != "[]" {
		return "`" + text + "`"
	}
	return strings.ReplaceAll(row, "`", "")
}
