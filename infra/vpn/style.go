package vpn

import (
	"fmt"

	"tripvpn/internal/controlchannel"
	"tripvpn/internal/spec"
)

// Cryptography is what a style and the keys beside it choose together.
type Cryptography struct {
	Style          spec.Style
	ControlChannel controlchannel.Mode
	Keys           KeyAlgorithm
}

// auto leaves a choice to the style.
const auto = "auto"

// modern and classic are what the styles choose. The classic one is that of
// the original post, and leaves no choice.
var (
	modern  = Cryptography{spec.Modern, controlchannel.TLSCryptV2, ECDSA}
	classic = Cryptography{spec.Classic, controlchannel.TLSAuth, RSA}
)

// cryptographyOf reads the three settings.
func cryptographyOf(s Settings) (Cryptography, Problems) {
	switch spec.Style(s.Style) {
	case spec.Modern:
		return modernWith(s)
	case spec.Classic:
		return classic, append(
			fixed("controlChannel", s.ControlChannel, string(classic.ControlChannel)),
			fixed("keyAlgorithm", s.KeyAlgorithm, string(classic.Keys))...)
	}
	return Cryptography{}, Problems{{"style", s.Style, "is neither modern nor classic", setValue("style", "modern")}}
}

func modernWith(s Settings) (Cryptography, Problems) {
	chosen := modern
	var problems Problems
	switch mode := controlchannel.Mode(s.ControlChannel); mode {
	case auto:
	case controlchannel.TLSCryptV2, controlchannel.TLSCrypt, controlchannel.TLSAuth:
		chosen.ControlChannel = mode
	default:
		problems = append(problems, Problem{"controlChannel", s.ControlChannel,
			"is neither tls-crypt-v2, tls-crypt, tls-auth nor auto", setValue("controlChannel", auto)})
	}
	switch keys := KeyAlgorithm(s.KeyAlgorithm); keys {
	case auto:
	case ECDSA, RSA:
		chosen.Keys = keys
	default:
		problems = append(problems, Problem{"keyAlgorithm", s.KeyAlgorithm,
			"is neither ecdsa, rsa nor auto", setValue("keyAlgorithm", auto)})
	}
	return chosen, problems
}

// fixed is a setting that the classic style makes.
func fixed(key, value, want string) Problems {
	if value == auto || value == want {
		return nil
	}
	return Problems{{key, value, fmt.Sprintf("is not what the classic style has, which is %s", want),
		fmt.Sprintf("%s, or %s", setValue(key, auto), setValue("style", string(spec.Modern)))}}
}
