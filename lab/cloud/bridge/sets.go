package bridge

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// inOldOrder returns the wanted inputs, with the old order of each list that has
// the same elements: upstream treats every list that is served here as a set.
func inOldOrder(old, wanted property.Map) property.Map {
	for key, input := range wanted.All {
		if before := old.Get(key); same(before, input) {
			wanted = wanted.Set(key, before)
		}
	}
	return wanted
}

// same compares two values. Lists in them are compared as sets.
func same(a, b property.Value) bool {
	switch {
	case a.IsArray() && b.IsArray():
		x, y := a.AsArray().AsSlice(), b.AsArray().AsSlice()
		return within(x, y) && within(y, x)
	case a.IsMap() && b.IsMap():
		x, y := a.AsMap(), b.AsMap()
		for key, value := range x.All {
			if other, ok := y.GetOk(key); !ok || !same(value, other) {
				return false
			}
		}
		return x.Len() == y.Len()
	}
	return a.Equals(b)
}

// within reports whether every element is one of the set.
func within(elements, set []property.Value) bool {
	for _, element := range elements {
		if !slices.ContainsFunc(set, func(other property.Value) bool { return same(element, other) }) {
			return false
		}
	}
	return true
}
