package site

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"

	"tripvpn/lab/cloud/ec2"
	"tripvpn/lab/fabric"
	"tripvpn/lab/machine"
)

// architectures are Debian's names of EC2's.
var architectures = map[string]string{ec2.X86: "amd64", ec2.ARM: "arm64"}

// PrepareVirtual builds the image of virtual machines of an architecture, "arm64", or
// finds it in the cache.
func (s *Site) PrepareVirtual(ctx context.Context, image, architecture string) error {
	_, err := s.virtualImage(ctx, image, architecture)
	return err
}

func (s *Site) virtualImage(ctx context.Context, image, architecture string) (layers []string, err error) {
	if s.Offloading {
		return s.images.Offloading(ctx, image, architecture)
	}
	return s.images.Virtual(ctx, image, architecture)
}

// virtual makes an instance's machine one of the instance's type.
func (s *Site) virtual(ctx context.Context, m ec2.Machine, c *machine.Config) error {
	var err error
	if c.Layers, err = s.virtualImage(ctx, m.Image, architectures[m.Type.Architecture]); err != nil {
		return err
	}
	mac := cardOf(m)
	c.Virtual = &machine.Virtual{
		Architecture: architectures[m.Type.Architecture],
		Processors:   m.Type.VCPUs,
		MemoryMiB:    m.Type.MemoryMiB,
		DiskGiB:      m.DiskGiB,
		Tap:          fabric.Tap,
		MAC:          mac,
		MTU:          fabric.InstanceMTU,
	}
	c.Seed.Network, err = networkOf(m, mac)
	return err
}

// cardOf is an address for the network card. It is locally administered, and the
// subnet's only one.
func cardOf(m ec2.Machine) string {
	address := m.Address.As4()
	return net.HardwareAddr(append([]byte{0x0a, 0xff}, address[:]...)).String()
}

// networkOf renders what an instance's DHCP leases say, as network-config version 2
// (docs.cloud-init.io/en/latest/reference/network-config-format-v2.html). JSON is YAML
// too. The gateway over IPv6 is on the link for those who add routes by way of it.
func networkOf(m ec2.Machine, mac string) (string, error) {
	type route struct {
		To     string `json:"to"`
		Via    string `json:"via,omitempty"`
		OnLink bool   `json:"on-link,omitempty"`
		Scope  string `json:"scope,omitempty"`
	}
	type card struct {
		Match     map[string]string `json:"match"`
		Name      string            `json:"set-name"`
		MTU       int               `json:"mtu"`
		AcceptRA  bool              `json:"accept-ra"`
		Addresses []string          `json:"addresses"`
		Routes    []route           `json:"routes"`
	}
	c := card{
		Match: map[string]string{"macaddress": mac}, Name: "ens5", MTU: fabric.InstanceMTU,
		Addresses: []string{netip.PrefixFrom(m.Address, m.Gateway.Bits()).String()},
		Routes:    []route{{To: "0.0.0.0/0", Via: m.Gateway.Addr().String()}},
	}
	if m.Address6.IsValid() {
		gateway := m.Gateway6.Addr()
		c.Addresses = append(c.Addresses, netip.PrefixFrom(m.Address6, 128).String())
		c.Routes = append(c.Routes,
			route{To: netip.PrefixFrom(gateway, 128).String(), Scope: "link"},
			route{To: "::/0", Via: gateway.String(), OnLink: true})
	}
	text, err := json.Marshal(map[string]any{"version": 2, "ethernets": map[string]card{c.Name: c}})
	if err != nil {
		return "", fmt.Errorf("rendering network-config: %w", err)
	}
	return string(text), nil
}
