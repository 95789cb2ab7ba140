// Package handshake begins the handshake of an OpenVPN client, to see what a server says
// to a profile. It performs the TLS handshake, in which each end checks the other's
// certificate, and stops before the client asks for a tunnel. So the server admits no
// device, runs none of its scripts, and does not disconnect the device that has the
// profile. It forgets the session within a minute.
package handshake

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"tripvpn/internal/controlchannel"
)

// Identity is what a profile says about both ends of a connection.
type Identity struct {
	Certificate *tls.Certificate // the device's; without one, the handshake ends at Known
	Roots       *x509.CertPool
	ServerName  string    // the common name that the server's certificate must have
	Now         time.Time // at which the server's certificate must be valid
}

// Stage tells how far a handshake came.
type Stage int

// The stages, in order.
const (
	Silent    Stage = iota // no answer with the profile's key
	Answered               // the server has answered the first packet
	Continued              // and has reacted to the second: it takes the device's key
	Known                  // and has the certificate of the profile's server
	Admitted               // and accepts the device's certificate
)

// Result is how far a handshake came, and its error, which is nil if that is Admitted.
type Result struct {
	Stage Stage
	Err   error
}

// ServerError is the reason for which a client rejects the server's certificate.
type ServerError struct{ Err error }

func (e *ServerError) Error() string { return "the server's certificate: " + e.Err.Error() }

// Unwrap returns the reason.
func (e *ServerError) Unwrap() error { return e.Err }

// Run begins a handshake over a connection of UDP or TCP, until the context ends, and
// closes the connection.
func Run(ctx context.Context, conn net.Conn, client controlchannel.Client, id Identity) Result {
	defer conn.Close()
	// A blocked read ends with the context.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	session, err := client.Start(rand.Reader)
	if err != nil {
		return Result{Silent, err}
	}
	s := newStream(ctx, conn, session)
	if err := s.reset(); err != nil {
		return Result{Silent, err}
	}
	var known bool
	over := tls.Client(s, id.config(&known))
	err = over.HandshakeContext(ctx)
	_ = over.Close() // tells the server, if it still listens
	switch {
	case err == nil:
		return Result{Admitted, nil}
	case known:
		return Result{Known, err}
	case s.continued:
		return Result{Continued, err}
	}
	return Result{Answered, err}
}

// config is for TLS 1.2. There the server checks the client's certificate before the
// client's handshake ends; in TLS 1.3 only afterwards, when it is silent if it accepts.
// known becomes true when the server's certificate is accepted.
func (id Identity) config(known *bool) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		MaxVersion: tls.VersionTLS12,
		// The server names only the issuer, which is not the root.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if id.Certificate == nil {
				return nil, errNoOwnCertificate
			}
			return id.Certificate, nil
		},
		// A server is known by a common name, which crypto/tls does not support.
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			if err := id.verify(state.PeerCertificates); err != nil {
				return &ServerError{err}
			}
			*known = true
			return nil
		},
	}
}

var errNoOwnCertificate = errors.New("the device has no valid certificate")

// errNoCertificate cannot happen with the cipher suites of crypto/tls.
var errNoCertificate = errors.New("it is missing")

// verify checks the server's certificate as openvpn(8) does with --remote-cert-tls and
// --verify-x509-name.
func (id Identity) verify(chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return errNoCertificate
	}
	intermediates := x509.NewCertPool()
	for _, issuer := range chain[1:] {
		intermediates.AddCert(issuer)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: id.Roots, Intermediates: intermediates, CurrentTime: id.Now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	if err == nil && chain[0].Subject.CommonName != id.ServerName {
		err = fmt.Errorf("it has the name %q, not %q", chain[0].Subject.CommonName, id.ServerName)
	}
	return err
}
