package traveller

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"tripvpn/lab/poll"
)

// Pulse asks a server over UDP again and again, and counts the answers. Unlike
// TCP, which sends lost packets again, it notices every loss.
type Pulse struct {
	conn           net.Conn
	stop           context.CancelFunc
	running        sync.WaitGroup
	asked, answers atomic.Int64
}

// beat is the time between questions of a pulse, and between looks at a log.
const beat = 50 * time.Millisecond

// Pulse starts to send a question that the server answers with one datagram.
func (t *Traveller) Pulse(ctx context.Context, server netip.AddrPort, question []byte) (*Pulse, error) {
	conn, err := t.Dial(ctx, "udp", server.String())
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	p := &Pulse{conn: conn, stop: stop}
	p.running.Go(func() { p.ask(ctx, question) })
	go p.listen()
	return p, nil
}

func (p *Pulse) ask(ctx context.Context, question []byte) {
	every(ctx, beat, func() {
		p.asked.Add(1)
		p.conn.Write(question)
	})
}

// every does something again and again until the context ends.
func every(ctx context.Context, pause time.Duration, do func()) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			do()
		}
	}
}

func (p *Pulse) listen() {
	answer := make([]byte, 2048)
	for {
		if _, err := p.conn.Read(answer); err != nil {
			return
		}
		p.answers.Add(1)
	}
}

// Stop ends the questions, waits for the last answers until the context ends,
// and returns the number of questions, and of missing answers.
func (p *Pulse) Stop(ctx context.Context) (asked, lost int64) {
	p.stop()
	p.running.Wait()
	_ = poll.Until(ctx, beat, func() (bool, error) { return p.answers.Load() >= p.asked.Load(), nil })
	p.conn.Close()
	return p.asked.Load(), p.asked.Load() - p.answers.Load()
}
