package controlchannel

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

const (
	sessionSize = 8
	replaySize  = 8 // packet id and time
	headerSize  = 1 + sessionSize + replaySize
)

// earlyNegotiation is a first packet id of the range that announces that the
// client can send its wrapped key again. So a server with tls-crypt-v2 answers
// without keeping state (EARLY_NEG_START in ssl_pkt.h). In the other modes, the
// id has no special meaning.
const earlyNegotiation = 0x0f000001

// replay returns a packet's id and time. OpenVPN checks that ids of the same time
// ascend within a session; all packets of ours have the same.
func replay(id uint32) []byte {
	return append(binary.BigEndian.AppendUint32(nil, id), 0, 0, 0, 0)
}

// envelope protects the control packets of the client and the server.
type envelope interface {
	// seal returns the client's packet for a message. The id is the packet's; the
	// header is the opcode and the session id.
	seal(id uint32, header, message []byte) []byte
	// open returns the message in a server's packet, or an error if the packet is
	// not authentic.
	open(packet []byte) (message []byte, err error)
}

var errForged = errors.New("the answer is not authentic: the server has another control-channel key")

func tooShort(packet []byte) error {
	return fmt.Errorf("the answer has %d bytes, too few for a control packet", len(packet))
}

// encrypted is the envelope of tls-crypt and tls-crypt-v2: the header in clear
// text, a tag, and the encrypted message (doc/tls-crypt-v2.txt). The key starts
// with the server's direction; the client sends with the second direction
// (KEY_DIRECTION_INVERSE in tls_crypt_init_key).
type encrypted struct{ key []byte }

func (e encrypted) toClient() direction { return directionAt(e.key, 0) }
func (e encrypted) toServer() direction { return directionAt(e.key, 2*slotSize) }

func (e encrypted) seal(id uint32, header, message []byte) []byte {
	header = slices.Concat(header, replay(id))
	tag := e.toServer().tag(header, message)
	return slices.Concat(header, tag, e.toServer().crypt(tag, message))
}

func (e encrypted) open(packet []byte) ([]byte, error) {
	if len(packet) < headerSize+tagSize {
		return nil, tooShort(packet)
	}
	header, tag := packet[:headerSize], packet[headerSize:headerSize+tagSize]
	message := e.toClient().crypt(tag, packet[headerSize+tagSize:])
	if !hmac.Equal(tag, e.toClient().tag(header, message)) {
		return nil, errForged
	}
	return message, nil
}

// authenticated is the envelope of tls-auth: the header, an HMAC, packet id and
// time, and the message, all in clear text. In the HMAC's input, packet id and
// time come first (swap_hmac in ssl_pkt.c). The server has key direction 0, so
// it signs with the first of the two HMAC slots, and the client with the second.
type authenticated struct {
	key    []byte
	digest crypto.Hash
}

func (a authenticated) sign(slot int, replay, header, message []byte) []byte {
	mac := hmac.New(a.digest.New, a.key[slot*slotSize:][:a.digest.Size()])
	mac.Write(slices.Concat(replay, header, message))
	return mac.Sum(nil)
}

const (
	serverHMACSlot = 1
	clientHMACSlot = 3
)

func (a authenticated) seal(id uint32, header, message []byte) []byte {
	return slices.Concat(header, a.sign(clientHMACSlot, replay(id), header, message), replay(id), message)
}

func (a authenticated) open(packet []byte) ([]byte, error) {
	if len(packet) < headerSize+a.digest.Size() {
		return nil, tooShort(packet)
	}
	header, rest := packet[:1+sessionSize], packet[1+sessionSize:]
	tag, rest := rest[:a.digest.Size()], rest[a.digest.Size():]
	replay, message := rest[:replaySize], rest[replaySize:]
	if !hmac.Equal(tag, a.sign(serverHMACSlot, replay, header, message)) {
		return nil, errForged
	}
	return bytes.Clone(message), nil
}
