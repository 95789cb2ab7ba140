package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tripvpn/bootstrap/host"
	"tripvpn/internal/pki"
	"tripvpn/internal/spec"
)

// proofs tries what a client depends on, and returns what does not hold.
func (p program) proofs(ctx context.Context, r host.Reader, s spec.Spec) []problem {
	i := instance{s.VPN.Name}
	log := readLog(i.unit())
	renew := "run `pulumi up`, which renews it; and look at the host's clock"
	var problems []problem
	prove := func(err error, what, hint string) {
		if err != nil {
			problems = append(problems, problem{What: what + ": " + err.Error(), Hint: hint})
		}
	}
	prove(fixedOpenVPN(ctx, r), "OpenVPN is not safe to serve with", "run: apt-get update && apt-get install --only-upgrade openvpn")
	prove(checkEnd(s.Until, p.now()), "this host should be gone", "look at its clock, and at: journalctl -u "+endService)
	problems = append(problems, sandboxed(ctx, r, i)...)
	chain, err := p.chain(r, s)
	prove(err, "certificates, CRLs and key do not belong together", "run tripvpn-bootstrap apply")
	if err == nil {
		prove(chain.CheckAt(p.now()), "clients refuse the server's certificate", renew)
		prove(chain.CheckCRLsAt(p.now()), "the revocation lists are not in force, so every client is refused", renew)
	}
	patient, cancel := context.WithTimeout(ctx, p.patience)
	defer cancel()
	prove(until(patient, func() error { return portBound(r, s.Network.Port) }), "nothing listens", log)
	prove(p.answers(patient, s), "the server does not answer its own control channel", log)
	return problems
}

// chain reads what OpenVPN reads: the files on the host.
func (p program) chain(r host.Reader, s spec.Spec) (pki.Chain, error) {
	i, content := instance{s.VPN.Name}, map[string]string{}
	for _, name := range []string{issuersFile, certificateFile, keyFile, crlsFile} {
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
	chain, err := pki.ParseChain(leaf, content[issuersFile], content[crlsFile])
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

// portBound looks for the socket in proc_pid_net(5), which lists addresses as
// HEX:PORT, in the second column, for each family. OpenVPN's dual-stack
// socket is in the IPv6 list.
func portBound(r host.Reader, port uint16) error {
	suffix := fmt.Sprintf(":%04X", port)
	for _, list := range []string{"/proc/net/udp6", "/proc/net/udp"} {
		data, err := r.ReadFile(list)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(data)) {
			if fields := strings.Fields(line); len(fields) > 1 && strings.HasSuffix(fields[1], suffix) {
				return nil
			}
		}
	}
	return fmt.Errorf("UDP port %d is not bound", port)
}

// answers begins a handshake as a client does, without certificates.
func (p program) answers(ctx context.Context, s spec.Spec) error {
	key, err := s.VPN.ControlChannelKey()
	if err != nil {
		return err
	}
	return until(ctx, func() error { return p.probe(ctx, key, s.Network.Port) })
}

// until asks again until it holds, or returns the last error when the context
// is done.
func until(ctx context.Context, holds func() error) error {
	for {
		err := holds()
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
