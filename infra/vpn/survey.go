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
	Global    *aws.Provider // see newGlobalProvider
	Regions   []Region
	Leftovers []Leftovers
	Zone      HostedZone // zero without a domain
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
	for _, step := range []func(*pulumi.Context, config.Config, State) (config.Problems, error){
		s.checkEnabled, s.surveyRegions, s.surveyDomain,
	} {
		problems, err := step(ctx, c, state)
		if err == nil {
			err = problems.Err()
		}
		if err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s *Survey) surveyRegions(ctx *pulumi.Context, c config.Config, state State) (config.Problems, error) {
	var problems config.Problems
	for i, code := range c.Regions {
		region, found, err := surveyRegion(ctx, c, code, state)
		if err != nil {
			return nil, fmt.Errorf("querying region %q (%s): %w%s", code, config.Item("regions", i), err, asSuffix(hintFor(err.Error(), c, region)))
		}
		s.Regions = append(s.Regions, region)
		s.Leftovers = append(s.Leftovers, leftovers(code, region.Live, state))
		problems = append(problems, found...)
	}
	return problems, nil
}

func (s *Survey) surveyDomain(ctx *pulumi.Context, c config.Config, state State) (config.Problems, error) {
	if c.Domain == (config.Domain{}) {
		return nil, nil
	}
	var err error
	if s.Zone, err = SurveyHostedZone(ctx, c, s.Global); err != nil {
		return nil, err
	}
	sets, err := lookUpRecords(ctx, s.Zone)
	if err != nil {
		return nil, err
	}
	return checkRecords(*s, sets, state), nil
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

// asSuffix continues an error with a hint, if there is one.
func asSuffix(hint string) string {
	if hint == "" {
		return ""
	}
	return "; " + hint
}

// warn logs what the operator should know about AWS: resources that the stack does
// not know, and settings that a server does not have.
func (s Survey) warn(ctx *pulumi.Context, c config.Config) error {
	var warnings []string
	for _, l := range s.Leftovers {
		warnings = append(warnings, l.Warning())
	}
	for _, region := range s.Regions {
		warnings = append(warnings, waiting(c, region)...)
	}
	for _, warning := range warnings {
		if warning == "" {
			continue
		}
		if err := ctx.Log.Warn(warning, nil); err != nil {
			return err
		}
	}
	return nil
}
