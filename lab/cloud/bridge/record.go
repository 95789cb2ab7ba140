package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tripvpn/lab/cloud/route53"
)

type record struct{}

// RecordInputs are the inputs of aws:route53/record:Record.
type RecordInputs struct {
	AllowOverwrite *bool    `pulumi:"allowOverwrite,optional"`
	Name           string   `pulumi:"name"`
	Records        []string `pulumi:"records,optional"`
	Ttl            *int     `pulumi:"ttl,optional"`
	Type           string   `pulumi:"type"`
	ZoneId         string   `pulumi:"zoneId"`
}

// RecordState is the state of aws:route53/record:Record.
type RecordState struct {
	RecordInputs
	Fqdn string `pulumi:"fqdn"`
}

// errNoRecordSet: upstream lists the zone, and does not find the record set.
var errNoRecordSet = errors.New("there is no such record set")

// recordTypes are those that Route 53 has
// (https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html).
var recordTypes = []string{
	"A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "SSHFP", "SVCB",
	"TLSA", "TXT",
}

// check looks only at the type. Route 53 checks everything else, and a preview does
// not call it.
func (record) check(in RecordInputs, _ *RecordState) error {
	switch {
	case in.Type == "", in.Type == "A", in.Type == "AAAA":
		return nil
	case !slices.Contains(recordTypes, in.Type):
		return fmt.Errorf("expected type to be one of %q, got %s", recordTypes, in.Type)
	}
	return unsupported("record sets of type " + in.Type)
}

func (record) preview(in RecordInputs, old RecordState) RecordState {
	old.RecordInputs = in
	return old
}

func (record) create(_ context.Context, z *route53.Zones, in RecordInputs) (string, error) {
	set, err := in.set(z)
	if err != nil {
		return "", err
	}
	id := strings.Join([]string{in.ZoneId, route53.Normal(in.Name), in.Type}, "_")
	return id, z.ChangeResourceRecordSets(in.ZoneId, route53.Change{Action: in.creating(), Set: set})
}

func (record) read(z *route53.Zones, _ string, old RecordState) (RecordState, error) {
	set, err := old.find(z)
	in := old.RecordInputs
	overwrite := value(in.AllowOverwrite)
	in.AllowOverwrite, in.Name, in.Records, in.Ttl = &overwrite, route53.Normal(in.Name), set.Values, set.TTL
	return RecordState{RecordInputs: in, Fqdn: set.Name}, err
}

// update keeps the id, even where the new type is not the one in it.
func (record) update(_ context.Context, z *route53.Zones, _ string, in RecordInputs, old RecordState) error {
	set, err := in.set(z)
	if err != nil {
		return err
	}
	if in.Type == old.Type {
		return z.ChangeResourceRecordSets(in.ZoneId, route53.Change{Action: route53.Upsert, Set: set})
	}
	before, err := old.set(z)
	if err != nil {
		return err
	}
	return z.ChangeResourceRecordSets(in.ZoneId,
		route53.Change{Action: route53.Delete, Set: before}, route53.Change{Action: in.creating(), Set: set})
}

// delete removes the present record set.
func (record) delete(_ context.Context, z *route53.Zones, _ string, old RecordState) error {
	set, err := old.find(z)
	if err != nil {
		return err
	}
	return z.ChangeResourceRecordSets(old.ZoneId, route53.Change{Action: route53.Delete, Set: set})
}

// creating is the action that makes the record set.
func (in RecordInputs) creating() route53.Action {
	if value(in.AllowOverwrite) {
		return route53.Upsert
	}
	return route53.Create
}

// set is the record set of the inputs. The values are a set upstream.
func (in RecordInputs) set(z *route53.Zones) (route53.RecordSet, error) {
	zone, err := z.GetHostedZone(in.ZoneId)
	return route53.RecordSet{
		Name:   qualify(in.Name, zone.Name),
		Type:   in.Type,
		TTL:    in.Ttl,
		Values: slices.Compact(slices.Sorted(slices.Values(in.Records))),
	}, err
}

// find looks for the record set of that name and type.
func (in RecordInputs) find(z *route53.Zones) (route53.RecordSet, error) {
	wanted, err := in.set(z)
	if err != nil {
		return route53.RecordSet{}, err
	}
	sets, err := z.ListResourceRecordSets(in.ZoneId)
	if err != nil {
		return route53.RecordSet{}, err
	}
	for _, set := range sets {
		if set.Name == wanted.Name && set.Type == wanted.Type {
			return set, nil
		}
	}
	return route53.RecordSet{}, errNoRecordSet
}

// qualify appends the zone's name to a name that does not end in it. Like
// upstream, it ignores where a label begins (expandRecordName in its
// internal/service/route53/record.go).
func qualify(name, zone string) string {
	name = route53.Normal(name)
	if strings.HasSuffix(name, zone) {
		return name
	}
	return strings.TrimPrefix(name+"."+zone, ".")
}
