package testenv

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// verdict is a testing.TB that records how the test ended, and continues.
type verdict struct {
	testing.TB
	failure, skip string
}

func (v *verdict) Helper()                       {}
func (v *verdict) Fatal(args ...any)             { v.failure = fmt.Sprint(args...) }
func (v *verdict) Skipf(format string, a ...any) { v.skip = fmt.Sprintf(format, a...) }

func TestMissingProgramsAreListed(t *testing.T) {
	const absent = "the test needs programs that are not installed: no-such-program, nor-this"
	for setting, want := range map[string]verdict{
		"":         {skip: absent + ": run `make test` as root"},
		"required": {failure: absent},
	} {
		t.Setenv("TRIPVPN_LAB", setting)
		var got verdict
		RequirePrograms(&got, "no-such-program", "go", "nor-this")
		require.Equal(t, want, got, "TRIPVPN_LAB=%s", setting)
		got = verdict{}
		RequirePrograms(&got, "go")
		require.Equal(t, verdict{}, got, "nothing is missing")
	}
}

// A test that skips itself in another way would be skipped even with
// TRIPVPN_LAB=required.
func TestNoTestSkipsByItself(t *testing.T) {
	files := goFiles(t, filepath.Join("..", ".."))
	for _, folder := range []string{"bootstrap", "infra", "internal", "lab", "templates"} {
		require.True(t, slices.ContainsFunc(files, func(path string) bool {
			return strings.HasPrefix(path, filepath.Join("..", "..", folder))
		}), "no file below %s", folder)
	}
	var found []string
	for _, path := range files {
		if path == filepath.Join("..", "..", "internal", "testenv", "testenv.go") {
			continue
		}
		here, err := skips(path)
		require.NoError(t, err)
		found = append(found, here...)
	}
	require.Empty(t, found, "use testenv.Require")
}

// goFiles returns the Go files below root, except in hidden folders.
func goFiles(t *testing.T, root string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != root:
			return fs.SkipDir
		case filepath.Ext(path) == ".go":
			files = append(files, path)
		}
		return nil
	})
	require.NoError(t, err)
	return files
}

// skips returns the positions in a Go file that use a method that skips a test.
func skips(path string) ([]string, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var found []string
	ast.Inspect(file, func(node ast.Node) bool {
		method, ok := node.(*ast.SelectorExpr)
		if ok && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, method.Sel.Name) {
			found = append(found, files.Position(node.Pos()).String())
		}
		return true
	})
	return found, nil
}
