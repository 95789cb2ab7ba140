package bridge

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	pschema "github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
)

// A row names an input that is served, which package conformance holds to the
// SDK, and a line of a file at the commit in the comment above the rows.
func TestForceNewTable(t *testing.T) {
	server, err := p.RawServer("aws", Version, Provider(nil))(nil)
	require.NoError(t, err)
	response, err := server.GetSchema(t.Context(), &rpc.GetSchemaRequest{})
	require.NoError(t, err)
	var schema pschema.PackageSpec
	require.NoError(t, json.Unmarshal([]byte(response.GetSchema()), &schema))

	var comment string
	var rows []string
	for line := range strings.Lines(forceNewTable) {
		if strings.HasPrefix(line, "#") {
			comment += line
		} else {
			rows = append(rows, line)
		}
	}
	require.Regexp(t, `\b[0-9a-f]{40}\b`, comment)
	require.True(t, slices.IsSorted(rows))
	require.Len(t, slices.Compact(slices.Clone(rows)), len(rows))
	form := regexp.MustCompile(`^(\S+)\t(\w+)(?:\.(\w+))?\t(?:ec2|route53|s3)/\w+\.go:[1-9][0-9]*\n$`)
	for _, row := range rows {
		match := form.FindStringSubmatch(row)
		require.NotNil(t, match, row)
		input, served := schema.Resources[match[1]].InputProperties[match[2]]
		require.True(t, served, row)
		if match[3] != "" {
			require.Contains(t, schema.Types[strings.TrimPrefix(input.Ref, "#/types/")].Properties, match[3], row)
		}
	}
}

func TestForceNewTableIsRefused(t *testing.T) {
	require.Panics(t, func() { inputsByType("aws:ec2/eip:Eip domain\n") })
}
