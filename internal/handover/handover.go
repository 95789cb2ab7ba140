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
	Until       time.Time // when the profile stops to work, in UTC
	Words       []string  // secret: they open the page
	Message     string    // the text to send with the page's file
	Page        []byte    // HTML, without a secret in plain text
}

// New makes the page for a device, whose file will have that name.
func New(device string, profile Profile, o outputs.Outputs, fileName string) (HandOver, error) {
	h := HandOver{Device: device, Fingerprint: outputs.Fingerprint(profile.text), Until: until(profile, o)}
	var err error
	if h.Words, err = profile.Words(); err != nil {
		return HandOver{}, err
	}
	sealed, err := profile.Seal(h.Words)
	if err != nil {
		return HandOver{}, err
	}
	var servers []string
	for _, region := range o.Regions() {
		servers = append(servers, place(region))
	}
	h.Page, err = page.Page{
		Device: device, Fingerprint: h.Fingerprint, Until: h.Until, Places: servers,
		Sealed: sealed, Words: allWords(),
	}.Render()
	if err != nil {
		return HandOver{}, err
	}
	h.Message, err = page.Message{Device: device, File: fileName, Until: h.Until}.Render()
	return h, err
}

// until returns the earlier of the servers' end and the certificate's.
func until(p Profile, o outputs.Outputs) time.Time {
	if o.Expires.IsZero() || p.End().Before(o.Expires) {
		return p.End()
	}
	return o.Expires
}

// CheckAt returns an error if the profile has stopped to work.
func (h HandOver) CheckAt(now time.Time) error {
	if now.Before(h.Until) {
		return nil
	}
	return fmt.Errorf("the profile of %q ended on %s; set a later last day, or renew the certificate: see docs/operating.md",
		h.Device, h.Until.Format(time.RFC3339))
}
