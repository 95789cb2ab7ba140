package ec2

import (
	"errors"
	"fmt"
)

// APIError is a refusal as EC2 words it. The codes are those of
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html.
type APIError struct {
	Code    string // "InvalidAMIID.NotFound"
	Message string
}

// Error gives the form that the AWS SDK for Go gives, which is what operators
// search for.
func (e *APIError) Error() string {
	return fmt.Sprintf("api error %s: %s", e.Code, e.Message)
}

// HasCode tells whether err is a refusal with the given code.
func HasCode(err error, code string) bool {
	var refusal *APIError
	return errors.As(err, &refusal) && refusal.Code == code
}

func refuse(code, format string, args ...any) error {
	return &APIError{Code: code, Message: fmt.Sprintf(format, args...)}
}
