package bridge

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

//go:embed forcenew.tsv
var forceNewTable string

// forceNew are the inputs whose change replaces the resource, as "ami" or
// "rootBlockDevice.encrypted".
var forceNew = inputsByType(forceNewTable)

// inputsByType reads a table of types, inputs and sources. It panics if a row has
// another form.
func inputsByType(table string) map[tokens.Type][]string {
	reader := csv.NewReader(strings.NewReader(table))
	reader.Comma, reader.Comment, reader.FieldsPerRecord = '\t', '#', 3
	rows, err := reader.ReadAll()
	if err != nil {
		panic(fmt.Sprintf("reading forcenew.tsv: %v", err))
	}
	inputs := map[tokens.Type][]string{}
	for _, row := range rows {
		typ := tokens.Type(row[0])
		inputs[typ] = append(inputs[typ], row[1])
	}
	return inputs
}
