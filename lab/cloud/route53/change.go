package route53

import (
	"maps"

	"tripvpn/lab/cloud/apierror"
)

// Action is the kind of a change.
type Action string

// The actions there are.
const (
	Create Action = "CREATE" // refused if there is such a record set
	Upsert Action = "UPSERT" // makes one, or changes it
	Delete Action = "DELETE" // refused if what there is differs from what is given
)

// Change is one of a batch.
type Change struct {
	Action Action
	Set    RecordSet
}

// ChangeResourceRecordSets makes a batch of changes in a zone, one after the
// other: all of them, or none if one is refused.
func (z *Zones) ChangeResourceRecordSets(zoneID string, batch ...Change) error {
	z.mu.Lock()
	defer z.mu.Unlock()
	zone, err := z.zone(zoneID)
	if err != nil {
		return err
	}
	sets := maps.Clone(zone.sets)
	for _, change := range batch {
		change.Set = change.Set.clone()
		change.Set.Name = Normal(change.Set.Name)
		if err := change.apply(zone.Zone, sets); err != nil {
			return err
		}
	}
	zone.sets = sets
	return nil
}

func (c Change) apply(zone Zone, sets map[key]RecordSet) error {
	if err := c.Set.check(zone, c.Action); err != nil {
		return err
	}
	old, exists := sets[c.Set.key()]
	if c.Action != Delete {
		if err := c.Set.conflict(zone, sets); err != nil {
			return err
		}
	}
	switch {
	case c.Action == Create && exists:
		return c.invalid("create", "it already exists")
	case c.Action == Delete && !exists:
		return c.invalid("delete", "it was not found")
	case c.Action == Delete && !c.Set.equal(old):
		return c.invalid("delete", "the values provided do not match the current values")
	case c.Action == Delete:
		delete(sets, c.Set.key())
	default:
		sets[c.Set.key()] = c.Set
	}
	return nil
}

// conflict refuses a CNAME beside other record sets of its name.
func (s RecordSet) conflict(zone Zone, sets map[key]RecordSet) error {
	for other := range sets {
		switch {
		case other.name != s.Name || other.recordType == s.Type:
		case other.recordType == "CNAME":
			return invalid("RRSet of type %s with DNS name %s. is not permitted because a conflicting RRSet of type CNAME "+
				"with the same DNS name already exists in zone %s.", s.Type, s.Name, zone.Name)
		case s.Type == "CNAME":
			return invalid("RRSet of type CNAME with DNS name %s. is not permitted as it conflicts with other records "+
				"with the same DNS name in zone %s.", s.Name, zone.Name)
		}
	}
	return nil
}

func (c Change) invalid(what, why string) error {
	return invalid("Tried to %s resource record set [name='%s.', type='%s'] but %s", what, c.Set.Name, c.Set.Type, why)
}

// invalid refuses a batch. Route 53 sends a list of messages.
func invalid(format string, args ...any) error {
	return apierror.New("InvalidChangeBatch", "["+format+"]", args...)
}
