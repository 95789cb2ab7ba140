package spec

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
)

// redact replaces an error of encoding/json, which can quote its input, with one
// that contains the position and the rule, but no value.
func redact(err error) error {
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("offset %d: this is not JSON", syntax.Offset)
	case errors.As(err, &mismatch):
		return fmt.Errorf("offset %d: field %q must be of type %s", mismatch.Offset, mismatch.Field, mismatch.Type)
	case unknownField.MatchString(err.Error()):
		return fmt.Errorf("field %q is unknown: program and host binary have different versions", unknownField.FindStringSubmatch(err.Error())[1])
	default:
		return errors.New("it ends too early, or one of its fields has a malformed value")
	}
}

// unknownField matches encoding/json's error about a field that the struct does
// not have. It does not match an unusual name, which may be a misplaced value.
var unknownField = regexp.MustCompile(`^json: unknown field "([A-Za-z0-9]{1,24})"$`)
