package tls

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
)

// Names are who a certificate is for: a subject and alternative names.
type Names struct {
	Subject     *Subject `pulumi:"subject,optional"`
	DNSNames    []string `pulumi:"dnsNames,optional"`
	IPAddresses []string `pulumi:"ipAddresses,optional"`
	URIs        []string `pulumi:"uris,optional"`
}

// replaceIfChanged notes what differs from the names of an older resource.
func (n Names) replaceIfChanged(old Names, diff changes) {
	diff.replaceIf(!n.Subject.equal(old.Subject), "subject")
	diff.replaceIf(!slices.Equal(n.DNSNames, old.DNSNames), "dnsNames")
	diff.replaceIf(!slices.Equal(n.IPAddresses, old.IPAddresses), "ipAddresses")
	diff.replaceIf(!slices.Equal(n.URIs, old.URIs), "uris")
}

func (n Names) ipAddresses() ([]net.IP, error) {
	var addresses []net.IP
	for _, text := range n.IPAddresses {
		address := net.ParseIP(text)
		if address == nil {
			return nil, fmt.Errorf("parsing IP address %q: no address", text)
		}
		addresses = append(addresses, address)
	}
	return addresses, nil
}

func (n Names) uris() ([]*url.URL, error) {
	var uris []*url.URL
	for _, text := range n.URIs {
		uri, err := url.Parse(text)
		if text == "" {
			err = errors.New("it is empty")
		}
		if err != nil {
			return nil, fmt.Errorf("parsing URI %q: %w", text, err)
		}
		uris = append(uris, uri)
	}
	return uris, nil
}
