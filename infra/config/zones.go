package config

import (
	"regexp"
	"slices"
)

// zoneName matches a region and the letter of one of its availability zones.
// Local Zones and Wavelength Zones have longer names.
var zoneName = regexp.MustCompile(`^([a-z]{2}(?:-[a-z]+)+-[0-9]{1,2})[a-z]$`)

func (p *Problems) availabilityZones(zones, regions []string) []string {
	const key = "availabilityZones"
	first := map[string]string{} // by region
	for i, zone := range zones {
		parts := zoneName.FindStringSubmatch(zone)
		if parts == nil {
			p.Add(Item(key, i), zone, "is not the name of an availability zone", "write a region and a letter, such as us-east-1b")
			continue
		}
		region := parts[1]
		if !slices.Contains(regions, region) {
			p.Add(Item(key, i), zone, "is not in a region of tripvpn:regions", "choose a zone of one of them, or remove this one: "+RemoveItem(key, i))
		} else if other, taken := first[region]; taken {
			p.Add(Item(key, i), zone, "is in the same region as "+other, "remove one of the two: there is one server per region")
		}
		first[region] = zone
	}
	return zones
}

// ZoneIndex returns the index in Zones of the region's zone. Without one, it is
// the length of the list.
func (c Config) ZoneIndex(region string) int {
	at := slices.IndexFunc(c.Zones, func(zone string) bool {
		parts := zoneName.FindStringSubmatch(zone)
		return parts != nil && parts[1] == region
	})
	if at < 0 {
		return len(c.Zones)
	}
	return at
}

// Zone returns the region's zone, or "" if none is configured.
func (c Config) Zone(region string) string {
	if at := c.ZoneIndex(region); at < len(c.Zones) {
		return c.Zones[at]
	}
	return ""
}
