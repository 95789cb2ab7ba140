package vpn

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	policyBlock   = regexp.MustCompile("(?s)```json\n(.*?)```")
	permissionRow = regexp.MustCompile("(?m)^\\| (`aws:[^`]+`|`tripvpn [^`]+`|every resource with tags) \\| ([^|]+) \\| [^|]+ \\|$")
	quoted        = regexp.MustCompile("`([^`]+)`")
)

// docs/aws.md lists actions for every type that the program uses, and its policy
// allows those and no others.
func TestTheDocumentedPolicyCoversTheProgram(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "aws.md"))
	require.NoError(t, err)
	var types, actions []string
	for _, row := range permissionRow.FindAllStringSubmatch(string(text), -1) {
		if name := strings.Trim(row[1], "`"); strings.HasPrefix(name, "aws:") {
			types = append(types, name)
		}
		for _, action := range quoted.FindAllStringSubmatch(row[2], -1) {
			actions = append(actions, action[1])
		}
	}
	require.ElementsMatch(t, usedTypes(t), types)

	block := policyBlock.FindStringSubmatch(string(text))
	require.NotNil(t, block)
	var policy struct{ Statement []struct{ Action []string } }
	require.NoError(t, json.Unmarshal([]byte(block[1]), &policy))
	var allowed []string
	for _, statement := range policy.Statement {
		allowed = append(allowed, statement.Action...)
	}
	require.ElementsMatch(t, distinct(actions), distinct(allowed))
}

// The bucket's objects are those of the operator's command, which calls S3 itself.
func TestTheDocumentedPolicyCoversLinks(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "aws.md"))
	require.NoError(t, err)
	var documented []string
	for _, row := range permissionRow.FindAllStringSubmatch(string(text), -1) {
		if row[1] == "`tripvpn hand-over`" {
			for _, action := range quoted.FindAllStringSubmatch(row[2], -1) {
				documented = append(documented, action[1])
			}
		}
	}
	code, err := os.ReadFile(filepath.Join("..", "..", "internal", "link", "link.go"))
	require.NoError(t, err)
	var used []string
	for _, call := range regexp.MustCompile(`s3\.(\w+)Input\b`).FindAllStringSubmatch(string(code), -1) {
		used = append(used, strings.Replace("s3:"+call[1], "ListObjectsV2", "ListBucket", 1)) // its action's name
	}
	require.ElementsMatch(t, distinct(used), documented)
}

// usedTypes are the types of AWS's resources and functions in a trip that uses
// everything.
func usedTypes(t *testing.T) []string {
	t.Helper()
	settings := maps.Clone(twoRegions)
	settings["regions"] = []string{"us-east-1", "me-south-1"} // an account must enable the second
	cloud, err := runProgram(t, false, settings)
	require.NoError(t, err)
	used := slices.Clone(cloud.invoked)
	for _, r := range cloud.resources {
		if strings.HasPrefix(r.GetType(), "aws:") {
			used = append(used, r.GetType())
		}
	}
	return distinct(used)
}

func distinct(all []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(all)))
}
