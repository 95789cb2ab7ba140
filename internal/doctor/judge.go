package doctor

import (
	"fmt"
	"slices"
	"time"

	"tripvpn/internal/pki"
)

// tolerance is how far a clock may be off. A profile is valid from the moment in which
// `pulumi up` has issued its certificate.
const tolerance = 5 * time.Minute

// Judge makes findings of the facts, with commands for an operating system (GOOS) and the
// profile's file.
func Judge(f Facts, system, file string) []Finding {
	c := commands{system: system, device: f.Profile.Certificate.Subject.CommonName, file: file}
	findings := []Finding{f.key(c), f.certificate(c), f.internet(c), f.clock(c)}
	findings = append(findings, f.names(c)...)
	for _, s := range f.reachable() {
		findings = append(findings, f.server(s, c))
	}
	findings = append(findings, f.mtu(c))
	findings = append(findings, f.account(c)...)
	return append(findings, f.twoDevices(c))
}

func fine(check, cause string) Finding { return Finding{Check: check, Result: OK, Cause: cause} }

func unknown(check, cause string) Finding {
	return Finding{Check: check, Result: Unknown, Cause: cause}
}

func fault(check string, c Case, cause, command string) Finding {
	return Finding{check, Fail, c, cause, command}
}

// Failed reports whether any check has failed.
func Failed(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Result == Fail })
}

func (f Facts) key(c commands) Finding {
	if !pki.Matches(f.Profile.Key, f.Profile.Certificate) {
		return fault("key", KeyMismatch, "the private key is not that of the certificate: parts of two profiles are in one file", c.handOver())
	}
	return fine("key", "the private key belongs to the certificate")
}

// time is the network's time, if it is known, or else the machine's.
func (f Facts) time() time.Time {
	if f.knowsTime() {
		return f.Web.Time
	}
	return f.Now
}

// knowsTime reports whether the network's time is known. A login page may have any.
func (f Facts) knowsTime() bool { return f.Web.Genuine && !f.Web.Time.IsZero() }

func (f Facts) certificate(c commands) Finding {
	begin, end := f.Profile.Certificate.NotBefore.UTC(), f.Profile.Certificate.NotAfter.UTC()
	switch now := f.time(); {
	case now.After(end):
		return fault("certificate", CertificateEnded, "the device's certificate ended on "+stamp(end), c.up())
	case now.Before(begin):
		return fault("certificate", CertificateFuture, "the device's certificate is valid only from "+stamp(begin), c.date())
	}
	return fine("certificate", "the device's certificate is valid until "+stamp(end))
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// valid reports whether a server can accept the device's certificate.
func (f Facts) valid() bool {
	return f.key(commands{}).Result == OK && f.certificate(commands{}).Result == OK
}

// fullSize is the MTU of the Internet.
const fullSize = 1500

func (f Facts) mtu(c commands) Finding {
	switch {
	case f.MTU.Err != nil:
		return unknown("mtu", f.MTU.Err.Error())
	case f.MTU.Bytes >= fullSize:
		return fine("mtu", "packets of 1500 bytes arrive over UDP")
	case f.MTU.Told:
		return fine("mtu", fmt.Sprintf("packets of %d bytes arrive over UDP, and the network says so", f.MTU.Bytes))
	case c.system != "linux":
		return fine("mtu", fmt.Sprintf("packets of more than %d bytes are lost over UDP, without a word; only clients on Linux depend on it", f.MTU.Bytes))
	}
	return fault("mtu", NarrowPath, fmt.Sprintf("packets of more than %d bytes are lost over UDP, without a word: calls and HTTP/3 stall", f.MTU.Bytes), c.divide())
}

// twoDevices is never known here: the doctor does not ask for a tunnel, because that would
// disconnect the device that has one.
func (f Facts) twoDevices(c commands) Finding {
	return Finding{Check: "devices", Result: Unknown, Command: c.status(),
		Cause: "only the server sees whether two devices use this profile; if so, they disconnect each other"}
}
