// Package profile reads the profile of a device, as templates writes it. It is pure: it
// uses neither files nor a clock. Its errors never contain a key or a part of one.
package profile

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tripvpn/internal/controlchannel"
	"tripvpn/internal/pki"
	"tripvpn/internal/spec"
)

// Profile is a device's profile. It contains secrets.
type Profile struct {
	Remotes     []Remote // in the order in which a client tries them, at least one
	ServerName  string   // common name that the server's certificate must have
	Roots       []*x509.Certificate
	Certificate *x509.Certificate // the device's
	Key         crypto.Signer     // not necessarily that of the certificate
	Mode        controlchannel.Mode
	Client      controlchannel.Client
}

// Remote is a port of a server.
type Remote struct {
	Host     string // an address or a name
	Port     uint16
	Protocol spec.Protocol
}

// String returns the remote as the profile has it.
func (r Remote) String() string { return fmt.Sprintf("%s %d %s", r.Host, r.Port, r.Protocol) }

// Parse parses the content of a profile's file. Line ends may be those of Windows. Of the
// options of openvpn(8), it reads those of tripvpn's profiles that say how to reach and
// know the server. The error lists every problem.
func Parse(text string) (Profile, error) {
	options, files, err := split(strings.ReplaceAll(text, "\r\n", "\n"))
	if err != nil {
		return Profile{}, fmt.Errorf("reading the profile: %w", err)
	}
	p, errKeys := parseKeys(files)
	remotes, errRemotes := parseRemotes(options)
	name, errName := serverName(options)
	mode, client, errControl := parseControl(options, files)
	if err := errors.Join(errRemotes, errName, errKeys, errControl); err != nil {
		return Profile{}, fmt.Errorf("reading the profile: %w", err)
	}
	p.Remotes, p.ServerName, p.Mode, p.Client = remotes, name, mode, client
	return p, nil
}

// split returns the lines with options, as words, and the inline files, see "Inline file
// support" in openvpn(8).
func split(text string) (options [][]string, files map[string]string, err error) {
	files = map[string]string{}
	open := ""
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case open != "" && trimmed == "</"+open+">":
			open = ""
		case open != "":
			files[open] += line
		case trimmed == "" || trimmed[0] == '#' || trimmed[0] == ';':
		case strings.HasPrefix(trimmed, "<") && strings.HasSuffix(trimmed, ">"):
			open = trimmed[1 : len(trimmed)-1]
			if _, twice := files[open]; twice {
				return nil, nil, fmt.Errorf("it has <%s> twice", printable(open))
			}
			files[open] = ""
		default:
			options = append(options, strings.Fields(trimmed))
		}
	}
	if open != "" {
		return nil, nil, fmt.Errorf("it ends within <%s>: the file is not complete", printable(open))
	}
	return options, files, nil
}

// printable returns a text of the file for an error, unless it is long enough for a part
// of a key.
func printable(text string) string {
	if len(text) > 20 {
		return "…"
	}
	return strconv.Quote(text)
}

// one returns the arguments of an option that occurs once.
func one(options [][]string, name string) ([]string, error) {
	var found [][]string
	for _, words := range options {
		if words[0] == name {
			found = append(found, words[1:])
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("it has the option %s %d times, not once", name, len(found))
	}
	return found[0], nil
}

func parseRemotes(options [][]string) ([]Remote, error) {
	var remotes []Remote
	for _, words := range options {
		if words[0] != "remote" {
			continue
		}
		remote, err := parseRemote(words[1:])
		if err != nil {
			return nil, fmt.Errorf("its remote %d: %w", len(remotes)+1, err)
		}
		remotes = append(remotes, remote)
	}
	if len(remotes) == 0 {
		return nil, errors.New("it has no remote: it is not a profile of tripvpn")
	}
	return remotes, nil
}

// host matches addresses and names. Nothing else is printed.
var host = regexp.MustCompile(`^[0-9A-Za-z:.-]{1,253}$`)

func parseRemote(words []string) (Remote, error) {
	if len(words) != 3 {
		return Remote{}, fmt.Errorf("it has %d words, not host, port and protocol", len(words))
	}
	port, err := strconv.ParseUint(words[1], 10, 16)
	if err != nil || port == 0 {
		return Remote{}, fmt.Errorf("its port is %s, not a number from 1 to 65535", printable(words[1]))
	}
	protocol := spec.Protocol(words[2])
	if protocol != spec.UDP && protocol != spec.TCP {
		return Remote{}, fmt.Errorf("its protocol is %s, not udp or tcp", printable(words[2]))
	}
	if !host.MatchString(words[0]) {
		return Remote{}, errors.New("its host is neither an address nor a name")
	}
	return Remote{words[0], uint16(port), protocol}, nil
}

func serverName(options [][]string) (string, error) {
	words, err := one(options, "verify-x509-name")
	if err != nil {
		return "", err
	}
	if len(words) != 2 || words[1] != "name" {
		return "", errors.New("its option verify-x509-name does not have a name and the word name")
	}
	return words[0], nil
}

func parseKeys(files map[string]string) (Profile, error) {
	roots, errRoots := pki.Certificates(files["ca"])
	certificate, errCertificate := pki.Certificate(files["cert"])
	key, errKey := pki.PrivateKey(files["key"])
	return Profile{Roots: roots, Certificate: certificate, Key: key}, errors.Join(
		named("its <ca>", errRoots), named("its <cert>", errCertificate), named("its <key>", errKey))
}

func named(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

var modes = []controlchannel.Mode{controlchannel.TLSCryptV2, controlchannel.TLSCrypt, controlchannel.TLSAuth}

func parseControl(options [][]string, files map[string]string) (controlchannel.Mode, controlchannel.Client, error) {
	present := slices.DeleteFunc(slices.Clone(modes), func(m controlchannel.Mode) bool { return files[string(m)] == "" })
	if len(present) != 1 {
		return "", controlchannel.Client{}, fmt.Errorf("it has %d of <tls-crypt-v2>, <tls-crypt> and <tls-auth>, not one", len(present))
	}
	mode := present[0]
	digest, err := authDigest(options)
	if err != nil {
		return "", controlchannel.Client{}, err
	}
	client, err := controlchannel.ParseClient(mode, digest, files[string(mode)])
	return mode, client, named("its <"+string(mode)+">", err)
}

// authDigest returns the digest of tls-auth.
func authDigest(options [][]string) (crypto.Hash, error) {
	words, err := one(options, "auth")
	if err != nil {
		return 0, err
	}
	for _, style := range []spec.Style{spec.Modern, spec.Classic} {
		if len(words) == 1 && strings.ReplaceAll(style.Digest().String(), "-", "") == words[0] {
			return style.Digest(), nil
		}
	}
	return 0, errors.New("its option auth is neither SHA256 nor SHA512")
}
