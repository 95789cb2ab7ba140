package host

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzReadAnswer: reading any input ends, and an answer contains neither an
// unsolicited notice nor an error.
func FuzzReadAnswer(f *testing.F) {
	f.Add(">INFO:hello\r\none\r\nEND\r\n")
	f.Add("SUCCESS: done\n")
	f.Add("ERROR: no\n")
	f.Add("one\n")
	f.Fuzz(func(t *testing.T, input string) {
		answer, err := readAnswer(strings.NewReader(input))
		if err != nil {
			require.Empty(t, answer)
			return
		}
		for line := range strings.Lines(answer) {
			line = strings.TrimSpace(line)
			require.False(t, strings.HasPrefix(line, ">") || strings.HasPrefix(line, "ERROR:") || line == "END", "%q", answer)
		}
	})
}
