package bridge

import (
	"errors"
	"fmt"
	"strings"

	"tripvpn/lab/cloud/apierror"
)

// value is what an optional input holds, or the zero value.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// unsupported says that the stand-in cannot do what the real provider can.
func unsupported(what string) error {
	return fmt.Errorf("the stand-in for AWS does not support %s", what)
}

// errTerminated is of an instance that EC2 still describes: upstream takes a
// terminated one for one that is not found (FindInstanceByID in
// internal/service/ec2/find.go).
var errTerminated = errors.New("couldn't find resource: the instance is terminated")

// gone tells whether an error says that the thing asked for does not exist.
func gone(err error) bool {
	var refusal *apierror.Error
	if errors.As(err, &refusal) {
		return strings.HasSuffix(refusal.Code, ".NotFound") || refusal.Code == "NoSuchHostedZone"
	}
	return errors.Is(err, errNoRecordSet) || errors.Is(err, errTerminated)
}

// text is how a network or an address is answered: empty if there is none.
func text[A interface {
	IsValid() bool
	String() string
}](a A) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
