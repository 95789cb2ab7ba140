package fabric

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"tripvpn/lab/fabric/command"
	"tripvpn/lab/fabric/netns"
	"tripvpn/lab/fabric/nfqueue"
)

// Impairment is what a long or bad path does to packets, in each direction. The zero
// value does nothing.
type Impairment struct {
	Delay time.Duration // of each packet, one way; packets keep their order
	Loss  float64       // the share of lost packets, from 0 to 1, at random but the same in each run
}

// Impair makes a traveller's network delay and lose packets of all kinds, until the
// next call, or until the traveller goes. Packets that are held at the next call are
// lost. At most 4096 packets are held; later ones are lost, as in a router's buffer.
// The network has no limit of its rate.
func (l *Link) Impair(ctx context.Context, i Impairment) error {
	if i.Delay < 0 || i.Loss < 0 || i.Loss > 1 {
		return fmt.Errorf("impairing the network of %q: no path has a delay of %s and a loss of %g", l.host.Name, i.Delay, i.Loss)
	}
	if err := l.repair(ctx); err != nil || i == (Impairment{}) {
		return err
	}
	queue, err := nfqueue.Open(l.router, 0, heldPackets)
	if err != nil {
		return fmt.Errorf("impairing the network of %q: %w", l.host.Name, err)
	}
	l.impaired = impair(queue, i)
	// The kernel of some machines has NFQUEUE for iptables alone. Without a reader,
	// packets pass.
	return l.forwardChain(ctx, "--append", "FORWARD", "--jump", "NFQUEUE", "--queue-num", "0", "--queue-bypass")
}

// repair ends what Impair has set.
func (l *Link) repair(ctx context.Context) error {
	if l.impaired == nil {
		return nil
	}
	err := l.forwardChain(ctx, "--flush", "FORWARD")
	l.impaired.end()
	l.impaired = nil
	return err
}

func (l *Link) forwardChain(ctx context.Context, arguments ...string) error {
	for _, program := range []string{"iptables", "ip6tables"} {
		argv := append([]string{"nsenter", "--net=" + netns.Path(l.router), program, "--wait"}, arguments...)
		if _, err := command.Run(ctx, nil, argv...); err != nil {
			return fmt.Errorf("changing how the network of %q treats packets: %w", l.host.Name, err)
		}
	}
	return nil
}

const heldPackets = 4096

// impairment is one that is in effect.
type impairment struct {
	queue   *nfqueue.Queue
	running sync.WaitGroup
}

// held is a packet that goes on later.
type held struct {
	packet nfqueue.Packet
	until  time.Time
}

func impair(queue *nfqueue.Queue, i Impairment) *impairment {
	im := &impairment{queue: queue}
	waiting := make(chan held, heldPackets)
	im.running.Go(func() {
		defer close(waiting)
		chance := rand.New(rand.NewPCG(1, 1))
		for {
			packets, err := queue.Receive()
			if err != nil {
				return
			}
			for _, p := range packets {
				if chance.Float64() < i.Loss {
					queue.Drop(p)
				} else {
					waiting <- held{p, time.Now().Add(i.Delay)}
				}
			}
		}
	})
	im.running.Go(func() {
		for h := range waiting {
			time.Sleep(time.Until(h.until))
			queue.Pass(h.packet)
		}
	})
	return im
}

func (im *impairment) end() {
	im.queue.Close()
	im.running.Wait()
}
