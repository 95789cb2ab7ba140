package route53

import (
	"cmp"
	"crypto/rand"
	"maps"
	"slices"
	"strings"
	"sync"

	"tripvpn/lab/cloud/apierror"
)

// Zone is a public hosted zone.
type Zone struct {
	ID   string // "Z" and letters and digits
	Name string // "example.org"
}

// ARN names the zone. Route 53 knows no region, and its zones no account.
func (z Zone) ARN() string { return "arn:aws:route53:::hostedzone/" + z.ID }

// Zones holds the hosted zones of an account. Its methods are Route
// 53's calls by Route 53's names, without the plumbing: what they return are
// copies. It may be used by several goroutines at once.
type Zones struct {
	mu  sync.Mutex
	all map[string]*hostedZone // by id
}

type hostedZone struct {
	Zone
	sets map[key]RecordSet
}

// New opens an account that has zones of these names, and no record sets.
func New(names ...string) *Zones {
	z := &Zones{all: map[string]*hostedZone{}}
	for _, name := range names {
		zone := Zone{ID: newID(), Name: Normal(name)}
		z.all[zone.ID] = &hostedZone{Zone: zone, sets: map[key]RecordSet{}}
	}
	return z
}

// newID makes an identifier of Route 53's form.
func newID() string {
	return "Z0" + rand.Text()[:18]
}

// Normal is a name as it is kept: in lower case, without a final dot.
func Normal(name string) string {
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

// ListHostedZones lists the zones by name.
func (z *Zones) ListHostedZones() []Zone {
	z.mu.Lock()
	defer z.mu.Unlock()
	var zones []Zone
	for _, zone := range z.all {
		zones = append(zones, zone.Zone)
	}
	slices.SortFunc(zones, func(a, b Zone) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return zones
}

// GetHostedZone finds a zone.
func (z *Zones) GetHostedZone(id string) (Zone, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	zone, err := z.zone(id)
	if err != nil {
		return Zone{}, err
	}
	return zone.Zone, nil
}

// ListResourceRecordSets lists a zone's record sets, in Route 53's order: by name,
// label by label from the end, and then by type
// (https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html).
func (z *Zones) ListResourceRecordSets(zoneID string) ([]RecordSet, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	zone, err := z.zone(zoneID)
	if err != nil {
		return nil, err
	}
	return zone.list(), nil
}

func (z *hostedZone) list() []RecordSet {
	sets := slices.SortedFunc(maps.Values(z.sets), func(a, b RecordSet) int {
		return cmp.Or(cmp.Compare(reversed(a.Name), reversed(b.Name)), cmp.Compare(a.Type, b.Type))
	})
	for i := range sets {
		sets[i] = sets[i].clone()
	}
	return sets
}

// reversed is a name with its labels in reverse, and a final dot: "org.example.vpn.".
func reversed(name string) string {
	labels := strings.Split(name, ".")
	slices.Reverse(labels)
	return strings.Join(labels, ".") + "."
}

// Inventory lists the record sets of all zones, one "name/type" each.
func (z *Zones) Inventory() []string {
	z.mu.Lock()
	defer z.mu.Unlock()
	var all []string
	for _, zone := range z.all {
		for _, set := range zone.list() {
			all = append(all, set.Name+"/"+set.Type)
		}
	}
	return all
}

func (z *Zones) zone(id string) (*hostedZone, error) {
	zone, ok := z.all[id]
	if !ok {
		return nil, apierror.New("NoSuchHostedZone", "No hosted zone found with ID: %s", id)
	}
	return zone, nil
}
