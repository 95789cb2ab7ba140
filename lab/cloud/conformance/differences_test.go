package conformance

import (
	"regexp"
	"strings"

	"tripvpn/lab/cloud/command"
	"tripvpn/lab/cloud/tls"
)

// difference is one between a plugin and its stand-in, which the stand-in's
// package comment lists. What matches in a line is replaced before two
// transcripts are compared; a line of which nothing remains is left out.
type difference struct {
	calls       *regexp.Regexp // those that have it
	lines       *regexp.Regexp
	replacement string
}

// known are the differences by plugin.
var known = map[string][]difference{
	tls.Name: {
		differs("", `^properties\.(id|__meta|__pulumi_raw_state_delta): .*`, ""),
		differs("", `^(error|failure): .*`, "$1"),
		differs("", `^log: .*`, ""),
		differs("diff", `^detailedDiff\..*`, ""),
		differs("diff tls:index/privateKey:PrivateKey", `^diffs: (id|private\w+|public\w+)$`, ""),
		differs("preview create", `^properties\.(ecdsaCurve|rsaBits|earlyRenewalHours|isCaCertificate|maxPathLength|readyForRenewal|setSubjectKeyId): .*`, ""),
		differs("preview create", `: secret unknown$`, ": unknown"),
		differs("check tls:index/locallySignedCert:LocallySignedCert", `^(inputs\.(caCertPem|certRequestPem)): secret `, "$1: "),
	},
	command.Name: {
		differs("check", ` on '[\w.]+'`, ""),
		differs("preview create command:remote:CopyToRemote", `^properties\.source: .*`, ""),
	},
}

func differs(calls, lines, replacement string) difference {
	return difference{regexp.MustCompile("^" + calls), regexp.MustCompile(lines), replacement}
}

// withoutDifferences is what must be the same in the transcripts of a plugin and
// of its stand-in.
func withoutDifferences(plugin, text string) string {
	var kept []string
	call := ""
	for line := range strings.Lines(text) {
		content, isLine := strings.CutPrefix(line, "    ")
		if !isLine {
			if _, name, numbered := strings.Cut(line, ". "); numbered {
				call = name
			}
			kept = append(kept, line)
			continue
		}
		content = strings.TrimSuffix(content, "\n")
		for _, d := range known[plugin] {
			if d.calls.MatchString(call) {
				content = d.lines.ReplaceAllString(content, d.replacement)
			}
		}
		if content != "" {
			kept = append(kept, "    "+content+"\n")
		}
	}
	return strings.Join(kept, "")
}
