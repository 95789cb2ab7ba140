package nfqueue

import (
	"encoding/binary"
	"fmt"
	"syscall"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"tripvpn/lab/fabric/netns"
)

// Messages of the subsystem NFNL_SUBSYS_QUEUE, with its number in the upper byte.
const (
	msgPacket = unix.NFNL_SUBSYS_QUEUE<<8 + iota
	msgVerdict
	msgConfig
)

// Attributes of these messages.
const (
	attrPacketHeader  = 1 // in msgPacket
	attrVerdictHeader = 2 // in msgVerdict
	attrCommand       = 1 // the following in msgConfig
	attrParameters    = 2
	attrMaxLength     = 3
)

const (
	commandBind  = 1
	copyMetadata = 1
	verdictDrop  = 0
	verdictPass  = 1
)

// Queue is a queue of a namespace. Pass and Drop may be called beside Receive.
type Queue struct {
	number uint16
	socket *nl.NetlinkSocket
}

// Open starts to serve a queue. The kernel drops packets that arrive while length
// packets wait. It divides a packet that the kernel would segment later, so each one has the
// size that it has on a cable.
func Open(namespace string, number uint16, length uint32) (*Queue, error) {
	q := &Queue{number: number}
	err := netns.Do(namespace, func() (err error) {
		q.socket, err = nl.Subscribe(unix.NETLINK_NETFILTER)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("opening a queue of namespace %q: %w", namespace, err)
	}
	// A waiting packet's message takes less than 1 KiB.
	if err := q.socket.SetReceiveBufferSize(int(length)<<10, true); err != nil {
		q.Close()
		return nil, fmt.Errorf("opening a queue of namespace %q: %w", namespace, err)
	}
	for _, attribute := range []*nl.RtAttr{
		nl.NewRtAttr(attrCommand, []byte{commandBind, 0, 0, 0}),
		nl.NewRtAttr(attrParameters, append(binary.BigEndian.AppendUint32(nil, 0), copyMetadata)),
		nl.NewRtAttr(attrMaxLength, binary.BigEndian.AppendUint32(nil, length)),
	} {
		if err := q.configure(attribute); err != nil {
			q.Close()
			return nil, fmt.Errorf("opening a queue of namespace %q: %w", namespace, err)
		}
	}
	return q, nil
}

func (q *Queue) configure(attribute *nl.RtAttr) error {
	if err := q.send(msgConfig, unix.NLM_F_ACK, attribute); err != nil {
		return err
	}
	answers, _, err := q.socket.Receive()
	if err != nil {
		return err
	}
	for _, a := range answers {
		if a.Header.Type == unix.NLMSG_ERROR && len(a.Data) >= 4 {
			if code := int32(binary.NativeEndian.Uint32(a.Data)); code != 0 {
				return syscall.Errno(-code)
			}
		}
	}
	return nil
}

func (q *Queue) send(kind, flags int, attribute *nl.RtAttr) error {
	request := nl.NewNetlinkRequest(kind, flags)
	number := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, q.number))
	request.AddData(&nl.Nfgenmsg{NfgenFamily: unix.AF_UNSPEC, ResId: number})
	request.AddData(attribute)
	return q.socket.Send(request)
}

// Receive waits for packets. It fails once the queue is closed.
func (q *Queue) Receive() ([]Packet, error) {
	messages, _, err := q.socket.Receive()
	if err == unix.ENOBUFS {
		return nil, nil // the kernel has dropped the packets
	}
	if err != nil {
		return nil, err
	}
	var packets []Packet
	for _, m := range messages {
		if m.Header.Type != msgPacket || len(m.Data) < nl.SizeofNfgenmsg {
			continue
		}
		attributes, err := nl.ParseRouteAttr(m.Data[nl.SizeofNfgenmsg:])
		if err != nil {
			return nil, err
		}
		for _, a := range attributes {
			if a.Attr.Type&^unix.NLA_F_NESTED == attrPacketHeader && len(a.Value) >= 4 {
				packets = append(packets, Packet(binary.BigEndian.Uint32(a.Value)))
			}
		}
	}
	return packets, nil
}

// Pass sends a packet on.
func (q *Queue) Pass(p Packet) error { return q.decide(p, verdictPass) }

// Drop drops a packet.
func (q *Queue) Drop(p Packet) error { return q.decide(p, verdictDrop) }

func (q *Queue) decide(p Packet, verdict uint32) error {
	header := binary.BigEndian.AppendUint32(nil, verdict)
	return q.send(msgVerdict, 0, nl.NewRtAttr(attrVerdictHeader, binary.BigEndian.AppendUint32(header, uint32(p))))
}

// Close ends the queue. The kernel drops the packets that wait.
func (q *Queue) Close() { q.socket.Close() }
