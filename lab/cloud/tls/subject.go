package tls

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
)

// emailAddress is the attribute of PKCS #9 (RFC 2985, 5.2.1).
var emailAddress = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}

// Subject is a distinguished name.
type Subject struct {
	CommonName         *string  `pulumi:"commonName,optional"`
	Country            *string  `pulumi:"country,optional"`
	EmailAddress       *string  `pulumi:"emailAddress,optional"`
	Locality           *string  `pulumi:"locality,optional"`
	Organization       *string  `pulumi:"organization,optional"`
	OrganizationalUnit *string  `pulumi:"organizationalUnit,optional"`
	PostalCode         *string  `pulumi:"postalCode,optional"`
	Province           *string  `pulumi:"province,optional"`
	SerialNumber       *string  `pulumi:"serialNumber,optional"`
	StreetAddresses    []string `pulumi:"streetAddresses,optional"`
}

// name is the subject as crypto/x509 writes it. No subject is an empty name.
func (s *Subject) name() pkix.Name {
	if s == nil {
		return pkix.Name{}
	}
	name := pkix.Name{
		CommonName:         *orElse(s.CommonName, ""),
		Country:            list(s.Country),
		Locality:           list(s.Locality),
		Organization:       list(s.Organization),
		OrganizationalUnit: list(s.OrganizationalUnit),
		PostalCode:         list(s.PostalCode),
		Province:           list(s.Province),
		SerialNumber:       *orElse(s.SerialNumber, ""),
		StreetAddress:      s.StreetAddresses,
	}
	if s.EmailAddress != nil {
		value := asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte(*s.EmailAddress)}
		name.ExtraNames = []pkix.AttributeTypeAndValue{{Type: emailAddress, Value: value}}
	}
	return name
}

// equal compares two subjects, either of which may be missing.
func (s *Subject) equal(o *Subject) bool {
	if s == nil || o == nil {
		return s == o
	}
	return same(s.CommonName, o.CommonName) &&
		same(s.Country, o.Country) &&
		same(s.EmailAddress, o.EmailAddress) &&
		same(s.Locality, o.Locality) &&
		same(s.Organization, o.Organization) &&
		same(s.OrganizationalUnit, o.OrganizationalUnit) &&
		same(s.PostalCode, o.PostalCode) &&
		same(s.Province, o.Province) &&
		same(s.SerialNumber, o.SerialNumber) &&
		slices.Equal(s.StreetAddresses, o.StreetAddresses)
}

// list is the form in which a name holds an attribute that may occur again.
func list(value *string) []string {
	if value == nil {
		return nil
	}
	return []string{*value}
}
