// Package spectest creates specs for tests, with real certificates and keys of
// one server, which are new in every call.
package spectest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	mathrand "math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/controlchannel"
	"tripvpn/internal/spec"
)

// Authority is a root and an intermediate that issue leaves, also to parallel tests.
type Authority struct {
	NotBefore, NotAfter time.Time

	root, intermediate       *x509.Certificate
	rootKey, intermediateKey *ecdsa.PrivateKey
}

// Pair is a certificate and its key as PEM.
type Pair struct{ Certificate, Key string }

// New returns an authority whose certificates are in force from an hour ago to a
// year from now.
func New(t testing.TB) *Authority {
	t.Helper()
	now := time.Now().Truncate(time.Second)
	a := &Authority{NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0)}
	a.rootKey = newKey(t)
	root := a.template("root")
	root.IsCA, root.BasicConstraintsValid = true, true
	root.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	a.root = a.sign(t, root, root, a.rootKey, a.rootKey)
	a.intermediateKey = newKey(t)
	intermediate := a.template("intermediate")
	intermediate.IsCA, intermediate.BasicConstraintsValid, intermediate.MaxPathLenZero = true, true, true
	intermediate.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	a.intermediate = a.sign(t, intermediate, a.root, a.intermediateKey, a.rootKey)
	return a
}

// Issue returns a new leaf for a server or a client.
func (a *Authority) Issue(t testing.TB, name string, usage x509.ExtKeyUsage) Pair {
	t.Helper()
	key := newKey(t)
	leaf := a.template(name)
	leaf.KeyUsage = x509.KeyUsageDigitalSignature
	leaf.ExtKeyUsage = []x509.ExtKeyUsage{usage}
	certificate := a.sign(t, leaf, a.intermediate, key, a.intermediateKey)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return Pair{encode("CERTIFICATE", certificate.Raw), encode("PRIVATE KEY", der)}
}

// Root returns the root certificate, the only one that clients trust, as PEM.
func (a *Authority) Root() string { return encode("CERTIFICATE", a.root.Raw) }

// Intermediate returns the intermediate certificate as PEM.
func (a *Authority) Intermediate() string { return encode("CERTIFICATE", a.intermediate.Raw) }

// First and Second are listeners that do not conflict, one of each protocol.
var (
	First = spec.Listener{
		Instance: "trip",
		Protocol: spec.UDP,
		Port:     1194,
		Subnet:   netip.MustParsePrefix("10.8.0.0/24"),
		Subnet6:  netip.MustParsePrefix("fd00:8::/64"),
		Device:   "tripvpn0",
	}
	Second = spec.Listener{
		Instance: "trip-tcp",
		Protocol: spec.TCP,
		Port:     443,
		Subnet:   netip.MustParsePrefix("10.9.0.0/24"),
		Subnet6:  netip.MustParsePrefix("fd00:8:0:1::/64"),
		Device:   "tripvpn1",
	}
)

// Spec returns a valid spec with an identity and the first listener.
func (a *Authority) Spec(t testing.TB, clients ...string) spec.Spec {
	t.Helper()
	server := a.Issue(t, "server", x509.ExtKeyUsageServerAuth)
	return spec.Spec{
		Version:     spec.Version,
		Trip:        "holiday",
		Listeners:   []spec.Listener{First},
		IPv6:        true,
		Logs:        spec.WeekOfLogs,
		Maintenance: spec.NewMaintenance(4),
		Identity: &spec.Identity{
			Style:          spec.Modern,
			DataPath:       spec.AutoPath,
			DNS:            []netip.Addr{netip.MustParseAddr("192.0.2.53"), netip.MustParseAddr("2001:db8::53")},
			Clients:        a.Clients(clients...),
			CA:             a.Intermediate() + a.Root(),
			Certificate:    server.Certificate,
			Key:            spec.Secret(server.Key),
			Revoked:        []string{},
			ControlChannel: spec.ControlChannel{Mode: controlchannel.TLSCryptV2, Key: ControlChannelKey(t, controlchannel.TLSCryptV2)},
		},
	}
}

// Clients returns clients with numbers from 2. Their leaves end with the authority.
func (a *Authority) Clients(names ...string) []spec.Client {
	clients := []spec.Client{}
	for i, name := range names {
		clients = append(clients, spec.Client{Name: name, Number: uint32(i) + 2, NotAfter: a.NotAfter.UTC()})
	}
	return clients
}

// ControlChannelKey returns a new server key for a mode.
func ControlChannelKey(t testing.TB, mode controlchannel.Mode) spec.Secret {
	t.Helper()
	seed := make([]byte, 32)
	_, err := rand.Read(seed)
	require.NoError(t, err)
	key, err := controlchannel.DeriveServer(seed, mode)
	require.NoError(t, err)
	return spec.Secret(key)
}

func (a *Authority) template(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(1 + mathrand.Int64N(1<<62)),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    a.NotBefore,
		NotAfter:     a.NotAfter,
	}
}

func (a *Authority) sign(t testing.TB, template, parent *x509.Certificate, key, issuer *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, issuer)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return certificate
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

func encode(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
