// Package spec is the contract between the program, which knows what a host
// must be, and the host binary, which makes it so. It holds values and their
// rules, and touches neither a cloud nor an operating system.
package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Version is the contract's version. It rises with every change of the fields or
// of their meaning. A host refuses every other version, because a spec that it
// understood only in part would leave a server configured only in part.
const Version = 4

// Spec is everything that a host must be. A spec without an identity describes
// only the network, and holds no secret.
type Spec struct {
	Version   int        `json:"version"`
	Trip      string     `json:"trip"`      // name of the trip, which the operator's commands use
	Listeners []Listener `json:"listeners"` // at least one
	Identity  *Identity  `json:"identity,omitempty"`
	// Until is when the host ends itself; the zero value is never.
	Until time.Time `json:"until,omitzero"`
}

// Decode reads exactly one spec. An unknown field, a missing one or anything
// after the spec is an error: the other side means something that this side
// would ignore. Errors never quote a value.
func Decode(r io.Reader) (Spec, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return Spec{}, fmt.Errorf("reading spec: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var s Spec
	if err := dec.Decode(&s); err != nil {
		return Spec{}, fmt.Errorf("decoding spec: %w", redact(err))
	}
	if _, err := dec.Token(); err != io.EOF {
		return Spec{}, errors.New("decoding spec: there is more after the JSON object")
	}
	if err := s.Validate(); err != nil {
		return Spec{}, fmt.Errorf("validating spec: %w", err)
	}
	return s, nil
}

// Encode is the inverse of Decode. Its result holds every secret.
func (s Spec) Encode() ([]byte, error) {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encoding spec: %w", redact(err))
	}
	return append(data, '\n'), nil
}
