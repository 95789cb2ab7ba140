package vpn

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

var (
	// A trip's name ends up in a systemd instance, a host name and a
	// certificate, so it keeps to what all of them take.
	tripName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

	// A client's name ends up in a certificate's common name (at most 64
	// characters, RFC 5280 appendix A.1) and in the names of files.
	clientName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

	regionName = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$`)
)

// defaultClient is the name of the file that OpenVPN reads for a client that
// has none (openvpn(8), --client-config-dir).
const defaultClient = "DEFAULT"

func checkName(name string) Problems {
	if tripName.MatchString(name) {
		return nil
	}
	return Problems{{"name", name,
		"is not a lower-case letter followed by at most 31 lower-case letters, digits or hyphens",
		setValue("name", "darrell")}}
}

func checkRegions(regions []string) Problems {
	if len(regions) == 0 {
		return Problems{{"regions", "[]", "names no region to build in", setItem("regions", "us-east-1")}}
	}
	var problems Problems
	for i, region := range regions {
		if !regionName.MatchString(region) {
			problems = append(problems, Problem{item("regions", i), region,
				"does not look like an AWS region", "write its code, such as us-east-1"})
		}
	}
	return append(problems, repeated("regions", regions)...)
}

func checkClients(clients []string) Problems {
	if len(clients) == 0 {
		return Problems{{"clients", "[]", "names no device, so nobody could connect", setItem("clients", "phone")}}
	}
	var problems Problems
	for i, client := range clients {
		if client == defaultClient {
			problems = append(problems, Problem{item("clients", i), client,
				"would stand for every client in OpenVPN's client-config-dir", "rename it, for example darrell-phone"})
		} else if !clientName.MatchString(client) {
			problems = append(problems, Problem{item("clients", i), client,
				"is not a letter or digit followed by at most 63 letters, digits, dots, hyphens or underscores",
				"rename it, for example darrell-phone"})
		}
	}
	return append(problems, repeated("clients", clients)...)
}

// checkRevoked wants every revoked client among the clients, because the
// certificate tells the serial number that is revoked.
func checkRevoked(revoked, clients []string) Problems {
	var problems Problems
	for i, client := range revoked {
		if !slices.Contains(clients, client) {
			problems = append(problems, Problem{item("revoked", i), client,
				"is not among tripvpn:clients, and only a certificate that the stack still has can be revoked",
				"put it back into tripvpn:clients, if you have just taken it out; if an update has dropped it before, take it out of tripvpn:revoked, too: it is refused all the same"})
		}
	}
	return append(problems, repeated("revoked", revoked)...)
}

// repeated finds the entries of a list that stand in it before.
func repeated(key string, list []string) Problems {
	first := map[string]int{}
	var problems Problems
	for i, value := range list {
		if at, seen := first[value]; seen {
			problems = append(problems, Problem{item(key, i), value,
				fmt.Sprintf("stands in the list already, as %s", item(key, at)), "remove one of the two"})
			continue
		}
		first[value] = i
	}
	return problems
}

func item(key string, index int) string { return key + "[" + strconv.Itoa(index) + "]" }
