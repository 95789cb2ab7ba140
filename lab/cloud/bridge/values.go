package bridge

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tripvpn/lab/cloud/apierror"
)

// value is the value of an optional input, or the zero value.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// unsupported is an error about something that only the real provider supports.
func unsupported(what string) error {
	return fmt.Errorf("the stand-in for AWS does not support %s", what)
}

// errTerminated: EC2 still describes the instance, upstream calls it not found
// (FindInstanceByID in internal/service/ec2/find.go).
var errTerminated = errors.New("couldn't find resource: the instance is terminated")

// notFound are the codes of services that do not use EC2's form.
var notFound = []string{
	"NoSuchHostedZone", "NoSuchBucket", "NoSuchPublicAccessBlockConfiguration", "NoSuchLifecycleConfiguration",
}

// gone reports whether an error means that the resource does not exist.
func gone(err error) bool {
	var refusal *apierror.Error
	if errors.As(err, &refusal) {
		return strings.HasSuffix(refusal.Code, ".NotFound") || slices.Contains(notFound, refusal.Code)
	}
	return errors.Is(err, errNoRecordSet) || errors.Is(err, errTerminated)
}

// text is a network or an address in an answer: empty if there is none.
func text[A interface {
	IsValid() bool
	String() string
}](a A) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
