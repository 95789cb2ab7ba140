package bridge

import (
	"maps"
	"slices"

	"tripvpn/lab/cloud/ec2"
)

// filtersOf are the filters of a call: those of the tags, as upstream makes them,
// and those that the program writes.
func filtersOf(tags map[string]string, written []FilterArg) []ec2.Filter {
	var filters []ec2.Filter
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		filters = append(filters, ec2.Filter{Name: "tag:" + key, Values: []string{tags[key]}})
	}
	for _, f := range written {
		filters = append(filters, ec2.Filter(f))
	}
	return filters
}
