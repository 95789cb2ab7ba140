package acceptance

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"tripvpn/lab/fabric/command"
	"tripvpn/lab/poll"
)

// unknown is in the program's warning about resources with the stack's tags that are not
// in its state.
const unknown = "that the stack does not know"

// forgetting is how long AWS may take to forget the tags of deleted resources.
const forgetting = 5 * time.Minute

// findNothing requires that no resource has the stack's tag yet. It also shows, before
// anything costs money, that the search works.
func (a *Acceptance) findNothing(ctx context.Context) error {
	found, err := a.tagged(ctx, a.name)
	if err == nil && len(found) > 0 {
		err = fmt.Errorf("the new stack %s has resources already: %s", a.name, strings.Join(found, ", "))
	}
	return err
}

// findNothingAfter requires that nothing is left of the stack: neither the program, in
// each region, nor AWS's search by tag finds anything.
func (a *Acceptance) findNothingAfter(ctx context.Context) error {
	for _, region := range a.stack.regions {
		if err := a.stack.set(ctx, setting{"regions[0]", region}); err != nil {
			return err
		}
		said, err := a.stack.pulumi(ctx, "preview")
		if err != nil {
			return err
		}
		if strings.Contains(said, unknown) {
			return fmt.Errorf("destroy left resources in %s; the preview warns:\n%s", region, lastLines(said))
		}
	}
	ctx, cancel := context.WithTimeout(ctx, forgetting)
	defer cancel()
	var left []string
	err := poll.Until(ctx, 5*time.Second, func() (done bool, err error) {
		left, err = a.tagged(ctx, a.stack.name)
		return err == nil && len(left) == 0, err
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("destroy left resources with the tag tripvpn:stack=%s: %s", a.stack.name, strings.Join(left, ", "))
	}
	return err
}

// removeUnknown runs the commands with which a preview removes what a killed run left
// and the stack does not know: AWS does not delete the network around it.
func (a *Acceptance) removeUnknown(ctx context.Context) error {
	said, err := a.stack.pulumi(ctx, "preview")
	if err != nil {
		return err
	}
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "aws ec2 --region ") {
			continue
		}
		if _, err := command.Run(ctx, nil, "sh", "-c", line); err != nil {
			return fmt.Errorf("removing what a killed run left: %w", err)
		}
	}
	return nil
}

// tagged lists the resources of all regions with the tag of a stack, as the operator can
// (docs/operating.md), if the aws command is installed.
func (a *Acceptance) tagged(ctx context.Context, stack string) ([]string, error) {
	if _, err := exec.LookPath("aws"); err != nil {
		a.Report.Note("the aws command is not installed: there is no search by tag")
		return nil, nil
	}
	regions, err := aws(ctx, "ec2", "describe-regions", "--region", a.From, "--query", "Regions[].RegionName")
	if err != nil {
		return nil, err
	}
	var found []string
	for _, region := range regions {
		arns, err := aws(ctx, "resourcegroupstaggingapi", "get-resources", "--region", region,
			"--tag-filters", "Key=tripvpn:stack,Values="+stack, "--query", "ResourceTagMappingList[].ResourceARN")
		if err != nil {
			return nil, err
		}
		for _, arn := range arns {
			if gone, err := terminated(ctx, region, arn); err != nil {
				return nil, err
			} else if !gone {
				found = append(found, arn)
			}
		}
	}
	return found, nil
}

// terminated reports whether a resource is an instance that has ended, which keeps its
// tags for about an hour.
func terminated(ctx context.Context, region, arn string) (bool, error) {
	_, id, isInstance := strings.Cut(arn, ":instance/")
	if !isInstance {
		return false, nil
	}
	states, err := aws(ctx, "ec2", "describe-instances", "--region", region,
		"--filters", "Name=instance-id,Values="+id, "--query", "Reservations[].Instances[].State.Name")
	return err == nil && (len(states) == 0 || states[0] == "terminated"), err
}

// aws runs the aws command and returns the words of its answer.
func aws(ctx context.Context, arguments ...string) ([]string, error) {
	text, err := command.Run(ctx, nil, append([]string{"aws", "--output", "text"}, arguments...)...)
	return strings.Fields(text), err
}
