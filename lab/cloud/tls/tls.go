// Package tls is a stand-in for Pulumi's tls plugin v5.5.1, for machines that
// cannot download plugins: the private keys, certificate requests and
// certificates that the program asks for, made with crypto/x509 as the plugin
// makes them. It keeps nothing and reaches nothing; it must never log a key.
//
// The facts are those of hashicorp/terraform-provider-tls (internal/provider)
// behind pulumi-terraform-bridge. Two of them surprise: a maxPathLength of 0
// leaves no limit in the certificate, and the key identifier of an Ed25519 key
// is a hash of its DER octet string.
//
// Known differences from the plugin. Every input that is not listed here is
// refused:
//   - ECDSA keys are on P256 only, which must be set, because the plugin's
//     default is P224;
//   - a subject has a commonName only, and there are no dnsNames, ipAddresses
//     and uris; a request with extensions is refused when a certificate is made
//     of it;
//   - allowedUses are digital_signature, cert_signing, crl_signing, server_auth
//     and client_auth;
//   - outputs have neither id nor the bridge's __meta and
//     __pulumi_raw_state_delta; the resource's own id is the same;
//   - a diff names the changed inputs only, not the outputs that follow, and says
//     in detail how each changes;
//   - a preview leaves the defaults of a new resource unknown, and calls its keys
//     secret already;
//   - an input that is secret stays secret, also where the plugin drops the
//     marking (caCertPem, certRequestPem);
//   - errors have other texts, and are not logged as well;
//   - inputs that do not exist, and numbers given as strings, are refused, where
//     the plugin ignores and converts them;
//   - an empty list is the same as none;
//   - a part of a list or a subject that is secret stays secret in the outputs;
//   - there are no functions, no proxy configuration, and no migration of the
//     states of older versions.
package tls

import (
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// The plugin that this package replaces.
const (
	Name    = "tls"
	Version = "5.5.1"
)

// Provider makes the provider, which needs no configuration.
func Provider() p.Provider {
	return infer.Provider(infer.Options{
		Resources: []infer.InferredResource{
			infer.Resource(&PrivateKey{}),
			infer.Resource(&CertRequest{}),
			infer.Resource(&SelfSignedCert{}),
			infer.Resource(&LocallySignedCert{}),
		},
	})
}
