package doctor

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// offline reports whether the network, and not a server, is at fault.
func (f Facts) offline() Case {
	switch {
	case f.Web.Err == nil && !f.Web.Genuine:
		return CaptivePortal
	case f.Web.Err != nil && !f.outside():
		return NoInternet
	}
	return ""
}

// outside reports whether anything but the page outside has answered.
func (f Facts) outside() bool {
	return f.met(Refused) || f.met(Mute) || f.answers(func(Server) bool { return true }) ||
		slices.ContainsFunc(f.Names, func(n Name) bool { return n.RefErr == nil })
}

// met reports whether there was such a contact with any server.
func (f Facts) met(c Contact) bool {
	return slices.ContainsFunc(f.Servers, func(s Server) bool { return s.Contact == c })
}

// answers reports whether one of these servers has answered with the profile's key.
func (f Facts) answers(of func(Server) bool) bool {
	return slices.ContainsFunc(f.Servers, func(s Server) bool { return of(s) && s.Contact.Answers() })
}

// drops reports whether one of these servers drops the device's key.
func (f Facts) drops(of func(Server) bool) bool {
	return slices.ContainsFunc(f.Servers, func(s Server) bool { return of(s) && s.Contact == Drops })
}

func (f Facts) internet(c commands) Finding {
	switch f.offline() {
	case CaptivePortal:
		return fault("internet", CaptivePortal, "another page answers in place of "+Page+": this network has a login page or a filter", c.openPage())
	case NoInternet:
		return fault("internet", NoInternet, "neither a server of the profile nor "+Page+" answers", c.ping())
	}
	if f.Web.Err != nil {
		return unknown("internet", Page+" does not answer, but something else does")
	}
	return fine("internet", Page+" answers")
}

func (f Facts) clock(c commands) Finding {
	if !f.knowsTime() {
		return unknown("clock", "no other clock can be seen from here")
	}
	off := f.Now.Sub(f.Web.Time).Round(time.Second)
	if off.Abs() <= tolerance {
		return fine("clock", "the clock is right")
	}
	direction := "ahead"
	if off < 0 {
		direction = "behind"
	}
	return fault("clock", ClockOff, fmt.Sprintf("the clock of this machine is %v %s; certificates are checked with it", off.Abs(), direction), c.setClock())
}

func (f Facts) names(c commands) []Finding {
	if len(f.Names) == 0 {
		return []Finding{fine("name", "the profile has addresses, which need no look-up")}
	}
	var findings []Finding
	for _, n := range f.Names {
		findings = append(findings, f.name(n, c))
	}
	return findings
}

func (f Facts) name(n Name, c commands) Finding {
	check := "name " + n.Host
	ours := func(s Server) bool { return s.Remote.Host == n.Host && slices.Contains(n.Here, s.Address.Addr()) }
	switch {
	case f.offline() != "":
		return unknown(check, seeInternet)
	case n.HereErr != nil && n.RefErr == nil:
		return fault(check, NameUnresolved, fmt.Sprintf("the resolver of this machine does not find it, and %s does", ResolverName), c.lookUp(n.Host))
	case n.HereErr != nil:
		return fault(check, NameUnresolved, "it has no address: the trip is over, or names are not looked up here", c.lookUp(n.Host))
	case n.RefErr == nil && !overlap(n.Here, n.Reference):
		return fault(check, NameElsewhere, fmt.Sprintf("it leads to %s here, and to %s according to %s", list(n.Here), list(n.Reference), ResolverName), c.lookUp(n.Host))
	case n.RefErr != nil && !f.answers(ours):
		return unknown(check, fmt.Sprintf("it leads to %s; %s does not answer for comparison", list(n.Here), ResolverName))
	}
	return fine(check, "it leads to "+list(n.Here))
}

func list(all []netip.Addr) string {
	var texts []string
	for _, address := range all {
		texts = append(texts, address.String())
	}
	return strings.Join(texts, ", ")
}

func overlap(a, b []netip.Addr) bool {
	return slices.ContainsFunc(a, func(x netip.Addr) bool { return slices.Contains(b, x) })
}

const seeInternet = "not known while the line “internet” fails"
