package spec

import (
	"crypto"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"time"

	"tripvpn/internal/controlchannel"
	"tripvpn/internal/pki"
)

// Identity is the certificate and keys of the server, and the clients that it
// admits. All listeners share it. The PEM fields end in a newline.
type Identity struct {
	Style          Style          `json:"style"`
	DataPath       DataPath       `json:"dataPath"`
	DNS            []netip.Addr   `json:"dns"`         // resolvers pushed to clients
	Clients        []Client       `json:"clients"`     // the only ones that may connect; may be empty
	CA             string         `json:"ca"`          // PEM: intermediate, then root
	Certificate    string         `json:"certificate"` // PEM: the server leaf
	Key            Secret         `json:"key"`         // PEM: the leaf's private key
	Revoked        []string       `json:"revoked"`     // serial numbers of revoked leaves, in decimal; may be empty
	ControlChannel ControlChannel `json:"controlChannel"`
}

// Client is a client that may connect.
type Client struct {
	Name     string    `json:"name"`     // common name of its leaf
	Number   uint32    `json:"number"`   // the host part of its addresses, see Listener.Addresses
	NotAfter time.Time `json:"notAfter"` // end of the leaf, which the host does not have
}

// ControlChannel protects the handshake from strangers.
type ControlChannel struct {
	Mode controlchannel.Mode `json:"mode"`
	Key  Secret              `json:"key"` // the server's, in OpenVPN's format
}

// Style selects a set of OpenVPN options.
type Style string

// Styles.
const (
	Modern  Style = "modern"
	Classic Style = "classic" // the original post's
)

// Digest returns the style's digest (--auth), which tls-auth uses.
func (s Style) Digest() crypto.Hash {
	if s == Classic {
		return crypto.SHA512
	}
	return crypto.SHA256
}

// Chain parses the certificates.
func (id *Identity) Chain() (pki.Chain, error) {
	return pki.ParseChain(id.Certificate, id.CA)
}

// ControlChannelKey parses the control channel's key.
func (id *Identity) ControlChannelKey() (controlchannel.Key, error) {
	return controlchannel.ParseKey(id.ControlChannel.Mode, id.Style.Digest(), id.ControlChannel.Key.Reveal())
}

const regenerate = "let the program generate it again"

func (id *Identity) validate() error {
	var problems []error
	if id.Style != Modern && id.Style != Classic {
		problems = append(problems, problem("identity.style", id.Style, "it must be modern or classic", "use modern"))
	}
	if err := CheckDataPath(id.DataPath, id.Style); err != nil {
		problems = append(problems, problem("identity.dataPath", id.DataPath, "it "+err.Error(), "use auto"))
	}
	problems = append(problems, validateDNS(id.DNS), validateMode(id.ControlChannel.Mode), validateClients(id.Clients), validateRevoked(id.Revoked), id.validateKeys())
	return errors.Join(problems...)
}

// validateDNS requires one or more different resolvers.
func validateDNS(resolvers []netip.Addr) error {
	if len(resolvers) == 0 {
		return problem("identity.dns", resolvers, "clients need a resolver", "list one or more public resolvers")
	}
	var problems []error
	for i, a := range resolvers {
		field := fmt.Sprintf("identity.dns[%d]", i)
		if err := CheckResolver(a); err != nil {
			problems = append(problems, problem(field, a, "it "+err.Error(), "use a public resolver"))
		} else if slices.Index(resolvers, a) != i {
			problems = append(problems, problem(field, a, "it is listed twice", "list it once"))
		}
	}
	return errors.Join(problems...)
}

func validateMode(mode controlchannel.Mode) error {
	switch mode {
	case controlchannel.TLSCryptV2, controlchannel.TLSCrypt, controlchannel.TLSAuth:
		return nil
	}
	return problem("identity.controlChannel.mode", mode, "it must be tls-crypt-v2, tls-crypt or tls-auth", "use tls-crypt-v2")
}

// validateClients accepts an empty list, because all clients may be revoked, but
// not a missing one.
func validateClients(clients []Client) error {
	if clients == nil {
		return problem("identity.clients", clients, "a list is required, although it may be empty", "list one client per device")
	}
	var problems []error
	seen := map[string]bool{}
	for i, client := range clients {
		field, name := fmt.Sprintf("identity.clients[%d]", i), client.Name
		if client.NotAfter.IsZero() {
			problems = append(problems, problem(field+".notAfter", client.NotAfter, "the end of the client's certificate is required", regenerate))
		}
		if err := CheckClientName(name); err != nil {
			problems = append(problems, problem(field, name, "it "+err.Error(), "use letters and digits"))
		} else if seen[name] {
			problems = append(problems, problem(field, name, "it is listed twice, and two devices with one certificate disconnect each other", "give each device its own name"))
		}
		seen[name] = true
	}
	return errors.Join(problems...)
}

// validateNumbers requires a unique number for each client, with an address in
// the subnet of every listener.
func (id *Identity) validateNumbers(listeners []Listener) error {
	var problems []error
	holder := map[uint32]string{}
	for i, client := range id.Clients {
		field := fmt.Sprintf("identity.clients[%d].number", i)
		if other := holder[client.Number]; other != "" {
			problems = append(problems, problem(field, client.Number, fmt.Sprintf("it is the number of %q", other), regenerate))
		}
		holder[client.Number] = client.Name
		for _, l := range listeners {
			if err := l.validateNumber(client.Number, field); err != nil {
				problems = append(problems, err)
				break
			}
		}
	}
	return errors.Join(problems...)
}

func (l Listener) validateNumber(number uint32, field string) error {
	if !l.Subnet.Addr().Is4() {
		return nil // validate reports it
	}
	last := uint32(FirstNumber + Room(l.Subnet) - 1)
	if number >= FirstNumber && number <= last {
		return nil
	}
	return problem(field, number, fmt.Sprintf("the subnet %s has addresses for the numbers %d to %d", l.Subnet, FirstNumber, last), "use a larger subnet")
}

// validateRevoked requires serial numbers as OpenVPN writes them, because they name
// files on the host.
func validateRevoked(serials []string) error {
	if serials == nil {
		return problem("identity.revoked", serials, "a list is required, although it may be empty", regenerate)
	}
	var problems []error
	for i, serial := range serials {
		if number, ok := new(big.Int).SetString(serial, 10); !ok || number.Sign() <= 0 || number.String() != serial {
			problems = append(problems, problem(fmt.Sprintf("identity.revoked[%d]", i), serial, "it is not a serial number in decimal", regenerate))
		}
	}
	return errors.Join(problems...)
}

// validateKeys checks that certificates and keys are valid and match. It
// quotes no value, because values are long or secret.
func (id *Identity) validateKeys() error {
	var problems []error
	about := func(field string, err error) {
		problems = append(problems, problem(field, redacted, err.Error(), regenerate))
	}
	chain, err := id.Chain()
	if err == nil {
		err = errors.Join(chain.CheckSignatures(), chain.CheckLifetimes())
	}
	if err != nil {
		about("identity.ca, identity.certificate", err)
	}
	key, err := pki.PrivateKey(id.Key.Reveal())
	switch {
	case err != nil:
		about("identity.key", err)
	case chain.Leaf != nil && !pki.Matches(key, chain.Leaf):
		about("identity.key", errors.New("it is not the key of identity.certificate"))
	}
	if _, err := id.ControlChannelKey(); err != nil { // err is dropped: it describes a secret
		about("identity.controlChannel.key", errors.New("it is not a server key for identity.controlChannel.mode"))
	}
	return errors.Join(problems...)
}
