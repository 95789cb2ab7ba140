package vpn

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"tripvpn/infra/config"
)

// Region is an AWS region to run a server in, with what AWS answered about it.
type Region struct {
	Code     string // "us-east-1"
	Provider *aws.Provider
	Live     Live
	Unknown  Live        // what of Live is not in the stack's state
	Server   ServerState // the stack's server, if there is one
	Image    AMI         // of a new server
	Offering []string    // availability zones that offer the instance type
	Zone     string      // availability zone of the server

	// KeepsZone means that a network keeps the zone that it has.
	KeepsZone bool

	// Hints is an option of each resource in the region: see withHints.
	Hints pulumi.ResourceOption
}

// Survey holds the answers of AWS from before the first resource.
type Survey struct {
	Global  *aws.Provider // see newGlobalProvider
	Regions []Region
	Zone    HostedZone // zero without a domain
}

// NewSurvey queries every region, and Route 53 if there is a domain. It creates
// nothing but providers, and collects every problem, so that a stack is refused
// before its first resource.
func NewSurvey(ctx *pulumi.Context, c config.Config, state State) (Survey, error) {
	var s Survey
	var err error
	if s.Global, err = newGlobalProvider(ctx, c); err != nil {
		return s, err
	}
	if err := s.checkEnabled(ctx, c); err != nil {
		return s, err
	}
	if err := s.surveyRegions(ctx, c, state); err != nil {
		return s, err
	}
	err = s.surveyDomain(ctx, c, state)
	return s, err
}

func (s *Survey) surveyRegions(ctx *pulumi.Context, c config.Config, state State) error {
	var problems config.Problems
	for i, code := range c.Regions {
		region, found, err := surveyRegion(ctx, c, code, state)
		if err != nil {
			return fmt.Errorf("querying region %q (%s): %w", code, config.Item("regions", i), withHint(err, c, region))
		}
		s.Regions = append(s.Regions, region)
		problems = append(problems, found...)
	}
	return problems.Err()
}

func (s *Survey) surveyDomain(ctx *pulumi.Context, c config.Config, state State) error {
	if c.Domain == (config.Domain{}) {
		return nil
	}
	var err error
	if s.Zone, err = SurveyHostedZone(ctx, c, s.Global); err != nil {
		return err
	}
	sets, err := lookUpRecords(ctx, s.Zone)
	if err != nil {
		return err
	}
	return checkRecords(*s, sets, state).Err()
}

func surveyRegion(ctx *pulumi.Context, c config.Config, code string, state State) (Region, config.Problems, error) {
	provider, err := newProvider(ctx, c, code, code)
	if err != nil {
		return Region{}, nil, err
	}
	region := Region{Code: code, Provider: provider}
	if region.Live, err = SurveyLive(ctx, provider); err != nil {
		return region, nil, err
	}
	region.Unknown = region.Live.without(state)
	region.Server = state.Server(region.Live.Instances)
	if region.Offering, err = zonesOffering(ctx, c.InstanceType, code, provider); err != nil {
		return region, nil, err
	}
	if region.Image, err = LookupImage(ctx, c, provider); err != nil {
		return region, nil, err
	}
	var problems config.Problems
	region.Zone = chooseZone(&problems, c, region)
	region.KeepsZone = c.Zone(code) == "" || len(region.Live.Instances) > 0
	checkImage(&problems, c, region)
	checkServer(&problems, c, region)
	region.Hints, err = withHints(ctx, c, region)
	return region, problems, err
}

// warn logs what the operator should know about AWS: resources that the stack does
// not know, and settings that a server does not have.
func (s Survey) warn(ctx *pulumi.Context, c config.Config) error {
	var warnings []string
	for _, region := range s.Regions {
		warnings = append(warnings, leftovers(region)...)
	}
	for _, region := range s.Regions {
		warnings = append(warnings, waiting(c, region)...)
	}
	for _, warning := range warnings {
		if err := ctx.Log.Warn(warning, nil); err != nil {
			return err
		}
	}
	return nil
}
