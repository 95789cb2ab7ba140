// Package ec2 is a stand-in for Amazon EC2: the state of one account, kept in
// memory, as much of them as the program uses, and as strict as EC2 where
// strictness catches our mistakes. It knows nothing of Pulumi; package bridge
// puts it behind the aws provider's interface. A Datacenter provides
// the machines and moves the packets.
//
// A Cloud is the account as a whole. Its hosted zones, which belong to no
// region, and AWS's price list have packages of their own: route53 and pricing.
//
// An instance is terminated as EC2's user guide has it: its operating system
// gets the event of a power button and stops its services, for which there is no
// configurable time (terminating-instances.html); one that is stuck is ended by
// force (TroubleshootingInstancesShuttingDown.html); the Elastic IP is
// disassociated, and stays allocated (ec2-instance-lifecycle.html, the table of
// differences between reboot, stop, hibernate and terminate). At what moment it
// is disassociated, the guide does not say. Assumed here, and never seen on EC2:
// when the machine is off, not when it begins to shut down, so that a server can
// still notify its clients. Until then the address can be
// disassociated, or associated with another instance, "at any time"
// (elastic-ip-addresses-eip.html).
//
// The type of a stopped instance can be changed to one that its zone does not
// offer; EC2 refuses to start it then. That its credits are those of a new
// instance, if its last type had none, is assumed here, and was never seen on EC2.
//
// Every refusal carries EC2's own error code. Where the aws provider refuses
// a value before EC2 sees it, so does this package, under the code
// InvalidParameterValue.
//
// Differences from the real EC2, all deliberate:
//
//   - Nothing is eventually consistent, nothing is throttled, and a dependency
//     that is in the way is refused at once; the provider waits minutes for it
//     to go.
//   - There is no default VPC, and the only quotas are five VPCs and five Elastic
//     IPs a region, five groups an instance, and the virtual CPUs that Restrict allows.
//   - An account may do everything, and EC2 has capacity everywhere, unless
//     Restrict says otherwise. A denied action is denied for every resource;
//     DescribeRegions and the tagging API's GetResources cannot be denied. That a
//     stopped instance meets the free plan when it is started, and not when its type
//     is changed, is assumed.
//   - Every region has three zones, a to c. The families t3, t3a and t4g are
//     not offered in zone a, so that a program which does not ask where its type is
//     offered fails.
//   - There are ten images a region, two architectures of four distributions,
//     and of one with a disk of 20 GiB that the account owns, and a few instance
//     types. A deprecated image is so in every region.
//   - A rule's peer is a network: groups and prefix lists as peers, and single
//     ICMP types, are refused.
//   - Routes lead to an internet gateway or nowhere. Traffic to which no route
//     leads is dropped by narrowing the rules in front of the machine.
//     An association keeps its id when its subnet is given another table.
//   - An instance does not hibernate and is not rebooted by a call. An
//     instance has one interface, one IPv4 address that EC2 chooses, and one IPv6
//     address if its subnet assigns one. The only public IPv4 addresses are
//     Elastic IPs.
//   - A call that stops, starts or terminates an instance returns when that is
//     done, and a region does it for one instance after the other. The
//     datacenter decides how long a machine may take to shut down; EC2 considers it
//     stuck after several hours, or waits until it is stopped by force.
//   - What has tags is listed by them as soon as it exists, and no longer when it
//     is deleted, but for instances; AWS lists deleted resources of any type for
//     minutes or hours (https://github.com/aws/aws-sdk/issues/676). A root volume
//     and a network interface are not resources of their own, and have no tags.
//   - A call that lists knows a few filters, and refuses others as EC2 refuses
//     those that it does not have.
//   - Tags are kept as they come: their number, their length and the prefixes of
//     their keys are not checked.
//   - Volumes, credits and metadata options are kept and answered, but have no
//     effect on the machine.
package ec2
