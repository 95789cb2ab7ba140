package pki

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// Chain is a server's certificate and both of its issuers.
type Chain struct {
	Leaf, Intermediate, Root *x509.Certificate
}

// ParseChain parses a host's PEM texts: only the leaf; the intermediate, then the
// root. The error lists every text that is invalid or has the wrong number of
// blocks.
func ParseChain(leaf, issuers string) (Chain, error) {
	leaves, errLeaf := exactly(1, leaf)
	authorities, errIssuers := exactly(2, issuers)
	err := errors.Join(named("the server certificate", errLeaf), named("the issuers", errIssuers))
	if err != nil {
		return Chain{}, err
	}
	return Chain{Leaf: leaves[0], Intermediate: authorities[0], Root: authorities[1]}, nil
}

// CheckSignatures returns an error for each certificate that its issuer did not
// sign. It needs no clock.
func (c Chain) CheckSignatures() error {
	return errors.Join(
		named("the root certificate is not signed by itself", c.Root.CheckSignatureFrom(c.Root)),
		named("the intermediate certificate is not signed by the root", c.Intermediate.CheckSignatureFrom(c.Root)),
		named("the server certificate is not signed by the intermediate", c.Leaf.CheckSignatureFrom(c.Intermediate)),
	)
}

// CheckLifetimes returns an error for each certificate that ends after its
// issuer, and so becomes invalid before its own end. It needs no clock.
func (c Chain) CheckLifetimes() error {
	return errors.Join(
		named("the intermediate certificate", Outlives(c.Intermediate, c.Root)),
		named("the server certificate", Outlives(c.Leaf, c.Intermediate)),
	)
}

// Outlives returns an error if a certificate ends after its issuer.
func Outlives(certificate, issuer *x509.Certificate) error {
	if !certificate.NotAfter.After(issuer.NotAfter) {
		return nil
	}
	return fmt.Errorf("it ends on %s, after its issuer %q, which ends on %s",
		certificate.NotAfter.UTC().Format(time.RFC3339), issuer.Subject.CommonName, issuer.NotAfter.UTC().Format(time.RFC3339))
}

// CheckAt returns an error if a client that trusts only the root would reject the
// server's certificate at that time (RFC 5280, section 6).
func (c Chain) CheckAt(now time.Time) error {
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(c.Root)
	intermediates.AddCert(c.Intermediate)
	_, err := c.Leaf.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: intermediates, CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	return err
}

// exactly parses PEM, which must contain n certificates.
func exactly(n int, text string) ([]*x509.Certificate, error) {
	all, err := Certificates(text)
	if err != nil {
		return nil, err
	}
	if len(all) != n {
		return nil, fmt.Errorf("expected %d PEM block(s), found %d", n, len(all))
	}
	return all, nil
}

func named(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
