// Package outputs reads the outputs of a stack, for the operator's commands. It runs
// the Pulumi CLI, which knows the backend and the secrets provider, and asks it for
// no secret but the one profile that a command is about.
package outputs

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"tripvpn/internal/spec"
)

// Outputs are the outputs of a stack that are not secret.
type Outputs struct {
	Servers  map[string]string // address of each region's server
	Expires  time.Time         // when the servers terminate themselves; zero if never
	Profiles map[string]string // fingerprint of each device's profile
	HandOver HandOver          // zero if the stack has no bucket for pages
}

// HandOver is the bucket for pages that travellers open by a link.
type HandOver struct {
	Bucket string `json:"bucket"`
	Region string `json:"region"`
}

// Fingerprint returns the fingerprint of a profile: the first 16 digits that
// sha256sum(1) prints for the file.
func Fingerprint(profile string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(profile)))[:16]
}

// never is the output "expires" of a trip without a last day.
const never = "never"

var fingerprint = regexp.MustCompile(`^[0-9a-f]{16}$`)

// parse parses what `pulumi stack output --json` prints. It ignores outputs that it
// does not know.
func parse(text []byte) (Outputs, error) {
	var raw struct {
		Servers  map[string]string `json:"servers"`
		Expires  string            `json:"expires"`
		Profiles map[string]string `json:"profiles"`
		HandOver HandOver          `json:"handOver"`
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return Outputs{}, errors.New("the CLI printed no JSON object with the outputs of tripvpn") // the text may contain anything
	}
	if len(raw.Profiles) == 0 {
		return Outputs{}, errors.New(`the stack has no output "profiles"; run pulumi up, which writes the outputs when all servers are verified`)
	}
	for device, digits := range raw.Profiles {
		if err := spec.CheckClientName(device); err != nil {
			return Outputs{}, fmt.Errorf("the output %q: the device %q %w", "profiles", device, err)
		}
		if !fingerprint.MatchString(digits) {
			return Outputs{}, fmt.Errorf("the output %q: %q is not a fingerprint; run pulumi up", "profiles", digits)
		}
	}
	all := Outputs{Servers: raw.Servers, Profiles: raw.Profiles, HandOver: raw.HandOver}
	if raw.Expires == never {
		return all, nil
	}
	expires, err := time.Parse(time.RFC3339, raw.Expires)
	if err != nil {
		return Outputs{}, fmt.Errorf("the output %q: %q is neither a time nor %q", "expires", raw.Expires, never)
	}
	all.Expires = expires.UTC()
	return all, nil
}

// Devices returns the names of the devices, sorted.
func (o Outputs) Devices() []string { return slices.Sorted(maps.Keys(o.Profiles)) }

// Regions returns the regions that have a server, sorted.
func (o Outputs) Regions() []string { return slices.Sorted(maps.Keys(o.Servers)) }

// fingerprintOf returns the fingerprint of a device's profile. If there is none, the
// error lists the devices.
func (o Outputs) fingerprintOf(device string) (string, error) {
	digits, known := o.Profiles[device]
	if !known {
		return "", fmt.Errorf("the stack has no device %q, only %s; add it to tripvpn:clients and run pulumi up",
			device, strings.Join(o.Devices(), ", "))
	}
	return digits, nil
}
