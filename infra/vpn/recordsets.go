package vpn

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
)

// recordSet is a record set that exists in a hosted zone.
type recordSet struct {
	kind   string   // "A"
	values []string // none for an alias
}

// lookUpRecords returns the sets of the domain that prevent its own records, or
// would be overwritten by them.
func lookUpRecords(ctx *pulumi.Context, zone HostedZone) ([]recordSet, error) {
	name := "^" + regexp.QuoteMeta(zone.Domain.Name+".") + "$"
	found, err := route53.GetRecords(ctx, &route53.GetRecordsArgs{ZoneId: zone.ID, NameRegex: &name}, pulumi.Provider(zone.Provider))
	if err != nil {
		return nil, fmt.Errorf("looking up the records of %q (tripvpn:domain): %w", zone.Domain.Name, err)
	}
	var sets []recordSet
	for _, set := range found.ResourceRecordSets {
		if !slices.Contains([]string{"A", "AAAA", "CNAME"}, set.Type) {
			continue
		}
		var values []string
		for _, record := range set.ResourceRecords {
			values = append(values, record.Value)
		}
		sets = append(sets, recordSet{set.Type, values})
	}
	return sets, nil
}

// checkRecords refuses a domain with records that are not the stack's. Its own are
// in the state, or contain only addresses of its servers: a killed run left them.
func checkRecords(s Survey, sets []recordSet, state State) config.Problems {
	var problems config.Problems
	domain, id := s.Zone.Domain, s.Zone.ID
	var own []string
	for _, region := range s.Regions {
		own = append(append(own, region.Live.Addresses...), region.Live.Addresses6...)
	}
	foreign := func(address string) bool { return !slices.Contains(own, address) }
	for _, set := range sets {
		known := state.Knows(strings.Join([]string{id, domain.Name, set.kind}, "_"))
		if known || len(set.values) > 0 && !slices.ContainsFunc(set.values, foreign) {
			continue
		}
		problems.Add("domain", domain.Name,
			fmt.Sprintf("has a record of type %s already, which is not this stack's: %s", set.kind, strings.Join(set.values, ", ")),
			fmt.Sprintf("delete it in the hosted zone %s, or choose another domain: %s", domain.Zone, config.Set("domain", "vpn2."+domain.Zone)))
	}
	return problems
}
