package leak

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/gopacket/gopacket"

	"tripvpn/lab/fabric/capture"
)

var errNoTunnel = errors.New("no frame went to a server: there was no tunnel to judge")

// examples limits a report.
const examples = 5

// leaked reports leaks by protocol and destination, each with its first frame.
func leaked(leaks []capture.Frame) error {
	type kind struct {
		protocol    gopacket.LayerType
		message     uint8
		destination netip.AddrPort
	}
	counts, first := map[kind]int{}, []capture.Frame{}
	kindOf := func(f capture.Frame) kind { return kind{f.Protocol, f.Type, f.Destination} }
	for _, f := range leaks {
		if counts[kindOf(f)]++; counts[kindOf(f)] == 1 {
			first = append(first, f)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d frames left beside the tunnel:", len(leaks))
	for _, f := range first[:min(examples, len(first))] {
		fmt.Fprintf(&b, "\n%s %s (frames of this kind: %d)", f.Time.Format("15:04:05.000"), f, counts[kindOf(f)])
	}
	if more := len(first) - examples; more > 0 {
		fmt.Fprintf(&b, "\nand %d other kinds", more)
	}
	return errors.New(b.String())
}
