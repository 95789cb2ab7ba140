package doctor

import (
	"regexp"
	"strings"

	"tripvpn/internal/spec"
)

// commands are what to run next. Those of pulumi and go are the operator's, in the
// checkout.
type commands struct{ system, device, file string }

func (commands) up() string        { return "pulumi up" }
func (commands) sendAgain() string { return "pulumi up --replace '**:Command::*-vpn'" }
func (commands) devices() string   { return "pulumi stack output profiles" }
func (commands) status() string    { return "sudo tripvpn-bootstrap status # on the server" }
func (commands) ping() string      { return "ping " + ResolverAddress }

func (c commands) handOver() string {
	if spec.CheckClientName(c.device) != nil {
		return "go run ./cmd/tripvpn hand-over DEVICE"
	}
	return "go run ./cmd/tripvpn hand-over " + c.device
}

func (commands) lookUp(name string) string { return "nslookup " + name }

func (c commands) openPage() string {
	return c.bySystem("xdg-open "+Page, "open "+Page, "start "+Page)
}

func (c commands) date() string { return c.bySystem("date -u", "date -u", "w32tm /query /status") }

func (c commands) setClock() string {
	return c.bySystem("sudo timedatectl set-ntp true", "sudo sntp -sS time.apple.com", "w32tm /resync")
}

// connect runs a client that tries all remotes of the profile.
func (c commands) connect() string {
	command := "openvpn --config " + quoted(c.file)
	return c.bySystem("sudo "+command, "sudo "+command, command)
}

// divide lets routers divide a client's packets, see docs/operating.md.
func (c commands) divide() string { return "echo 'mtu-disc no' >>" + quoted(c.file) }

var plain = regexp.MustCompile(`^[0-9A-Za-z@%+=:,./_-]+$`)

// quoted returns a word for the shell.
func quoted(word string) string {
	if plain.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

func (c commands) bySystem(linux, darwin, windows string) string {
	switch c.system {
	case "darwin":
		return darwin
	case "windows":
		return windows
	}
	return linux
}
