package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tripvpn/internal/spec"
)

var regionName = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$`)

func (p *Problems) name(name string) string {
	if err := spec.CheckTripName(name); err != nil {
		p.Add("name", name, err.Error(), Set("name", "darrell"))
	} else if spec.CheckTripName(spec.TCPInstance(name)) != nil {
		p.Add("name", name, "is too long", "shorten it to 28 characters")
	} else if name == "sg" || strings.HasPrefix(name, "sg-") {
		p.Add("name", name, "begins the name of a security group with sg-, which EC2 reserves for their IDs", Set("name", "darrell"))
	}
	return name
}

func (p *Problems) regions(regions []string) []string {
	if len(regions) == 0 {
		p.Add("regions", "[]", "lists no region", SetItem("regions", 0, "us-east-1"))
	}
	for i, region := range regions {
		if !regionName.MatchString(region) {
			p.Add(Item("regions", i), region, "does not look like an AWS region", "write its code, such as us-east-1")
		} else if partition := otherPartition(region); partition != "" {
			p.Add(Item("regions", i), region, "is in "+partition+", where other accounts publish the images", "choose a region outside it, such as us-east-1")
		}
	}
	return p.distinct("regions", regions)
}

// otherPartition names the partition of AWS that a region is in, unless it is the
// one of all other regions. Credentials and owners of images differ between them.
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
func otherPartition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "AWS China"
	case strings.HasPrefix(region, "us-gov-"):
		return "AWS GovCloud (US)"
	}
	return ""
}

func (p *Problems) clients(clients []string) []string {
	if len(clients) == 0 {
		p.Add("clients", "[]", "lists no device, so none could connect", SetItem("clients", 0, "phone"))
	}
	for i, client := range clients {
		if err := spec.CheckClientName(client); err != nil {
			p.Add(Item("clients", i), client, err.Error(), "rename it, for example darrell-phone")
		}
	}
	return p.distinct("clients", clients)
}

// revoked requires that every revoked client is one of the clients: the server
// needs the serial number of its certificate.
func (p *Problems) revoked(revoked, clients []string) []string {
	for i, client := range revoked {
		if !slices.Contains(clients, client) {
			p.Add(Item("revoked", i), client,
				"is not in tripvpn:clients, and tripvpn can revoke only a certificate that is still in the stack",
				"either restore it in tripvpn:clients, or remove it from tripvpn:revoked: servers refuse dropped clients anyway")
		}
	}
	return p.distinct("revoked", revoked)
}

// distinct requires that a list has no value twice.
func (p *Problems) distinct(key string, list []string) []string {
	first := map[string]int{}
	for i, value := range list {
		if at, seen := first[value]; seen {
			p.Add(Item(key, i), value, fmt.Sprintf("is already in the list, as %s", Item(key, at)), "remove one of the two")
			continue
		}
		first[value] = i
	}
	return list
}
