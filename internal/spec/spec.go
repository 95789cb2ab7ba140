// Package spec is the contract between the program, which knows what a host
// must be, and the host binary, which makes it so. It holds values and their
// rules; it touches neither a cloud nor an operating system.
package spec

import (
	"bytes"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"tripvpn/internal/controlchannel"
)

// Version is the contract's version. A host refuses every other one, because
// a half-understood spec would leave a half-configured server.
const Version = 3

// Spec is everything a host has to be. A spec without VPN asks for the
// network alone, and holds no secret.
type Spec struct {
	Version int     `json:"version"`
	Network Network `json:"network"`
	VPN     *VPN    `json:"vpn,omitempty"`
	// Until is when the host ends itself; the zero value is never.
	Until time.Time `json:"until,omitzero"`
}

// Network is what forwarding and the firewall need to know of the tunnel.
type Network struct {
	Subnet  netip.Prefix `json:"subnet"`  // tunnel addresses, IPv4
	Subnet6 netip.Prefix `json:"subnet6"` // tunnel addresses, IPv6, a unique local /64 (RFC 4193)
	Port    uint16       `json:"port"`    // UDP port that OpenVPN serves
}

// VPN is one OpenVPN server. The PEM fields end in a newline.
type VPN struct {
	Name           string         `json:"name"` // the instance: openvpn-server@NAME
	Style          Style          `json:"style"`
	DNS            []netip.Addr   `json:"dns"`         // resolvers pushed to clients
	Clients        []Client       `json:"clients"`     // who may connect, and nobody else; may be empty
	CA             string         `json:"ca"`          // PEM: intermediate, then root
	Certificate    string         `json:"certificate"` // PEM: the server leaf
	Key            Secret         `json:"key"`         // PEM: the leaf's private key
	CRLs           string         `json:"crls"`        // PEM: the intermediate's, then the root's
	ControlChannel ControlChannel `json:"controlChannel"`
}

// Client is a client that may connect.
type Client struct {
	Name     string    `json:"name"`     // common name of its leaf
	Number   uint32    `json:"number"`   // what its addresses end in, see Network.Addresses
	NotAfter time.Time `json:"notAfter"` // when the leaf ends; the host has no other way to know
}

// ControlChannel is what keeps strangers from the handshake.
type ControlChannel struct {
	Mode controlchannel.Mode `json:"mode"`
	Key  Secret              `json:"key"` // the server's, as OpenVPN reads it
}

// Style is which options OpenVPN has.
type Style string

// Styles.
const (
	Modern  Style = "modern"
	Classic Style = "classic" // the original post's
)

// Digest is the style's --auth, which tls-auth goes by.
func (s Style) Digest() crypto.Hash {
	if s == Classic {
		return crypto.SHA512
	}
	return crypto.SHA256
}

// Decode reads exactly one spec. An unknown field, a missing one or anything
// behind the spec is an error, because the other side then speaks of
// something that this side would ignore. Errors never quote a value.
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
		return Spec{}, errors.New("decoding spec: there is more behind the JSON object")
	}
	if err := s.Validate(); err != nil {
		return Spec{}, fmt.Errorf("validating spec: %w", err)
	}
	return s, nil
}

// Encode is the inverse of Decode. What it returns holds every secret.
func (s Spec) Encode() ([]byte, error) {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encoding spec: %w", redact(err))
	}
	return append(data, '\n'), nil
}
