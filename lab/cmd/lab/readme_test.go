package main

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/repo"
)

// A row of the README's tables of packages begins with the package's folder.
var packageRow = regexp.MustCompile("(?m)^\\| `([a-z0-9/]+)` \\|")

// TestTheReadmeNamesEveryPackageOnce compares the tables with the folders that
// hold Go files.
func TestTheReadmeNamesEveryPackageOnce(t *testing.T) {
	root, err := repo.Root()
	require.NoError(t, err)
	lab := filepath.Join(root, "lab")
	text, err := os.ReadFile(filepath.Join(lab, "README.md"))
	require.NoError(t, err)
	var named []string
	for _, row := range packageRow.FindAllStringSubmatch(string(text), -1) {
		named = append(named, row[1])
	}
	require.ElementsMatch(t, packages(t, os.DirFS(lab)), named)
}

// packages returns the folders that hold Go files.
func packages(t *testing.T, lab fs.FS) []string {
	t.Helper()
	var folders []string
	require.NoError(t, fs.WalkDir(lab, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		files, err := fs.Glob(lab, path.Join(name, "*.go"))
		if len(files) > 0 {
			folders = append(folders, name)
		}
		return err
	}))
	return folders
}
