package doctor

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/account"
)

// row matches the first column of the table of faults.
var row = regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|.*\\|.*\\|$")

func TestEachFaultIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/doctor.md")
	require.NoError(t, err)
	var documented []Case
	for _, match := range row.FindAllStringSubmatch(string(text), -1) {
		documented = append(documented, Case(match[1]))
	}
	require.Equal(t, Cases, documented)
	require.Contains(t, string(text), Page)
	require.Contains(t, string(text), "`"+ResolverName+"` at `"+ResolverAddress+"`")
}

// TestTheExampleIsOurs requires each line of the example in the documentation.
func TestTheExampleIsOurs(t *testing.T) {
	text, err := os.ReadFile("../../docs/doctor.md")
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(text), "it prints this:\n\n```\n")
	example, _, found := strings.Cut(rest, "```")
	require.True(t, found)
	lines := strings.FieldsFunc(stampPattern.ReplaceAllString(example, "TIME"), func(r rune) bool { return r == '\n' })

	f := healthy(t, here.String())
	f.meets(Silent, Admits)
	f.MTU = f.lookAtPath(t.Context())
	f.AccountErr = account.ErrNoCredentials
	var want []string
	for _, finding := range Judge(f, "linux", "darrell.ovpn") {
		cause := stampPattern.ReplaceAllString(finding.Cause, "TIME")
		want = append(want, strings.Join([]string{string(finding.Result), finding.Check, cause}, " "))
		if finding.Command != "" {
			want = append(want, "$ "+finding.Command)
		}
	}
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	require.Equal(t, want, lines)
}

var stampPattern = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)
