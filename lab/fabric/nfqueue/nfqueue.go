// Package nfqueue decides on packets that netfilter has put into a queue of a network
// namespace (target NFQUEUE, iptables-extensions(8)). It sees no packet, only its
// number. Message formats are those of the kernel's
// include/uapi/linux/netfilter/nfnetlink_queue.h.
package nfqueue

// Packet numbers a packet in its queue, in the order of arrival.
type Packet uint32
