package ec2

import "slices"

// Tagged lists what carries a tag, in all regions, one "region ARN" each, in
// order: what is left over if everything with that tag was to be deleted. It is
// what
//
//	aws resourcegroupstaggingapi get-resources --tag-filters Key=…,Values=…
//
// shows, region by region. That goes on showing what was deleted not long ago,
// a terminated instance for one; this does not.
func (c *Cloud) Tagged(key, value string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for name, region := range c.regions {
		for _, resource := range region.tagged(key, value) {
			all = append(all, name+" "+region.ARN(resource))
		}
	}
	slices.Sort(all)
	return all
}

func (r *Region) tagged(key, value string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	has := func(tags map[string]string) bool {
		actual, tagged := tags[key]
		return tagged && actual == value
	}
	return slices.Concat(
		those(r.vpcs, "vpc", func(v *Vpc) bool { return has(v.Tags) }),
		those(r.subnets, "subnet", func(sub *Subnet) bool { return has(sub.Tags) }),
		those(r.gateways, "internet-gateway", func(g *Gateway) bool { return has(g.Tags) }),
		those(r.tables, "route-table", func(t *Table) bool { return has(t.Tags) }),
		those(r.groups, "security-group", func(g *Group) bool { return has(g.Tags) }),
		those(r.keys, "key-pair", func(k *Key) bool { return has(k.Tags) }),
		those(r.instances, "instance", func(i *Instance) bool { return has(i.Tags) }),
		those(r.addresses, "elastic-ip", func(a *Address) bool { return has(a.Tags) }),
	)
}

// those lists the chosen ones as the end of an ARN has them, "vpc/vpc-…".
func those[T any](book map[string]T, kind string, chosen func(T) bool) []string {
	var found []string
	for id, thing := range book {
		if chosen(thing) {
			found = append(found, kind+"/"+id)
		}
	}
	return found
}
