package vpn

import (
	"fmt"
	"slices"
	"strings"
)

// without returns what of l is not in the state.
func (l Live) without(state State) Live {
	unknown := func(ids []string) []string {
		return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return state.Knows(afterSlash(id)) })
	}
	return Live{Instances: unknown(l.Instances), Elastic: unknown(l.Elastic), Others: unknown(l.Others)}
}

// afterSlash returns the ID in an item of Live.Others.
func afterSlash(name string) string { return name[strings.LastIndex(name, "/")+1:] }

// freeKind is a type of resource that is free of charge.
type freeKind struct {
	name     string   // as in ARNs
	commands []string // of `aws ec2` that delete one; %[1]s is the ID, %[2]s the region
}

// freeKinds are in an order in which they can be deleted.
var freeKinds = []freeKind{
	{"key-pair", []string{"delete-key-pair --key-pair-id %[1]s"}},
	{"security-group", []string{"delete-security-group --group-id %[1]s"}},
	{"subnet", []string{"delete-subnet --subnet-id %[1]s"}},
	{"route-table", []string{"delete-route-table --route-table-id %[1]s"}},
	{"internet-gateway", []string{
		"detach-internet-gateway --internet-gateway-id %[1]s --vpc-id $(aws ec2 --region %[2]s describe-internet-gateways " +
			"--internet-gateway-ids %[1]s --query 'InternetGateways[].Attachments[].VpcId' --output text)",
		"delete-internet-gateway --internet-gateway-id %[1]s",
	}},
	{"vpc", []string{"delete-vpc --vpc-id %[1]s"}},
}

// leftovers returns a warning about the resources of a region that carry the stack's
// tags and are not in its state: a run was killed after AWS had created them, and
// before the engine could record that. It names the commands that remove them, in an
// order that works.
func leftovers(r Region) []string {
	var commands []string
	for _, id := range r.Unknown.Instances {
		commands = append(commands, terminate(r.Code, id)...)
	}
	for _, id := range r.Unknown.Elastic {
		commands = append(commands, awsEC2(r.Code, "release-address --allocation-id "+id))
	}
	for _, kind := range freeKinds {
		for _, name := range r.Unknown.Others {
			if !strings.HasPrefix(name, kind.name+"/") {
				continue
			}
			for _, form := range kind.commands {
				commands = append(commands, awsEC2(r.Code, fmt.Sprintf(form, afterSlash(name), r.Code)))
			}
		}
	}
	if len(commands) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("in %s, AWS has resources with the tags of this stack that the stack does not know: "+
		"a run was interrupted while it created them, or another stack has the same name. "+
		"If nothing needs them, remove them:\n  %s", r.Code, strings.Join(commands, "\n  "))}
}

// terminate returns the commands that terminate an instance and wait for its end.
func terminate(region, id string) []string {
	return []string{
		awsEC2(region, "terminate-instances --instance-ids "+id),
		awsEC2(region, "wait instance-terminated --instance-ids "+id),
	}
}

// awsEC2 returns a command of the AWS CLI.
func awsEC2(region, command string) string { return "aws ec2 --region " + region + " " + command }
