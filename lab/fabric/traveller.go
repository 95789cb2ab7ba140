package fabric

import (
	"context"
	"errors"
)

// away marks a traveller's second place, to which it roams.
const away = " (away)"

// Traveller makes a network for a traveller, behind a router of its own, with public
// addresses and no filter.
func (f *Fabric) Traveller(ctx context.Context, name string) (*Link, error) {
	slot, err := f.place(name)
	if err != nil {
		return nil, err
	}
	home, roamed := travellerHost(slot, name), false
	a := access{name, slot}
	link := &Link{host: home, namespace: travellerPrefix + name, router: a.router(), port: travellerPort, cableMTU: 1500, access: a}
	link.leave = func(ctx context.Context) error {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.travellers.free(name)
		f.travellers.free(name + away)
		return a.lower(ctx)
	}
	link.roam = func(ctx context.Context, families Families) error {
		slot, err := f.place(name + away)
		if err != nil {
			return err
		}
		to := travellerHost(slot, name)
		if roamed {
			to = home
		}
		to = families.of(to)
		if err := a.detach(ctx, link.host); err != nil {
			return err
		}
		if err := link.move(ctx, to); err != nil {
			return err
		}
		roamed = !roamed
		return a.attach(ctx, to)
	}
	for _, step := range []func(context.Context) error{a.raise, link.Renew, func(ctx context.Context) error { return a.attach(ctx, home) }} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, link.Remove(context.WithoutCancel(ctx)))
		}
	}
	return link, nil
}

// travellerPort is the end at a traveller's router of the cable to the traveller.
const travellerPort = "lan"

func (f *Fabric) place(name string) (slot int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.travellers.take(name)
}
