package tls

import (
	"crypto/x509"
	"maps"
	"slices"
)

var keyUsages = map[string]x509.KeyUsage{
	"digital_signature": x509.KeyUsageDigitalSignature,
	"cert_signing":      x509.KeyUsageCertSign,
	"crl_signing":       x509.KeyUsageCRLSign,
}

var extendedKeyUsages = map[string]x509.ExtKeyUsage{
	"server_auth": x509.ExtKeyUsageServerAuth,
	"client_auth": x509.ExtKeyUsageClientAuth,
}

// usages splits allowed uses into the two extensions that hold them. The order
// of the extended ones is kept.
func usages(allowed []string) (x509.KeyUsage, []x509.ExtKeyUsage) {
	var usage x509.KeyUsage
	var extended []x509.ExtKeyUsage
	for _, name := range allowed {
		usage |= keyUsages[name]
		if use, ok := extendedKeyUsages[name]; ok {
			extended = append(extended, use)
		}
	}
	return usage, extended
}

// usageNames are the names in usages, sorted.
func usageNames() []string {
	names := slices.Collect(maps.Keys(keyUsages))
	names = slices.AppendSeq(names, maps.Keys(extendedKeyUsages))
	slices.Sort(names)
	return names
}
