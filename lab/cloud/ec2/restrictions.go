package ec2

import (
	"slices"
	"strings"
)

// Restrictions are what an account is refused that another is not. The zero
// value restricts nothing.
type Restrictions struct {
	// Denied are actions that the caller's IAM policy does not allow:
	// "RunInstances".
	Denied []string
	// FreePlan admits only the types of the free plan, see
	// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-free-tier-usage.html.
	FreePlan bool
	// VCPUs is how many virtual CPUs the running instances of a region may have.
	// Zero is no limit.
	VCPUs int
	// NoCapacity are types and zones for which EC2 has no machine left.
	NoCapacity []Offering
}

// freePlan are the types that an account on the free plan may run.
var freePlan = []string{"t3.micro", "t3.small", "t4g.micro", "t4g.small", "c7i-flex.large", "m7i-flex.large"}

// Restrict replaces the account's restrictions.
func (c *Cloud) Restrict(r Restrictions) { c.restrictions.Store(&r) }

// Attempts is how often an action was asked for, "RunInstances", and refused or
// not.
func (r *Region) Attempts(action string) int {
	r.counting.Lock()
	defer r.counting.Unlock()
	return r.attempts[action]
}

// authorize counts an attempt, and refuses an action that is not allowed. Every
// call begins with it. The resource, "vpc/vpc-…", is empty for a call that only
// describes: IAM knows no resources for it.
func (r *Region) authorize(action, resource string) error {
	r.counting.Lock()
	r.attempts[action]++
	r.counting.Unlock()
	if !slices.Contains(r.restrictions.Load().Denied, action) {
		return nil
	}
	on := ""
	if resource != "" {
		on = " on resource: " + r.ARN(resource)
	}
	return refuse("UnauthorizedOperation", "You are not authorized to perform this operation. User: %s is not authorized "+
		"to perform: ec2:%s%s because no identity-based policy allows the ec2:%s action", caller, action, on, action)
}

// admit refuses to run an instance of a type in a zone where the plan or the
// quota of the account is against it, or where the zone does not offer the type.
func (r *Region) admit(t InstanceType, zone string) error {
	restrictions := r.restrictions.Load()
	if restrictions.FreePlan && !slices.Contains(freePlan, t.Name) {
		return refuse("InvalidParameterCombination", "The specified instance type is not eligible for Free Tier. "+
			"For a list of Free Tier instance types, run 'describe-instance-types' with the filter 'free-tier-eligible=true'.")
	}
	if err := r.checkZone(t, zone); err != nil {
		return err
	}
	if limit := restrictions.VCPUs; limit > 0 && r.runningVCPUs()+t.VCPUs > limit {
		return refuse("VcpuLimitExceeded", "You have requested more vCPU capacity than your current vCPU limit of %d allows "+
			"for the instance bucket that the specified instance type belongs to. Please visit "+
			"http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.", limit)
	}
	return nil
}

func (r *Region) runningVCPUs() int {
	sum := 0
	for _, i := range r.instances {
		if t, known := LookupInstanceType(i.Type); known && i.State != Stopped {
			sum += t.VCPUs
		}
	}
	return sum
}

// hasCapacity reports whether there is a machine of a type in a zone.
func (r *Region) hasCapacity(t InstanceType, zone string) bool {
	return !slices.Contains(r.restrictions.Load().NoCapacity, Offering{t.Name, zone})
}

// checkCapacity refuses to launch where there is no machine.
func (r *Region) checkCapacity(t InstanceType, zone string) error {
	if r.hasCapacity(t, zone) {
		return nil
	}
	elsewhere := slices.DeleteFunc(r.zonesOf(t), func(zone string) bool { return !r.hasCapacity(t, zone) })
	hint := ""
	if len(elsewhere) > 0 {
		hint = " You can currently get " + t.Name + " capacity by not specifying an Availability Zone in your request or " +
			"choosing " + strings.Join(elsewhere, ", ") + "."
	}
	return refuse("InsufficientInstanceCapacity", "We currently do not have sufficient %s capacity in the Availability Zone "+
		"you requested (%s). Our system will be working on provisioning additional capacity.%s", t.Name, zone, hint)
}
