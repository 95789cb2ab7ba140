package ec2

import (
	"cmp"
	"slices"
	"strings"
)

// Check refuses settings that do not exist. Empty ones stand for EC2's
// defaults.
func (s Settings) Check() error {
	if s.HopLimit < 0 || s.HopLimit > 64 {
		return refuse("InvalidParameterValue", "Value (%d) for parameter HttpPutResponseHopLimit is invalid. "+
			"It must be between 1 and 64.", s.HopLimit)
	}
	for _, choice := range []struct {
		parameter, value string
		allowed          []string
	}{
		{"CpuCredits", s.Credits, []string{"standard", "unlimited"}},
		{"InstanceInitiatedShutdownBehavior", s.Shutdown, []string{"stop", "terminate"}},
		{"HttpEndpoint", s.Endpoint, []string{"enabled", "disabled"}},
		{"HttpTokens", s.Tokens, []string{"required", "optional"}},
	} {
		if choice.value != "" && !slices.Contains(choice.allowed, choice.value) {
			return refuse("InvalidParameterValue", "Value (%s) for parameter %s is invalid. Valid values are: %v",
				choice.value, choice.parameter, choice.allowed)
		}
	}
	return nil
}

// orElse fills what was not asked for.
func (s Settings) orElse(d Settings) Settings {
	return Settings{
		Credits: cmp.Or(s.Credits, d.Credits), Shutdown: cmp.Or(s.Shutdown, d.Shutdown), Endpoint: cmp.Or(s.Endpoint, d.Endpoint),
		Tokens: cmp.Or(s.Tokens, d.Tokens), HopLimit: cmp.Or(s.HopLimit, d.HopLimit),
	}
}

// defaults are EC2's for a type. Of the burstable ones only t2 does not spend
// more than it has earned.
func (t InstanceType) defaults() Settings {
	s := Settings{Shutdown: "stop", Endpoint: "enabled", Tokens: "optional", HopLimit: 1}
	switch {
	case strings.HasPrefix(t.Name, "t2."):
		s.Credits = "standard"
	case t.Burstable:
		s.Credits = "unlimited"
	}
	return s
}

// creditsAfter are the credits of an instance that becomes one of this type.
func (t InstanceType) creditsAfter(before string) string {
	if !t.Burstable {
		return ""
	}
	return cmp.Or(before, t.defaults().Credits)
}

// checkCredits refuses credits where there are none.
func (t InstanceType) checkCredits(credits string) error {
	if credits != "" && !t.Burstable {
		return refuse("InvalidParameterCombination", "The instance type '%s' does not support CPU credits", t.Name)
	}
	return nil
}

// Check refuses a volume that cannot be a root volume.
func (v Volume) Check() error {
	if v.Type != "" && !slices.Contains([]string{"gp2", "gp3"}, v.Type) {
		return refuse("InvalidParameterValue", "Value (%s) for parameter volumeType is invalid. "+
			"The stand-in knows gp2 and gp3.", v.Type)
	}
	if v.SizeGiB < 0 || v.SizeGiB > 16384 {
		return refuse("InvalidParameterValue", "Volume of %dGiB is invalid; must be between 1GiB and 16384GiB", v.SizeGiB)
	}
	return nil
}

// over fills what was not asked for with what the image says.
func (v Volume) over(image Image) (Volume, error) {
	if v.SizeGiB != 0 && v.SizeGiB < image.SizeGiB {
		return Volume{}, refuse("InvalidBlockDeviceMapping",
			"Volume of size %dGB is smaller than snapshot '%s', expect size>= %dGB",
			v.SizeGiB, image.Snapshot(), image.SizeGiB)
	}
	v.ID, v.Device = newID("vol"), image.RootDevice
	v.Type, v.SizeGiB = cmp.Or(v.Type, "gp2"), max(v.SizeGiB, image.SizeGiB)
	return v, nil
}
