package vpn

import (
	"errors"
	"fmt"
	"time"

	"tripvpn/internal/pki"
)

// Lifetimes of certificates, in hours, and how long before their end the tls
// provider makes new ones at the next update. A CA is replaced as soon as it
// could not outlive what it signs by a day, so that nothing ever outlives its
// issuer: a leaf that is signed today ends before its intermediate, and an
// intermediate before its root. A client's leaf is not replaced before its end,
// because that takes a new profile.
const (
	day = 24

	leafHours         = 365 * day
	intermediateHours = 10 * leafHours
	rootHours         = 20 * leafHours

	serverRenewalHours       = 90 * day
	intermediateRenewalHours = leafHours + day
	rootRenewalHours         = intermediateHours + day
)

// endOf returns when a certificate, given as PEM, ends.
func endOf(certificate string) (time.Time, error) {
	parsed, err := pki.Certificate(certificate)
	if err != nil {
		return time.Time{}, err
	}
	return parsed.NotAfter.UTC(), nil
}

// checkLifetime refuses a leaf that ends after its issuer, both given as PEM.
func checkLifetime(leafPEM, issuerPEM string) error {
	leaf, errLeaf := pki.Certificate(leafPEM)
	issuer, errIssuer := pki.Certificate(issuerPEM)
	if err := errors.Join(errLeaf, errIssuer); err != nil {
		return err
	}
	if err := pki.Outlives(leaf, issuer); err != nil {
		return fmt.Errorf("checking the certificate of %q: %w", leaf.Subject.CommonName, err)
	}
	return nil
}
