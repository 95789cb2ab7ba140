package vpn

import (
	"fmt"
	"slices"
	"strings"
)

// Leftovers are the resources that carry the stack's tags in one region, while
// the stack does not know them: a run was killed after AWS had created them, and
// before the engine could record that.
type Leftovers struct {
	Region string
	live   Live
}

// leftovers returns what is live in a region, and not in the state.
func leftovers(region string, live Live, state State) Leftovers {
	unknown := func(ids []string) []string {
		return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return state.Knows(afterSlash(id)) })
	}
	return Leftovers{region, Live{
		Instances: unknown(live.Instances), Elastic: unknown(live.Elastic), Others: unknown(live.Others),
	}}
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

// Warning names each of the resources with the commands that remove it, in an
// order that works. It is empty if there are none.
func (l Leftovers) Warning() string {
	commands := l.commands()
	if len(commands) == 0 {
		return ""
	}
	return fmt.Sprintf("in %s, AWS has resources with the tags of this stack that the stack does not know: "+
		"a run was interrupted while it created them, or another stack has the same name. "+
		"If nothing needs them, remove them:\n  %s", l.Region, strings.Join(commands, "\n  "))
}

func (l Leftovers) commands() []string {
	var commands []string
	add := func(name string, forms ...string) {
		for _, form := range forms {
			commands = append(commands, "aws ec2 --region "+l.Region+" "+fmt.Sprintf(form, afterSlash(name), l.Region))
		}
	}
	for _, id := range l.live.Instances {
		add(id, "terminate-instances --instance-ids %[1]s", "wait instance-terminated --instance-ids %[1]s")
	}
	for _, id := range l.live.Elastic {
		add(id, "release-address --allocation-id %[1]s")
	}
	for _, kind := range freeKinds {
		for _, name := range l.live.Others {
			if strings.HasPrefix(name, kind.name+"/") {
				add(name, kind.commands...)
			}
		}
	}
	return commands
}
