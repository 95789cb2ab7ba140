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
	Regions   []Region
	Leftovers []Leftovers
	Zone      HostedZone // zero without a domain
}

// NewSurvey queries every region, and Route 53 if there is a domain. It creates
// nothing but providers, and collects every problem, so that a stack is refused
// before its first resource.
func NewSurvey(ctx *pulumi.Context, c config.Config, state State) (Survey, error) {
	var survey Survey
	var problems config.Problems
	global, err := newGlobalProvider(ctx, c)
	if err != nil {
		return survey, err
	}
	if err := checkEnabled(ctx, &problems, c, global); err != nil {
		return survey, err
	}
	if err := problems.Err(); err != nil {
		return survey, err // the provider of such a region would fail first
	}
	for i, code := range c.Regions {
		region, found, err := surveyRegion(ctx, c, code, state)
		if err != nil {
			return Survey{}, fmt.Errorf("querying region %q (%s): %w%s", code, config.Item("regions", i), err, asSuffix(hintFor(err.Error(), c, region)))
		}
		survey.Regions = append(survey.Regions, region)
		survey.Leftovers = append(survey.Leftovers, leftovers(code, region.Live, state))
		problems = append(problems, found...)
	}
	if err := problems.Err(); err != nil || c.Domain == (config.Domain{}) {
		return survey, err
	}
	if survey.Zone, err = SurveyHostedZone(ctx, c, global); err != nil {
		return survey, err
	}
	sets, err := lookUpRecords(ctx, survey.Zone)
	if err != nil {
		return survey, err
	}
	checkRecords(&problems, survey, sets, state)
	return survey, problems.Err()
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
