package config

import (
	"errors"
	"fmt"
	"iter"
	"reflect"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"tripvpn/internal/spec"
)

// Settings are the configuration as the operator wrote it, not yet checked.
// They declare the keys: each field is one, with its type. Pulumi.yaml and
// docs/configuration.md describe them, and TestEveryKeyIsComplete says what is
// missing there.
type Settings struct {
	Name         string   `key:"name"`
	Regions      []string `key:"regions"`
	Clients      []string `key:"clients"`
	Revoked      []string `key:"revoked"`
	InstanceType string   `key:"instanceType"`
	CPUCredits   string   `key:"cpuCredits"`
	Image        string   `key:"image"`
	AdminCIDRs   []string `key:"adminCidrs"` // empty means the operator's own address
	Subnet       string   `key:"subnet"`

	Style          string `key:"style"`
	ControlChannel string `key:"controlChannel"`
	KeyAlgorithm   string `key:"keyAlgorithm"`

	Domain        string `key:"domain"` // empty means none
	Zone          string `key:"zone"`
	AddressSerial int    `key:"addressSerial"`
	Until         string `key:"until"` // empty means no end
}

// Defaults are the settings where the operator wrote nothing.
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

// keys returns each key with a pointer to its value.
func (s *Settings) keys() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		fields := reflect.ValueOf(s).Elem()
		for i := range fields.NumField() {
			if !yield(fields.Type().Field(i).Tag.Get("key"), fields.Field(i).Addr().Interface()) {
				return
			}
		}
	}
}

// Read reads the stack's configuration over the defaults. A value of another
// type than its key has is a problem like any other, and leaves the default.
func Read(ctx *pulumi.Context) (Settings, Problems) {
	settings, source := Defaults(), config.New(ctx, "")
	var problems Problems
	for key, target := range settings.keys() {
		value, err := source.Try(key)
		if errors.Is(err, config.ErrMissingVar) {
			continue
		}
		switch target := target.(type) {
		case *string:
			*target = value
		case *int:
			number, err := strconv.Atoi(value)
			if err != nil {
				problems.Add(key, value, "is not a whole number", Set(key, strconv.Itoa(*target)))
				continue
			}
			*target = number
		case *[]string:
			var list []string
			if err := source.TryObject(key, &list); err != nil {
				problems.Add(key, value, "is not a list of names", "write a list: "+SetItem(key, "VALUE"))
				continue
			}
			*target = list
		default:
			panic(fmt.Sprintf("the key %q has the type %T, which Read does not know", key, target))
		}
	}
	return settings, problems
}

// Set is the command that writes a single value.
func Set(key, value string) string {
	return fmt.Sprintf("pulumi config set tripvpn:%s %s", key, value)
}

// SetItem is the command that writes the first item of a list.
func SetItem(key, value string) string {
	return fmt.Sprintf("pulumi config set --path 'tripvpn:%s[0]' %s", key, value)
}

// Item is an item of a list, as problems name it.
func Item(key string, index int) string { return key + "[" + strconv.Itoa(index) + "]" }
