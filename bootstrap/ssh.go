package main

import (
	"context"
	"fmt"
	"strings"

	"tripvpn/bootstrap/host"
	"tripvpn/bootstrap/step"
	"tripvpn/internal/spec"
	"tripvpn/templates"
)

const (
	sshService = "ssh.service"
	sshConfig  = "/etc/ssh/sshd_config.d/00-tripvpn.conf"
	sshRecord  = recordDir + "/ssh.started"
)

// sshSteps limit who may log in. sshd refuses to reload a configuration with an error,
// and continues with the one that it has.
func sshSteps(logs spec.Logs) ([]step.Step, error) {
	var text texts
	config := step.File{Path: sshConfig, Mode: 0o644, Content: text.of(sshView(logs)), Record: sshRecord}
	return []step.Step{config, step.Service{Unit: sshService, Inputs: []step.File{config}, Record: sshRecord, Reload: true}}, text.err
}

func sshView(logs spec.Logs) templates.SSHD {
	return templates.SSHD{LoginUser: spec.LoginUser, Silent: logs == spec.NoLogs}
}

// sshSettings are the settings of our file that sshd -T prints with the same words.
var sshSettings = []string{"AllowUsers", "PermitRootLogin", "AuthenticationMethods", "PasswordAuthentication",
	"KbdInteractiveAuthentication", "AuthorizedKeysCommand", "DisableForwarding", "HostKeyAlgorithms", "Ciphers", "MACs"}

// checkSSH requires that other files do not change our settings: sshd(8), -T.
func checkSSH(ctx context.Context, r host.Reader, logs spec.Logs) (problems []problem) {
	const hint = "find the override with: grep -ri %s /etc/ssh; remove it, then run: systemctl reload ssh"
	output, err := r.Query(ctx, "sshd", "-T", "-C", "user="+spec.LoginUser+",host=,addr=")
	if err != nil {
		return []problem{{What: "SSH's configuration has an error: " + err.Error(), Hint: "correct it: while it lasts, sshd does not start at the next boot"}}
	}
	effective := map[string]string{}
	for line := range strings.Lines(output) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		effective[name] = value
	}
	ours, err := sshView(logs).Render()
	if err != nil {
		return []problem{{What: err.Error(), Hint: "run tripvpn-bootstrap apply"}}
	}
	for _, name := range sshSettings {
		if want, is := spaced(ours, name), effective[strings.ToLower(name)]; is != want {
			problems = append(problems, problem{What: fmt.Sprintf("SSH: %s is %q, not %q", name, is, want), Hint: fmt.Sprintf(hint, name)})
		}
	}
	return problems
}

// spaced is the value of a setting in a file of lines "NAME VALUE".
func spaced(text, name string) string {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+" "); ok {
			return value
		}
	}
	return ""
}
