package tls

import (
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// changes are the differences of a resource from its inputs, by property.
type changes map[string]p.PropertyDiff

// replaceIf notes a difference that requires a new resource.
func (c changes) replaceIf(differs bool, property string) {
	if differs {
		c[property] = p.PropertyDiff{Kind: p.UpdateReplace, InputDiff: true}
	}
}

// updateIf notes a difference that the resource can adopt.
func (c changes) updateIf(differs bool, property string) {
	if differs {
		c[property] = p.PropertyDiff{Kind: p.Update, InputDiff: true}
	}
}

func (c changes) response() infer.DiffResponse {
	return infer.DiffResponse{HasChanges: len(c) > 0, DetailedDiff: c}
}

// same compares two optional values.
func same[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// orElse is an optional value, or its default.
func orElse[T any](value *T, otherwise T) *T {
	if value == nil {
		return &otherwise
	}
	return value
}
