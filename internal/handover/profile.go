// Package handover makes the page with which a traveller receives a profile: the
// profile, sealed with six words, and what to do with it. It is pure: it uses neither
// files nor a clock, and nothing random. The same profile gives the same words and the
// same page, byte for byte.
//
// The page itself is in templates/page.
package handover

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"tripvpn/internal/pki"
)

// Profile is a device's profile, a secret.
type Profile struct {
	text string
	key  string    // its private key, PEM
	end  time.Time // of its certificate
}

// ParseProfile parses the content of a profile's file.
func ParseProfile(text string) (Profile, error) {
	key, errKey := block(text, "key")
	if errKey == nil {
		if _, err := pki.PrivateKey(key); err != nil {
			errKey = fmt.Errorf("its <key>: %w", err)
		}
	}
	certificatePEM, errCertificate := block(text, "cert")
	if err := errors.Join(errKey, errCertificate); err != nil {
		return Profile{}, fmt.Errorf("reading the profile: %w", err)
	}
	certificate, err := pki.Certificate(certificatePEM)
	if err != nil {
		return Profile{}, fmt.Errorf("reading the profile: its <cert>: %w", err)
	}
	return Profile{text, key, certificate.NotAfter.UTC()}, nil
}

// Text is the content of the profile's file, a secret.
func (p Profile) Text() string { return p.text }

// End is the end of the profile's certificate.
func (p Profile) End() time.Time { return p.end }

// block returns the inline file of that name, see "Inline file support" in openvpn(8).
func block(text, name string) (string, error) {
	_, rest, begins := strings.Cut(text, "\n<"+name+">\n")
	content, _, ends := strings.Cut(rest, "</"+name+">\n")
	if !begins || !ends {
		return "", fmt.Errorf("it has no <%s>", name)
	}
	return content, nil
}
