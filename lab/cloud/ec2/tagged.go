package ec2

import (
	"maps"
	"slices"
	"strings"
)

// TaggedResource is a resource that has tags.
type TaggedResource struct {
	ARN  string
	Type string // "ec2:vpc"
	Tags map[string]string
}

// TagFilter matches a resource with a tag of that key that has one of the values,
// or any if there are none.
type TagFilter struct {
	Key    string
	Values []string
}

// Tagged lists what carries a tag, in all regions, one "region ARN" each, in
// order: what is left over if everything with that tag was to be deleted. It is
// what
//
//	aws resourcegroupstaggingapi get-resources --tag-filters Key=…,Values=…
//
// shows, region by region, without what was deleted not long ago.
func (c *Cloud) Tagged(key, value string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for name, region := range c.regions {
		for _, resource := range region.living() {
			if actual, tagged := resource.Tags[key]; tagged && actual == value {
				all = append(all, name+" "+resource.ARN)
			}
		}
	}
	slices.Sort(all)
	return all
}

// GetResources lists the resources that have tags, in the order of their ARNs, as
// the call of the Resource Groups Tagging API does: those that satisfy all filters,
// and are of one of the types, if any are named. A type is that of one service,
// "ec2", or more precise, "ec2:vpc". See
// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html.
//
// "Previously tagged resources" are listed as well. Of those, this lists the
// terminated instances, as long as EC2 describes them; see
// https://github.com/boto/boto3/issues/1704.
func (r *Region) GetResources(filters []TagFilter, types []string) []TaggedResource {
	r.mu.Lock()
	r.forget()
	found := r.tagged(r.instances, r.terminated)
	r.mu.Unlock()
	found = slices.DeleteFunc(found, func(resource TaggedResource) bool {
		return !resource.satisfies(filters) || !resource.isOf(types)
	})
	slices.SortFunc(found, func(a, b TaggedResource) int { return strings.Compare(a.ARN, b.ARN) })
	return found
}

func (t TaggedResource) satisfies(filters []TagFilter) bool {
	return !slices.ContainsFunc(filters, func(f TagFilter) bool {
		value, tagged := t.Tags[f.Key]
		return !tagged || len(f.Values) > 0 && !slices.Contains(f.Values, value)
	})
}

func (t TaggedResource) isOf(types []string) bool {
	service, _, _ := strings.Cut(t.Type, ":")
	return len(types) == 0 || slices.Contains(types, t.Type) || slices.Contains(types, service)
}

// living are the resources that have tags and exist.
func (r *Region) living() []TaggedResource {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tagged(r.instances)
}

// tagged lists what has tags in the region, with those of the instances.
func (r *Region) tagged(instances ...map[string]*Instance) []TaggedResource {
	found := slices.Concat(
		taggedIn(r, r.vpcs, "vpc", func(v *Vpc) (string, map[string]string) { return v.ID, v.Tags }),
		taggedIn(r, r.subnets, "subnet", func(sub *Subnet) (string, map[string]string) { return sub.ID, sub.Tags }),
		taggedIn(r, r.gateways, "internet-gateway", func(g *Gateway) (string, map[string]string) { return g.ID, g.Tags }),
		taggedIn(r, r.tables, "route-table", func(t *Table) (string, map[string]string) { return t.ID, t.Tags }),
		taggedIn(r, r.groups, "security-group", func(g *Group) (string, map[string]string) { return g.ID, g.Tags }),
		taggedIn(r, r.keys, "key-pair", func(k *Key) (string, map[string]string) { return k.ID, k.Tags }),
		taggedIn(r, r.addresses, "elastic-ip", func(a *Address) (string, map[string]string) { return a.AllocationID, a.Tags }),
	)
	for _, known := range instances {
		found = append(found,
			taggedIn(r, known, "instance", func(i *Instance) (string, map[string]string) { return i.ID, i.Tags })...)
	}
	return found
}

// taggedIn lists those of one kind that have tags.
func taggedIn[T any](
	r *Region, book map[string]T, kind string, of func(T) (id string, tags map[string]string),
) []TaggedResource {
	var found []TaggedResource
	for _, thing := range book {
		if id, tags := of(thing); len(tags) > 0 {
			found = append(found, TaggedResource{ARN: r.ARN(kind + "/" + id), Type: "ec2:" + kind, Tags: maps.Clone(tags)})
		}
	}
	return found
}
