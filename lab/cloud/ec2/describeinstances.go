package ec2

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// remembered is how long a terminated instance can still be described: "for
// approximately one hour", see
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TerminateInstances.html.
const remembered = time.Hour

// DescribeInstance finds an instance, also one that was terminated not long ago.
func (r *Region) DescribeInstance(id string) (Instance, error) {
	return describe(r, "DescribeInstances", r.instance, id)
}

// DescribeInstances lists the instances of the region in the order of their
// ids, with those that were terminated not long ago.
func (r *Region) DescribeInstances() []Instance {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget()
	var all []Instance
	for _, known := range []map[string]*Instance{r.instances, r.terminated} {
		for _, i := range known {
			all = append(all, i.clone())
		}
	}
	slices.SortFunc(all, func(a, b Instance) int { return strings.Compare(a.ID, b.ID) })
	return all
}

func (r *Region) instance(id string) (*Instance, error) {
	if !wellFormed("i", id) {
		return nil, refuse("InvalidInstanceID.Malformed", "Invalid id: %q", id)
	}
	r.forget()
	for _, known := range []map[string]*Instance{r.instances, r.terminated} {
		if i, ok := known[id]; ok {
			return i, nil
		}
	}
	return nil, refuse("InvalidInstanceID.NotFound", "The instance ID '%s' does not exist", id)
}

// forget drops the instances that were terminated long ago.
func (r *Region) forget() {
	maps.DeleteFunc(r.terminated, func(_ string, i *Instance) bool { return time.Since(i.ended) > remembered })
}
