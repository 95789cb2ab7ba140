package step

import (
	"fmt"
	"strings"
)

// maxDiff is how many lines of a difference are worth showing.
const maxDiff = 12

// diff tells what makes old into new: the lines between what both begin with
// and what both end with.
func diff(old, new string) []string {
	a, b := strings.Split(old, "\n"), strings.Split(new, "\n")
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	var lines []string
	for _, line := range a {
		lines = append(lines, "-"+line)
	}
	for _, line := range b {
		lines = append(lines, "+"+line)
	}
	if more := len(lines) - maxDiff; more > 0 {
		lines = append(lines[:maxDiff], fmt.Sprintf("(%d lines more)", more))
	}
	return lines
}
