package spec

import (
	"errors"

	"tripvpn/bootstrap/pki"
	"tripvpn/controlchannel"
)

const regenerate = "let the program generate it again"

// validateKeys checks that certificates, CRLs and keys can be read and belong
// together. Values are long or secret, so none is quoted.
func (v *VPN) validateKeys() error {
	var problems []error
	chain, err := v.Chain()
	if err == nil {
		err = chain.CheckSignatures()
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
	if _, err := controlchannel.ParseServerKey(v.ControlChannelKey.Reveal()); err != nil { // err is dropped: it is about a secret
		problems = append(problems, about("vpn.controlChannelKey", errors.New("it is not a tls-crypt-v2 server key in PEM")))
	}
	return errors.Join(problems...)
}

// Chain reads the certificates and revocation lists.
func (v *VPN) Chain() (pki.Chain, error) {
	return pki.ParseChain(v.Certificate, v.CA, v.CRLs)
}

func about(field string, err error) error {
	return problem(field, redacted, err.Error(), regenerate)
}
