package spec

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
)

// redact turns an error of encoding/json, which can quote its input, into one
// that names the place and the rule, but no value.
func redact(err error) error {
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("offset %d: this is not JSON", syntax.Offset)
	case errors.As(err, &mismatch):
		return fmt.Errorf("offset %d: field %q must be of type %s", mismatch.Offset, mismatch.Field, mismatch.Type)
	case unknownField.MatchString(err.Error()):
		return fmt.Errorf("field %q is unknown: program and host binary are of different versions", unknownField.FindStringSubmatch(err.Error())[1])
	default:
		return errors.New("it ends too early, or one of its fields has a malformed value")
	}
}

// unknownField matches encoding/json's error about a field that the struct does
// not have. A name that does not look like a name is not repeated: it may be a
// value in the wrong place.
var unknownField = regexp.MustCompile(`^json: unknown field "([A-Za-z0-9]{1,24})"$`)
