// Package docs reads the repository's documentation, for tests that compare it
// with the code.
package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Guide returns the documentation of the checkout in folder root: README.md, then
// docs/*.md in alphabetical order.
func Guide(root string) (string, error) {
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		return "", fmt.Errorf("listing the documentation in %q: %w", root, err)
	}
	var guide strings.Builder
	for _, file := range append([]string{filepath.Join(root, "README.md")}, files...) {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("reading the documentation: %w", err)
		}
		guide.Write(append(text, '\n'))
	}
	return guide.String(), nil
}
