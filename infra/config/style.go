package config

import (
	"fmt"

	"tripvpn/internal/controlchannel"
	"tripvpn/internal/spec"
)

// Cryptography is the choice that a style and the keys beside it make together.
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

// auto leaves a choice to the style.
const auto = "auto"

// The choices of the styles. The classic one is that of the original post, and
// leaves no choice.
var (
	modern  = Cryptography{spec.Modern, controlchannel.TLSCryptV2, ECDSA}
	classic = Cryptography{spec.Classic, controlchannel.TLSAuth, RSA}
)

// cryptography reads the three settings.
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
		p.Add("controlChannel", s.ControlChannel, "is neither tls-crypt-v2, tls-crypt, tls-auth nor auto", Set("controlChannel", auto))
	}
	switch keys := KeyAlgorithm(s.KeyAlgorithm); keys {
	case auto:
	case ECDSA, RSA:
		chosen.Keys = keys
	default:
		p.Add("keyAlgorithm", s.KeyAlgorithm, "is neither ecdsa, rsa nor auto", Set("keyAlgorithm", auto))
	}
	return chosen
}

// fixed checks a setting that the classic style makes.
func (p *Problems) fixed(key, value, want string) {
	if value != auto && value != want {
		p.Add(key, value, "does not go with the classic style, which has "+want,
			fmt.Sprintf("%s, or %s", Set(key, auto), Set("style", string(spec.Modern))))
	}
}
