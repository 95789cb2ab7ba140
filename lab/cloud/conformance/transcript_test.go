package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/status"

	"tripvpn/lab/cloud/serve"
)

// transcript is what a test asked of a provider and what that answered, in
// order. What is new in every run is masked.
type transcript struct {
	exchanges []exchange
	masks     masks
}

// exchange is one call. A line is a property, as "inputs.rsaBits: 2048".
type exchange struct {
	call            string // "create tls:index/privateKey:PrivateKey"
	request, answer []string
}

func newTranscript() *transcript { return &transcript{masks: newMasks()} }

// add appends an exchange and returns its number, from 1.
func (tr *transcript) add(call string, request, answer []string) int {
	tr.exchanges = append(tr.exchanges, exchange{call, tr.masks.mask(request), tr.masks.mask(answer)})
	return len(tr.exchanges)
}

// text is the transcript as a golden file has it: the plugin in the first line,
// then the exchanges.
func (tr *transcript) text(plugin serve.Plugin) string {
	var b strings.Builder
	fmt.Fprintln(&b, plugin.Name, plugin.Version)
	for i, e := range tr.exchanges {
		fmt.Fprintf(&b, "\n%d. %s\n", i+1, e.call)
		for _, line := range e.request {
			fmt.Fprintf(&b, "    %s\n", line)
		}
		fmt.Fprintln(&b, "  answer")
		for _, line := range e.answer {
			fmt.Fprintf(&b, "    %s\n", line)
		}
	}
	return b.String()
}

func propertyLines(name string, properties resource.PropertyMap) []string {
	var lines []string
	for _, key := range properties.StableKeys() {
		lines = append(lines, fmt.Sprintf("%s.%s: %s", name, key, written(properties[key])))
	}
	return lines
}

// written is a value as JSON, with words for what JSON does not have.
func written(value resource.PropertyValue) string {
	switch {
	case value.IsNull():
		return "null"
	case value.IsSecret():
		return "secret " + written(value.SecretValue().Element)
	case value.IsComputed():
		return "unknown"
	case value.IsString():
		return strconv.Quote(value.StringValue())
	case value.IsAsset():
		asset := value.AssetValue()
		return fmt.Sprintf("asset %q, hash %s", asset.Path+asset.URI, asset.Hash)
	case value.IsArray():
		var elements []string
		for _, element := range value.ArrayValue() {
			elements = append(elements, written(element))
		}
		return "[" + strings.Join(elements, ", ") + "]"
	case value.IsObject():
		var members []string
		for _, key := range value.ObjectValue().StableKeys() {
			members = append(members, fmt.Sprintf("%s: %s", key, written(value.ObjectValue()[key])))
		}
		return "{" + strings.Join(members, ", ") + "}"
	}
	return fmt.Sprint(value.V) // a number or a boolean
}

func idLine(id string) []string { return []string{fmt.Sprintf("id: %q", id)} }

func failureLines(failures []*pulumirpc.CheckFailure) []string {
	var lines []string
	for _, failure := range failures {
		lines = append(lines, fmt.Sprintf("failure: %s: %q", failure.GetProperty(), failure.GetReason()))
	}
	return lines
}

func errorLine(err error) []string {
	if err == nil {
		return nil
	}
	return []string{fmt.Sprintf("error: %q", status.Convert(err).Message())}
}

func diffLines(diff *pulumirpc.DiffResponse) []string {
	lines := []string{"changes: " + diff.GetChanges().String()}
	for _, name := range slices.Sorted(slices.Values(diff.GetDiffs())) {
		lines = append(lines, "diffs: "+name)
	}
	for _, name := range slices.Sorted(slices.Values(diff.GetReplaces())) {
		lines = append(lines, "replaces: "+name)
	}
	if diff.GetDeleteBeforeReplace() {
		lines = append(lines, "deleteBeforeReplace")
	}
	for _, path := range slices.Sorted(maps.Keys(diff.GetDetailedDiff())) {
		detail := diff.GetDetailedDiff()[path]
		lines = append(lines, fmt.Sprintf("detailedDiff.%s: %s, inputDiff %v", path, detail.GetKind(), detail.GetInputDiff()))
	}
	return lines
}

func logLines(messages []string) []string {
	var lines []string
	for _, message := range messages {
		lines = append(lines, fmt.Sprintf("log: %q", message))
	}
	return lines
}
