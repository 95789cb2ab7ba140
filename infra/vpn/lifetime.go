package vpn

import (
	"errors"
	"fmt"
	"time"

	"tripvpn/internal/pki"
)

// Lifetimes and renewal periods of certificates, in hours. In the renewal period
// at the end of a certificate's life, the tls provider replaces it at the next
// update. A CA's renewal period is a day longer than the life of what the CA
// signs, so that nothing outlives its issuer: a leaf that is signed today ends
// before its intermediate, and an intermediate before its root. A client's leaf
// has no renewal period, because a new leaf requires a new profile.
const (
	day = 24

	leafHours         = 365 * day
	intermediateHours = 10 * leafHours
	rootHours         = 20 * leafHours

	serverRenewalHours       = 90 * day
	intermediateRenewalHours = leafHours + day
	rootRenewalHours         = intermediateHours + day
)

// endOf returns the end of a certificate given as PEM, in UTC.
func endOf(certificate string) (time.Time, error) {
	parsed, err := pki.Certificate(certificate)
	if err != nil {
		return time.Time{}, err
	}
	return parsed.NotAfter.UTC(), nil
}

// checkLifetime returns an error if a leaf ends after its issuer, both given as
// PEM.
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
