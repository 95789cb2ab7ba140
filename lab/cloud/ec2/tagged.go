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
		for _, arn := range region.tagged(map[string]string{key: value}, region.instances) {
			all = append(all, name+" "+arn)
		}
	}
	slices.Sort(all)
	return all
}

// GetResources lists the ARNs of what carries all of the tags, in order, as the
// call of the tagging API does: terminated instances included. It is not
// eventually consistent, and of all other types it lists nothing that was deleted.
func (r *Region) GetResources(tags map[string]string) []string {
	instances := map[string]*Instance{}
	for _, i := range r.DescribeInstances() {
		instances[i.ID] = &i
	}
	all := r.tagged(tags, instances)
	slices.Sort(all)
	return all
}

// tagged lists the ARNs of what carries all of the tags, with those of the
// instances.
func (r *Region) tagged(wanted map[string]string, instances map[string]*Instance) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	has := func(tags map[string]string) bool {
		for key, value := range wanted {
			if actual, tagged := tags[key]; !tagged || actual != value {
				return false
			}
		}
		return true
	}
	keys := map[string]*Key{}
	for _, k := range r.keys {
		keys[k.ID] = k
	}
	found := slices.Concat(
		those(r.vpcs, "vpc", func(v *Vpc) bool { return has(v.Tags) }),
		those(r.subnets, "subnet", func(sub *Subnet) bool { return has(sub.Tags) }),
		those(r.gateways, "internet-gateway", func(g *Gateway) bool { return has(g.Tags) }),
		those(r.tables, "route-table", func(t *Table) bool { return has(t.Tags) }),
		those(r.groups, "security-group", func(g *Group) bool { return has(g.Tags) }),
		those(keys, "key-pair", func(k *Key) bool { return has(k.Tags) }),
		those(instances, "instance", func(i *Instance) bool { return has(i.Tags) }),
		those(r.addresses, "elastic-ip", func(a *Address) bool { return has(a.Tags) }),
	)
	for i, resource := range found {
		found[i] = r.ARN(resource)
	}
	return found
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
