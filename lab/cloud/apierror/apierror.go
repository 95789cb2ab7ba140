// Package apierror is how AWS refuses a call: with a code that programs
// know, and a message for people. Which codes there are is each service's own
// affair.
package apierror

import (
	"errors"
	"fmt"
)

// Error is a refusal as AWS words it.
type Error struct {
	Code    string // "InvalidAMIID.NotFound"
	Message string
}

// Error gives the form that the AWS SDK for Go gives, which is what operators
// search for.
func (e *Error) Error() string {
	return fmt.Sprintf("api error %s: %s", e.Code, e.Message)
}

// New words a refusal.
func New(code, format string, args ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Has reports whether err is a refusal with the given code.
func Has(err error, code string) bool {
	var refusal *Error
	return errors.As(err, &refusal) && refusal.Code == code
}
