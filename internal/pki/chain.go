package pki

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// Chain is a server's certificate and both of its issuers, with the issuers'
// revocation lists.
type Chain struct {
	Leaf, Intermediate, Root *x509.Certificate
	IntermediateCRL, RootCRL *x509.RevocationList
}

// ParseChain parses a host's PEM texts: only the leaf; the intermediate, then the
// root; the intermediate's CRL, then the root's. The error lists every text that
// is invalid or has the wrong number of blocks.
func ParseChain(leaf, issuers, crls string) (Chain, error) {
	leaves, errLeaf := exactly(1, leaf, Certificates)
	authorities, errIssuers := exactly(2, issuers, Certificates)
	lists, errCRLs := exactly(2, crls, RevocationLists)
	err := errors.Join(named("the server certificate", errLeaf),
		named("the issuers", errIssuers), named("the revocation lists", errCRLs))
	if err != nil {
		return Chain{}, err
	}
	return Chain{Leaf: leaves[0], Intermediate: authorities[0], Root: authorities[1],
		IntermediateCRL: lists[0], RootCRL: lists[1]}, nil
}

// CheckSignatures returns an error for each certificate and CRL that its issuer
// did not sign. It needs no clock.
func (c Chain) CheckSignatures() error {
	return errors.Join(
		named("the root certificate is not signed by itself", c.Root.CheckSignatureFrom(c.Root)),
		named("the intermediate certificate is not signed by the root", c.Intermediate.CheckSignatureFrom(c.Root)),
		named("the server certificate is not signed by the intermediate", c.Leaf.CheckSignatureFrom(c.Intermediate)),
		named("the first CRL is not signed by the intermediate", c.IntermediateCRL.CheckSignatureFrom(c.Intermediate)),
		named("the second CRL is not signed by the root", c.RootCRL.CheckSignatureFrom(c.Root)),
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
// server's certificate at that time (RFC 5280, section 6). It ignores the CRLs.
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

// CheckCRLsAt returns an error for each CRL that is not in force at that time,
// and for each certificate of the chain that is revoked. With an expired CRL,
// OpenVPN refuses every client.
func (c Chain) CheckCRLsAt(now time.Time) error {
	return errors.Join(
		inForce("the intermediate's CRL", c.IntermediateCRL, now),
		inForce("the root's CRL", c.RootCRL, now),
		notRevoked("the server certificate", c.Leaf, c.IntermediateCRL),
		notRevoked("the intermediate certificate", c.Intermediate, c.RootCRL),
	)
}

func inForce(name string, list *x509.RevocationList, now time.Time) error {
	if now.Before(list.ThisUpdate) {
		return fmt.Errorf("%s is in force only from %s", name, list.ThisUpdate.UTC().Format(time.RFC3339))
	}
	if now.After(list.NextUpdate) {
		return fmt.Errorf("%s ran out on %s", name, list.NextUpdate.UTC().Format(time.RFC3339))
	}
	return nil
}

func notRevoked(name string, certificate *x509.Certificate, list *x509.RevocationList) error {
	for _, entry := range list.RevokedCertificateEntries {
		if entry.SerialNumber.Cmp(certificate.SerialNumber) == 0 {
			return fmt.Errorf("%s is revoked", name)
		}
	}
	return nil
}

// exactly parses text, which must contain n items.
func exactly[T any](n int, text string, read func(string) ([]T, error)) ([]T, error) {
	all, err := read(text)
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
