package netns

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"
)

// ForgetConnections empties a namespace's table of tracked connections. An
// address translation that was decided once is otherwise kept for as long as
// packets of the connection come, whatever the rules say by then.
func ForgetConnections(name string) error {
	if err := Do(name, flushConntrack); err != nil {
		return fmt.Errorf("forgetting the connections of namespace %q: %w", name, err)
	}
	return nil
}

// conntrackDelete is the message IPCTNL_MSG_CT_DELETE of the subsystem
// NFNL_SUBSYS_CTNETLINK; without a filter it deletes all (Linux'
// include/uapi/linux/netfilter/nfnetlink.h, nfnetlink_conntrack.h).
const conntrackDelete = 1<<8 | 2

func flushConntrack() error {
	socket, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_NETFILTER)
	if err != nil {
		return fmt.Errorf("opening netlink: %w", err)
	}
	defer unix.Close(socket)
	if err := unix.Sendto(socket, flushMessage(), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return fmt.Errorf("asking netlink: %w", err)
	}
	answer := make([]byte, unix.Getpagesize())
	n, _, err := unix.Recvfrom(socket, answer, 0)
	if err != nil {
		return fmt.Errorf("hearing from netlink: %w", err)
	}
	return acknowledgement(answer[:n])
}

// flushMessage is a nlmsghdr and a nfgenmsg of zeros: any family, version 0.
func flushMessage() []byte {
	const size = unix.SizeofNlMsghdr + 4
	message := binary.NativeEndian.AppendUint32(nil, size)
	message = binary.NativeEndian.AppendUint16(message, conntrackDelete)
	message = binary.NativeEndian.AppendUint16(message, unix.NLM_F_REQUEST|unix.NLM_F_ACK)
	return append(message, make([]byte, size-len(message))...)
}

// acknowledgement reads a nlmsgerr, which is one also where all went well:
// then its number is 0 (netlink(7)).
func acknowledgement(answer []byte) error {
	if len(answer) < unix.SizeofNlMsghdr+4 || binary.NativeEndian.Uint16(answer[4:]) != unix.NLMSG_ERROR {
		return fmt.Errorf("netlink's answer of %d bytes is no acknowledgement", len(answer))
	}
	if number := int32(binary.NativeEndian.Uint32(answer[unix.SizeofNlMsghdr:])); number != 0 {
		return unix.Errno(-number)
	}
	return nil
}
