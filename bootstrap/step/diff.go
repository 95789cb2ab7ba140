package step

import (
	"fmt"
	"strings"
)

// maxDiff is the number of lines that diff returns at most.
const maxDiff = 12

// diff returns the lines that differ, as "-old" and "+new": those between the common
// beginning and the common end.
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
		lines = append(lines[:maxDiff], fmt.Sprintf("(%d more lines)", more))
	}
	return lines
}
