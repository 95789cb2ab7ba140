package spec

import (
	"errors"

	"tripvpn/internal/controlchannel"
	"tripvpn/internal/pki"
)

const regenerate = "let the program generate it again"

// validateKeys checks that certificates, CRLs and keys can be read and belong
// together. Values are long or secret, so none is quoted.
func (v *VPN) validateKeys() error {
	var problems []error
	chain, err := v.Chain()
	if err == nil {
		err = errors.Join(chain.CheckSignatures(), chain.CheckLifetimes())
	}
	if err != nil {
		problems = append(problems, about("vpn.ca, vpn.certificate, vpn.crls", err))
	}
	key, err := pki.PrivateKey(v.Key.Reveal())
	switch {
	case err != nil:
		problems = append(problems, about("vpn.key", err))
	case chain.Leaf != nil && !pki.Matches(key, chain.Leaf):
		problems = append(problems, about("vpn.key", errors.New("it is not the key of vpn.certificate")))
	}
	if _, err := v.ControlChannelKey(); err != nil { // err is dropped: it is about a secret
		problems = append(problems, about("vpn.controlChannel.key", errors.New("it is not a server key for vpn.controlChannel.mode")))
	}
	return errors.Join(problems...)
}

// Chain reads the certificates and revocation lists.
func (v *VPN) Chain() (pki.Chain, error) {
	return pki.ParseChain(v.Certificate, v.CA, v.CRLs)
}

// ControlChannelKey reads the control channel's key.
func (v *VPN) ControlChannelKey() (controlchannel.Key, error) {
	return controlchannel.ParseKey(v.ControlChannel.Mode, v.Style.Digest(), v.ControlChannel.Key.Reveal())
}

func about(field string, err error) error {
	return problem(field, redacted, err.Error(), regenerate)
}
