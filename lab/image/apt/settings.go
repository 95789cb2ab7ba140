package apt

import (
	"context"
	"strings"

	"tripvpn/lab/fabric/command"
)

// Settings are apt's settings besides its sources, as apt-config(8) dumps
// it. A key that was not set is missing.
type Settings map[string]string

// ReadSettings asks this machine's apt.
func ReadSettings(ctx context.Context) (Settings, error) {
	dump, err := command.Run(ctx, nil, "apt-config", "dump", "Acquire")
	if err != nil {
		return nil, err
	}
	return parseSettings(dump), nil
}

// parseSettings reads lines of the form `Key "value";`.
func parseSettings(dump string) Settings {
	s := Settings{}
	for line := range strings.Lines(dump) {
		key, value, found := strings.Cut(strings.TrimSpace(line), " ")
		if found {
			s[strings.ToLower(key)] = strings.Trim(value, `";`)
		}
	}
	return s
}

// Proxy is the proxy that apt uses for a scheme, "http" or "https". It is
// empty if none was set, and "DIRECT" if apt must not use one.
func (s Settings) Proxy(scheme string) string {
	return s["acquire::"+scheme+"::proxy"]
}

// Lenient lists the checks that this machine's apt was told to leave out,
// because its mirror is a snapshot, in apt.conf(5) form. Every reader of the
// same mirror must leave them out.
func (s Settings) Lenient() []string {
	var lines []string
	for _, key := range []string{"Acquire::Check-Valid-Until", "Acquire::Check-Date"} {
		if value, ok := s[strings.ToLower(key)]; ok {
			lines = append(lines, key+` "`+value+`";`)
		}
	}
	return lines
}
