package fabric

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"tripvpn/lab/fabric/netns"
)

// region is one region's state and router. The router exists while the region
// has hosts.
type region struct {
	name    string
	slot    int
	ports   map[string]port // by host
	elastic map[netip.Addr]netip.Addr
}

func newRegion(name string, slot int) *region {
	return &region{name: name, slot: slot, ports: map[string]port{}, elastic: map[netip.Addr]netip.Addr{}}
}

func (r *region) router() string { return routerPrefix + r.name }

// cable is the backbone's end of the cable to the router.
func (r *region) cable() string { return fmt.Sprintf("r%d", r.slot) }

// raise makes the router and its cable to the backbone.
func (r *region) raise(ctx context.Context) error {
	if netns.Exists(r.router()) {
		return nil
	}
	if err := netns.Add(ctx, r.router()); err != nil {
		return err
	}
	if err := forwarding(r.router()); err != nil {
		return err
	}
	link, addresses := regionUplink(r.slot), regionAddresses(r.slot)
	cable := r.cable()
	err := netns.IP(ctx, Internet,
		fmt.Sprintf("link add %s type veth peer name %s netns %s", cable, upDevice, r.router()),
		fmt.Sprintf("address add %s/31 dev %s", link.backbone, cable),
		fmt.Sprintf("address add fe80::1/64 dev %s nodad", cable),
		fmt.Sprintf("link set %s up", cable),
		fmt.Sprintf("route add %s via %s", addresses.Elastic, link.router),
		fmt.Sprintf("route add %s via fe80::2 dev %s", addresses.IPv6, cable),
	)
	if err != nil {
		return fmt.Errorf("connecting region %q: %w", r.name, err)
	}
	err = netns.IP(ctx, r.router(),
		fmt.Sprintf("address add %s/31 dev %s", link.router, upDevice),
		fmt.Sprintf("address add fe80::2/64 dev %s nodad", upDevice),
		fmt.Sprintf("link set %s up", upDevice),
		fmt.Sprintf("route add default via %s", link.backbone),
		fmt.Sprintf("route add default via fe80::1 dev %s", upDevice),
		// Packets to no host end here, and do not loop.
		fmt.Sprintf("route add blackhole %s", addresses.Elastic),
		fmt.Sprintf("route add blackhole %s", addresses.IPv6),
	)
	if err != nil {
		return fmt.Errorf("connecting region %q: %w", r.name, err)
	}
	return nil
}

// lower removes the router once nothing is attached to it.
func (r *region) lower(ctx context.Context) error {
	if len(r.ports) > 0 || !netns.Exists(r.router()) {
		return nil
	}
	var err error
	if cable := r.cable(); netns.HasDevice(Internet, cable) {
		err = netns.IP(ctx, Internet, "link delete "+cable)
	}
	return errors.Join(err, netns.Delete(ctx, r.router()))
}

// load applies the state.
func (r *region) load(ctx context.Context) error {
	if !netns.Exists(r.router()) {
		return nil
	}
	if err := netns.NFT(ctx, r.router(), ruleset(r.sortedPorts(), r.elastic)); err != nil {
		return fmt.Errorf("loading the filter of region %q: %w", r.name, err)
	}
	return nil
}

// remap applies a changed mapping, also to existing connections. Those of other
// hosts are tracked again from their next packet, and translated as before,
// because a one-to-one mapping needs no memory.
func (r *region) remap(ctx context.Context) error {
	if err := r.load(ctx); err != nil || !netns.Exists(r.router()) {
		return err
	}
	return netns.ForgetConnections(r.router())
}

func (r *region) sortedPorts() []port {
	ports := []port{}
	for _, p := range r.ports {
		ports = append(ports, p)
	}
	slices.SortFunc(ports, func(a, b port) int { return a.address.Compare(b.address) })
	return ports
}

// freeDevice names the cable of a new host. Names of devices are limited to
// fifteen characters, so the host's own does not fit.
func (r *region) freeDevice() string {
	for n := 1; ; n++ {
		device := fmt.Sprintf("m%d", n)
		if !slices.ContainsFunc(r.sortedPorts(), func(p port) bool { return p.device == device }) {
			return device
		}
	}
}

// checkFree refuses a host with the name or address of another.
func (r *region) checkFree(h Host) error {
	if netns.Exists(hostPrefix + h.Name) {
		return errors.New("there is a host of that name")
	}
	for name, p := range r.ports {
		if p.address == h.Address {
			return fmt.Errorf("address %s is that of %q", h.Address, name)
		}
	}
	return nil
}

// checkMapping refuses mappings that are not one to one.
func (r *region) checkMapping(public, private netip.Addr) error {
	if pool := regionAddresses(r.slot).Elastic; !pool.Contains(public) {
		return fmt.Errorf("the region's public addresses are %s", pool)
	}
	for other, mapped := range r.elastic {
		if mapped == private && other != public {
			return fmt.Errorf("%s means it already", other)
		}
	}
	return nil
}
