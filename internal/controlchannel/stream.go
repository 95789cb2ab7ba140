package controlchannel

import (
	"encoding/binary"
	"fmt"
	"io"
)

// maximumPacket is more than any answer to a probe has, in bytes. A server's first packet
// is about 100 bytes long.
const maximumPacket = 2048

// Frame returns a packet as OpenVPN sends it over TCP: behind its length, two bytes in
// network byte order (packet_size_type in OpenVPN's socket.h). The packet must be
// shorter than 64 KiB; a probe is.
func Frame(packet []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(packet))), packet...)
}

// ReadFrame reads one framed packet and nothing behind it. A packet that is empty, which
// OpenVPN refuses as well, or longer than 2048 bytes is an error.
func ReadFrame(r io.Reader) ([]byte, error) {
	length := make([]byte, 2)
	if _, err := io.ReadFull(r, length); err != nil {
		return nil, fmt.Errorf("reading a packet's length: %w", err)
	}
	size := int(binary.BigEndian.Uint16(length))
	if size == 0 || size > maximumPacket {
		return nil, fmt.Errorf("reading a packet: its length is %d, not from 1 to %d", size, maximumPacket)
	}
	packet := make([]byte, size)
	if _, err := io.ReadFull(r, packet); err != nil {
		return nil, fmt.Errorf("reading a packet of %d bytes: %w", size, err)
	}
	return packet, nil
}
