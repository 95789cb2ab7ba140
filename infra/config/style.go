package config

import (
	"fmt"

	"tripvpn/internal/controlchannel"
	"tripvpn/internal/spec"
)

// Cryptography is the result of the keys style, controlChannel and keyAlgorithm.
type Cryptography struct {
	Style          spec.Style
	ControlChannel controlchannel.Mode
	Keys           KeyAlgorithm
}

// KeyAlgorithm is the algorithm of the certificates' keys.
type KeyAlgorithm string

// Algorithms. Every OpenVPN client supports both.
const (
	ECDSA KeyAlgorithm = "ecdsa" // on P-256
	RSA   KeyAlgorithm = "rsa"
)

// auto selects the style's default.
const auto = "auto"

// The defaults of the styles. Classic is the original post's, and allows nothing
// else.
var (
	modern  = Cryptography{spec.Modern, controlchannel.TLSCryptV2, ECDSA}
	classic = Cryptography{spec.Classic, controlchannel.TLSAuth, RSA}
)

// cryptography checks the three settings together.
func (p *Problems) cryptography(s Settings) Cryptography {
	switch spec.Style(s.Style) {
	case spec.Modern:
		return p.modern(s)
	case spec.Classic:
		p.fixed("controlChannel", s.ControlChannel, string(classic.ControlChannel))
		p.fixed("keyAlgorithm", s.KeyAlgorithm, string(classic.Keys))
		return classic
	}
	p.Add("style", s.Style, "is neither modern nor classic", Set("style", "modern"))
	return Cryptography{}
}

func (p *Problems) modern(s Settings) Cryptography {
	chosen := modern
	switch mode := controlchannel.Mode(s.ControlChannel); mode {
	case auto:
	case controlchannel.TLSCryptV2, controlchannel.TLSCrypt, controlchannel.TLSAuth:
		chosen.ControlChannel = mode
	default:
		p.Add("controlChannel", s.ControlChannel, "is not tls-crypt-v2, tls-crypt, tls-auth or auto", Set("controlChannel", auto))
	}
	switch keys := KeyAlgorithm(s.KeyAlgorithm); keys {
	case auto:
	case ECDSA, RSA:
		chosen.Keys = keys
	default:
		p.Add("keyAlgorithm", s.KeyAlgorithm, "is not ecdsa, rsa or auto", Set("keyAlgorithm", auto))
	}
	return chosen
}

// fixed checks a setting that the classic style determines.
func (p *Problems) fixed(key, value, want string) {
	if value != auto && value != want {
		p.Add(key, value, "does not fit the classic style, which requires "+want,
			fmt.Sprintf("%s, or %s", Set(key, auto), Set("style", string(spec.Modern))))
	}
}
