package vpn

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"tripvpn/internal/spec"
)

// Settings are the configuration as the operator wrote it, not yet checked.
// The fields carry the keys of Pulumi.yaml.
type Settings struct {
	Name         string
	Regions      []string
	Clients      []string
	Revoked      []string
	InstanceType string
	CPUCredits   string
	Image        string
	AdminCIDRs   []string // empty means the operator's own address
	Subnet       string

	Style          string
	ControlChannel string
	KeyAlgorithm   string

	Domain        string // empty means none
	Zone          string
	AddressSerial int
	Until         string // empty means no end
}

// Defaults are what holds where the operator wrote nothing. Pulumi.yaml says
// the same, for the engine; a test holds the two together.
func Defaults() Settings {
	return Settings{
		Name:         "trip",
		Regions:      []string{"us-east-1"},
		InstanceType: "t4g.nano",
		CPUCredits:   string(Unlimited),
		Image:        "debian-13",
		Subnet:       defaultSubnet,

		Style:          string(spec.Modern),
		ControlChannel: auto,
		KeyAlgorithm:   auto,
	}
}

// ReadSettings reads the stack's configuration over the defaults. A value of
// another type than its key has is a problem like any other.
func ReadSettings(ctx *pulumi.Context) (Settings, Problems) {
	settings := Defaults()
	source := config.New(ctx, "")
	var problems Problems
	text := func(key string, target *string) {
		if value, err := source.Try(key); err == nil {
			*target = value
		}
	}
	number := func(key string, target *int) {
		value, err := source.Try(key)
		if err != nil {
			return
		}
		if *target, err = strconv.Atoi(value); err != nil {
			problems = append(problems, Problem{key, value, "is not a whole number", setValue(key, "1")})
		}
	}
	list := func(key string, target *[]string) {
		err := source.TryObject(key, target)
		if err != nil && !errors.Is(err, config.ErrMissingVar) {
			problems = append(problems, notAList(key, source.Get(key)))
		}
	}
	text("name", &settings.Name)
	list("regions", &settings.Regions)
	list("clients", &settings.Clients)
	list("revoked", &settings.Revoked)
	text("instanceType", &settings.InstanceType)
	text("cpuCredits", &settings.CPUCredits)
	text("image", &settings.Image)
	list("adminCidrs", &settings.AdminCIDRs)
	text("subnet", &settings.Subnet)
	text("style", &settings.Style)
	text("controlChannel", &settings.ControlChannel)
	text("keyAlgorithm", &settings.KeyAlgorithm)
	text("domain", &settings.Domain)
	text("zone", &settings.Zone)
	number("addressSerial", &settings.AddressSerial)
	text("until", &settings.Until)
	return settings, problems
}

func notAList(key, value string) Problem {
	return Problem{key, value, "is not a list of names", fmt.Sprintf("write a list: %s", setItem(key, "VALUE"))}
}

// setItem is the command that writes the first item of a list.
func setItem(key, value string) string {
	return fmt.Sprintf("pulumi config set --path 'tripvpn:%s[0]' %s", key, value)
}

// setValue is the command that writes a single value.
func setValue(key, value string) string {
	return fmt.Sprintf("pulumi config set tripvpn:%s %s", key, value)
}
