package handover

import (
	"fmt"
	"time"

	"tripvpn/internal/outputs"
	"tripvpn/templates/page"
)

// HandOver is what a traveller gets for one device.
type HandOver struct {
	Device      string
	Fingerprint string    // of the profile
	Until       time.Time // when the profile stops working, in UTC
	Words       []string  // secret: they open the page; none if a link does
	Page        []byte    // HTML, without a secret in plain text
}

// New makes the page for a device, which the words of the profile open.
func New(device string, profile Profile, o outputs.Outputs) (HandOver, error) {
	words, err := profile.Words()
	if err != nil {
		return HandOver{}, err
	}
	h, err := newPage(device, profile, o, profile.text, Letters(words), false)
	h.Words = words
	return h, err
}

// NewLinked makes the page for a device, which a key behind the "#" of its address opens. If
// oneTap is not empty, it is the address of the unsealed profile, from which OpenVPN Connect
// takes it; only the key reveals it.
func NewLinked(device string, profile Profile, o outputs.Outputs, key, oneTap string) (HandOver, error) {
	content := profile.text
	if oneTap != "" {
		content += "\x00" + oneTap
	}
	return newPage(device, profile, o, content, key, true)
}

func newPage(device string, profile Profile, o outputs.Outputs, content, passphrase string, linked bool) (HandOver, error) {
	h := HandOver{Device: device, Fingerprint: outputs.Fingerprint(profile.text), Until: until(profile, o)}
	sealed, err := sealContent(content, passphrase)
	if err != nil {
		return HandOver{}, err
	}
	var servers []string
	for _, region := range o.Regions() {
		servers = append(servers, place(region))
	}
	h.Page, err = page.Page{
		Device: device, Fingerprint: h.Fingerprint, Until: h.Until, Places: servers,
		Sealed: sealed, Words: allWords(), Linked: linked,
	}.Render()
	return h, err
}

// Message returns the text to send with the page's file of that name.
func (h HandOver) Message(file string) (string, error) {
	return page.Message{Device: h.Device, File: file, Until: h.Until}.Render()
}

// LinkMessage returns the text to send with the page's address, which works until an end.
func (h HandOver) LinkMessage(address string, end time.Time) (string, error) {
	return page.Message{Device: h.Device, Address: address, AddressEnd: end, Until: h.Until}.Render()
}

// until returns the earlier of the servers' end and the certificate's.
func until(p Profile, o outputs.Outputs) time.Time {
	if o.Expires.IsZero() || p.End().Before(o.Expires) {
		return p.End()
	}
	return o.Expires
}

// CheckAt returns an error if the profile has stopped working.
func (h HandOver) CheckAt(now time.Time) error {
	if now.Before(h.Until) {
		return nil
	}
	return fmt.Errorf("the profile of %q ended on %s; set a later last day, or renew the certificate: see docs/operating.md",
		h.Device, h.Until.Format(time.RFC3339))
}
