package tls

import "crypto/x509/pkix"

// Subject is a distinguished name of one attribute.
type Subject struct {
	CommonName *string `pulumi:"commonName,optional"`
}

// name is the subject as crypto/x509 writes it. No subject is an empty name.
func (s *Subject) name() pkix.Name {
	if s == nil {
		return pkix.Name{}
	}
	return pkix.Name{CommonName: *orElse(s.CommonName, "")}
}

// equal compares two subjects, either of which may be missing.
func (s *Subject) equal(o *Subject) bool {
	if s == nil || o == nil {
		return s == o
	}
	return same(s.CommonName, o.CommonName)
}
