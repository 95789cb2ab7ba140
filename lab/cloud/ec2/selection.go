package ec2

import (
	"maps"
	"slices"
	"strings"
)

// Filter is one of a call that lists: the attribute of that name matches one of
// Values, in which * and ? stand for anything. "tag:KEY" is the value of a tag,
// "tag-key" the key of any. See
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html.
type Filter struct {
	Name   string
	Values []string
}

// attributes are what one kind of things can be filtered by.
type attributes[T any] struct {
	named map[string]func(T) string
	tags  func(T) map[string]string // nil where there are no tags
}

// selected returns the things that satisfy all filters. A name that is not known
// is refused, also where there are no things.
func selected[T any](things []T, filters []Filter, by attributes[T]) ([]T, error) {
	for _, f := range filters {
		if !by.know(f.Name) {
			return nil, refuse("InvalidParameterValue", "The filter '%s' is invalid", f.Name)
		}
	}
	return slices.DeleteFunc(things, func(thing T) bool {
		return slices.ContainsFunc(filters, func(f Filter) bool { return !f.admits(by.values(thing, f.Name)) })
	}), nil
}

func (a attributes[T]) know(name string) bool {
	_, named := a.named[name]
	return named || a.tags != nil && (name == "tag-key" || strings.HasPrefix(name, "tag:"))
}

// values are those of an attribute that is known. A tag that a thing does not
// have has none.
func (a attributes[T]) values(thing T, name string) []string {
	if value, named := a.named[name]; named {
		return []string{value(thing)}
	}
	tags := a.tags(thing)
	if name == "tag-key" {
		return slices.Collect(maps.Keys(tags))
	}
	if value, tagged := tags[strings.TrimPrefix(name, "tag:")]; tagged {
		return []string{value}
	}
	return nil
}

func (f Filter) admits(values []string) bool {
	return slices.ContainsFunc(values, func(value string) bool {
		return slices.ContainsFunc(f.Values, func(pattern string) bool { return matches(pattern, value) })
	})
}
