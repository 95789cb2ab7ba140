// Package spec is the contract between the program, which describes a host, and
// the host binary, which configures it. It contains values and their rules, and
// accesses neither a cloud nor an operating system.
package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Version is the contract's version. Every change of the fields or of their
// meaning raises it. A host refuses every other version: with a spec that it only
// partly understands, it would only partly configure the server.
const Version = 9

// Spec is the complete description of a host. A spec without an identity describes
// only the network, and contains no secret.
type Spec struct {
	Version     int         `json:"version"`
	Trip        string      `json:"trip"`      // name of the trip, which the operator's commands use
	Listeners   []Listener  `json:"listeners"` // at least one
	IPv6        bool        `json:"ipv6"`      // devices reach the Internet over IPv6; otherwise IPv6 is rejected in the tunnel
	Logs        Logs        `json:"logs"`
	Maintenance Maintenance `json:"maintenance"`
	Identity    *Identity   `json:"identity,omitempty"`
	// Until is when the host shuts itself down; zero means never.
	Until time.Time `json:"until,omitzero"`
}

// Decode reads exactly one valid spec. An unknown field, a missing one or anything
// after the spec is an error, because this side would ignore what the other side
// means. Errors never quote a secret.
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

// Encode is the inverse of Decode. Its result contains every secret.
func (s Spec) Encode() ([]byte, error) {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encoding spec: %w", redact(err))
	}
	return append(data, '\n'), nil
}
