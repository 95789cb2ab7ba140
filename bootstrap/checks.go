package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tripvpn/bootstrap/host"
	"tripvpn/internal/controlchannel"
	"tripvpn/internal/pki"
	"tripvpn/internal/spec"
)

// checks tests everything that a client depends on, and returns the problems.
func (p program) checks(ctx context.Context, r host.Reader, s spec.Spec) []problem {
	var found problems
	found.check(checkEnd(s.Until, p.now()), "this host should have terminated itself", "check its clock, and read: journalctl -u "+endService)
	key, err := s.Identity.ControlChannelKey()
	found.check(err, "the spec's control-channel key cannot be read", "run on your own machine: "+sendAgain)
	found = append(found, checkSSH(ctx, r, s.Logs)...)
	found = append(found, p.checkUpdates(ctx, r, s)...)
	required, pathErr := requiredDataPath(ctx, r, s)
	found.check(pathErr, "the data path is not known", "run tripvpn-bootstrap apply once that is solved")
	serve := err == nil
	for _, l := range s.Listeners {
		found = append(found, sandboxed(ctx, r, s, l)...)
		p.checkCertificates(r, instance{l.Instance}, &found)
		if err == nil {
			serve = p.checkService(ctx, r, l, key, &found) && serve
		}
		if required != nil {
			checkDataPath(r, l, *required, &found)
		}
	}
	if serve {
		p.checkEgress(ctx, s, &found)
	}
	return found
}

// problems are collected by checks.
type problems []problem

// check adds a problem if err is not nil.
func (p *problems) check(err error, what, hint string) {
	if err != nil {
		*p = append(*p, problem{What: what + ": " + err.Error(), Hint: hint})
	}
}

func (p program) checkCertificates(r host.Reader, i instance, found *problems) {
	const renew = "run `pulumi up` on your own machine to renew it, and check this host's clock"
	chain, err := readChain(r, i)
	found.check(err, "certificates and key do not match", "run tripvpn-bootstrap apply")
	if err == nil {
		found.check(chain.CheckAt(p.now()), "clients refuse the server's certificate", renew)
	}
}

// checkService waits until OpenVPN serves, and reports whether it listens. systemd
// considers it started once it has read its configuration.
func (p program) checkService(ctx context.Context, r host.Reader, l spec.Listener, key controlchannel.Key, found *problems) bool {
	ctx, cancel := context.WithTimeout(ctx, p.readyTimeout)
	defer cancel()
	log := readLog(instance{l.Instance}.unit())
	bound := until(ctx, func() error { return portBound(r, l) })
	found.check(bound, "nothing listens", log)
	// The probe starts a handshake as a client does, without certificates.
	found.check(until(ctx, func() error { return p.probe(ctx, key, l) }), "the server does not answer on its control channel", log)
	// Without it, the server serves, and devices that are revoked stay connected.
	_, err := connectedClients(ctx, r, instance{l.Instance})
	found.check(err, "the server takes no orders", "run: sudo systemctl restart "+instance{l.Instance}.unit())
	return bound == nil
}

// readChain reads the certificates and the key that OpenVPN reads on the host.
func readChain(r host.Reader, i instance) (pki.Chain, error) {
	content := map[string]string{}
	for _, name := range []string{issuersFile, certificateFile, keyFile} {
		data, err := r.ReadFile(i.file(name))
		if err != nil {
			return pki.Chain{}, err
		}
		content[name] = string(data)
	}
	leaf, err := pki.First(content[certificateFile])
	if err != nil {
		return pki.Chain{}, fmt.Errorf("%s: %w", certificateFile, err)
	}
	chain, err := pki.ParseChain(leaf, content[issuersFile])
	if err != nil {
		return pki.Chain{}, err
	}
	key, err := pki.PrivateKey(content[keyFile])
	if err != nil {
		return pki.Chain{}, fmt.Errorf("%s: %w", keyFile, err)
	}
	if !pki.Matches(key, chain.Leaf) {
		return pki.Chain{}, fmt.Errorf("%s is not the key of %s", keyFile, certificateFile)
	}
	return chain, chain.CheckSignatures()
}

// portBound looks for the listener's socket in proc_pid_net(5), which lists addresses as
// HEX:PORT, in the second column, for each protocol and family. The fourth column is the
// state of a socket: TCP's connections have the port of the listener, too. OpenVPN's
// dual-stack socket is in the IPv6 list.
func portBound(r host.Reader, l spec.Listener) error {
	suffix := fmt.Sprintf(":%04X", l.Port)
	for _, list := range []string{"/proc/net/" + string(l.Protocol) + "6", "/proc/net/" + string(l.Protocol)} {
		data, err := r.ReadFile(list)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(data)) {
			fields := strings.Fields(line)
			if len(fields) > 3 && strings.HasSuffix(fields[1], suffix) && fields[3] == unconnected[l.Protocol] {
				return nil
			}
		}
	}
	return fmt.Errorf("%s port %d is not bound", strings.ToUpper(string(l.Protocol)), l.Port)
}

// unconnected is the state of a server's socket in hexadecimal: TCP_CLOSE and TCP_LISTEN
// in the kernel's net/tcp_states.h. UDP has no states of its own.
var unconnected = map[spec.Protocol]string{spec.UDP: "07", spec.TCP: "0A"}

// until repeats a check until it succeeds. When the context is done, it returns the
// check's last error.
func until(ctx context.Context, check func() error) error {
	for {
		err := check()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}
