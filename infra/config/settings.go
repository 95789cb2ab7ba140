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

// Settings are the configuration as the operator wrote it, unchecked. Each field
// declares a key and its type. Pulumi.yaml and docs/configuration.md describe
// the keys; TestEveryKeyIsComplete reports the gaps.
type Settings struct {
	Name         string   `key:"name"`
	Regions      []string `key:"regions"`
	Zones        []string `key:"availabilityZones"` // empty means a zone that offers the type
	Clients      []string `key:"clients"`
	Revoked      []string `key:"revoked"`
	InstanceType string   `key:"instanceType"`
	CPUCredits   string   `key:"cpuCredits"`
	Image        string   `key:"image"`
	AdminCIDRs   []string `key:"adminCidrs"` // empty means the operator's own address
	Subnet       string   `key:"subnet"`
	TCPFallback  bool     `key:"tcpFallback"`
	IPv6         bool     `key:"ipv6"`
	DNS          []string `key:"dns"`
	Routes       []string `key:"routes"` // empty means everything

	Style           string `key:"style"`
	ControlChannel  string `key:"controlChannel"`
	KeyAlgorithm    string `key:"keyAlgorithm"`
	DataPath        string `key:"dataPath"`
	Logs            string `key:"logs"`
	MaintenanceHour int    `key:"maintenanceHour"` // UTC

	Domain        string `key:"domain"` // empty means none
	Zone          string `key:"zone"`
	AddressSerial int    `key:"addressSerial"`
	Until         string `key:"until"` // empty means no end
	HandOver      bool   `key:"handOver"`
}

// Defaults returns the settings of an empty configuration.
func Defaults() Settings {
	return Settings{
		Name:         "trip",
		Regions:      []string{"us-east-1"},
		InstanceType: "t4g.nano",
		CPUCredits:   string(Unlimited),
		Image:        "debian-13",
		Subnet:       defaultSubnet,
		TCPFallback:  true,
		IPv6:         true,
		DNS:          []string{"cloudflare", "quad9"},

		Style:           string(spec.Modern),
		ControlChannel:  auto,
		KeyAlgorithm:    auto,
		DataPath:        string(spec.AutoPath),
		Logs:            string(spec.WeekOfLogs),
		MaintenanceHour: defaultMaintenanceHour,
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

// Read returns the stack's configuration, with defaults for missing keys. A value
// of the wrong type is a problem, and its key keeps the default.
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
		case *bool:
			on, err := strconv.ParseBool(value)
			if err != nil {
				problems.Add(key, value, "is neither true nor false", Set(key, strconv.FormatBool(*target)))
				continue
			}
			*target = on
		case *[]string:
			var list []string
			if err := source.TryObject(key, &list); err != nil {
				problems.Add(key, value, "is not a list of strings", "write a list: "+SetItem(key, 0, "VALUE"))
				continue
			}
			*target = list
		default:
			panic(fmt.Sprintf("the key %q has type %T, which Read does not support", key, target))
		}
	}
	return settings, problems
}

// Set returns the command that sets a key to a single value.
func Set(key, value string) string {
	return fmt.Sprintf("pulumi config set tripvpn:%s %s", key, value)
}

// SetItem returns the command that sets an item of a list.
func SetItem(key string, index int, value string) string {
	return fmt.Sprintf("pulumi config set --path 'tripvpn:%s' %s", Item(key, index), value)
}

// RemoveItem returns the command that removes an item of a list.
func RemoveItem(key string, index int) string {
	return fmt.Sprintf("pulumi config rm --path 'tripvpn:%s'", Item(key, index))
}

// Item returns the name of a list's item: "regions[0]".
func Item(key string, index int) string { return key + "[" + strconv.Itoa(index) + "]" }
