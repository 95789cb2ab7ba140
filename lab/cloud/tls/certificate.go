package tls

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
)

const pemCertificate = "CERTIFICATE"

// CertificateArgs are the inputs that both kinds of certificate have. All but
// EarlyRenewalHours go into the certificate, so that a change makes a new one.
type CertificateArgs struct {
	AllowedUses         []string `pulumi:"allowedUses"`
	ValidityPeriodHours int      `pulumi:"validityPeriodHours"`
	EarlyRenewalHours   *int     `pulumi:"earlyRenewalHours,optional"` // default 0
	IsCACertificate     *bool    `pulumi:"isCaCertificate,optional"`   // default false
	MaxPathLength       *int     `pulumi:"maxPathLength,optional"`
	SetSubjectKeyID     *bool    `pulumi:"setSubjectKeyId,optional"` // default false
}

// CertificateState is a certificate, in PEM, and its times in RFC 3339.
type CertificateState struct {
	CertPEM           string `pulumi:"certPem"`
	ReadyForRenewal   bool   `pulumi:"readyForRenewal"`
	ValidityStartTime string `pulumi:"validityStartTime"`
	ValidityEndTime   string `pulumi:"validityEndTime"`
}

func (a CertificateArgs) withDefaults() CertificateArgs {
	a.EarlyRenewalHours = orElse(a.EarlyRenewalHours, 0)
	a.IsCACertificate = orElse(a.IsCACertificate, false)
	a.SetSubjectKeyID = orElse(a.SetSubjectKeyID, false)
	return a
}

// refusals adds the failures of the inputs to the failures so far.
func (a CertificateArgs) refusals(failures []p.CheckFailure) []p.CheckFailure {
	c := checks{failures: failures}
	for _, use := range a.AllowedUses {
		c.oneOf("allowedUses", use, usageNames()...)
	}
	c.atLeast("validityPeriodHours", a.ValidityPeriodHours, 0)
	c.atLeast("earlyRenewalHours", *a.withDefaults().EarlyRenewalHours, 0)
	c.atLeast("maxPathLength", *orElse(a.MaxPathLength, -1), -1)
	return c.failures
}

// diff notes what differs from an older certificate. A path length that is no
// longer requested stays.
func (a CertificateArgs) diff(old CertificateArgs, state CertificateState, now time.Time, diff changes) {
	old, a = old.withDefaults(), a.withDefaults()
	diff.replaceIf(!slices.Equal(a.AllowedUses, old.AllowedUses), "allowedUses")
	diff.replaceIf(a.ValidityPeriodHours != old.ValidityPeriodHours, "validityPeriodHours")
	diff.updateIf(*a.EarlyRenewalHours != *old.EarlyRenewalHours, "earlyRenewalHours")
	diff.replaceIf(*a.IsCACertificate != *old.IsCACertificate, "isCaCertificate")
	diff.replaceIf(a.MaxPathLength != nil && !same(a.MaxPathLength, old.MaxPathLength), "maxPathLength")
	diff.replaceIf(*a.SetSubjectKeyID != *old.SetSubjectKeyID, "setSubjectKeyId")
	diff.updateIf(a.renewsAtOnce() != state.ReadyForRenewal, "readyForRenewal")
	diff.replaceIf(a.renewalDue(state, now), "readyForRenewal")
}

// certificate describes what goes into the certificate of a public key, except
// for its subject and serial number. crypto/x509 reads a MaxPathLen of 0 as no limit
// unless MaxPathLenZero is set as well, which the plugin never does, so that a
// limit of 0 gets lost (common_cert.go, createCertificate).
func (a CertificateArgs) certificate(public crypto.PublicKey, now time.Time) (x509.Certificate, error) {
	a = a.withDefaults()
	template := x509.Certificate{
		BasicConstraintsValid: true,
		NotBefore:             now,
		NotAfter:              now.Add(hours(a.ValidityPeriodHours)),
		IsCA:                  *a.IsCACertificate,
		MaxPathLen:            max(*orElse(a.MaxPathLength, 0), 0),
	}
	template.KeyUsage, template.ExtKeyUsage = usages(a.AllowedUses)
	if !*a.IsCACertificate && !*a.SetSubjectKeyID {
		return template, nil
	}
	var err error
	template.SubjectKeyId, err = subjectKeyID(public)
	return template, err
}

// issue signs a certificate with a random serial number of up to 128 bits,
// which is its id.
func issue(template, parent *x509.Certificate, public crypto.PublicKey, signer crypto.Signer) (id string, state CertificateState, err error) {
	if template.IsCA && len(template.Subject.ToRDNSequence()) == 0 {
		return "", state, errors.New("creating a certificate: the subject of a CA must have at least one name")
	}
	template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		return "", state, fmt.Errorf("choosing a serial number: %w", err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
	if err != nil {
		return "", state, fmt.Errorf("creating a certificate: %w", err)
	}
	return template.SerialNumber.String(), CertificateState{
		CertPEM:           encodePEM(pemCertificate, der),
		ValidityStartTime: template.NotBefore.Format(time.RFC3339Nano),
		ValidityEndTime:   template.NotAfter.Format(time.RFC3339Nano),
	}, nil
}

// parseCertificate reads a certificate in PEM.
func parseCertificate(text string) (*x509.Certificate, error) {
	der, err := decodePEM(pemCertificate, text)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}
