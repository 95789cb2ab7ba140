package serve

import "strings"

// Variable is the environment variable in which the engine looks for providers
// to attach to. An attached provider comes before an installed plugin.
const Variable = "PULUMI_DEBUG_PROVIDERS"

// Attach serves plugins and returns the value of Variable that attaches the
// engine to them, as "aws:4711,tls:4712", and the function that stops them.
func Attach(plugins ...Plugin) (value string, stop func(), err error) {
	var servers []*Server
	stop = func() {
		for _, server := range servers {
			server.Stop()
		}
	}
	var attachments []string
	for _, plugin := range plugins {
		server, err := Listen(plugin)
		if err != nil {
			stop()
			return "", nil, err
		}
		servers = append(servers, server)
		attachments = append(attachments, server.Attachment())
	}
	return strings.Join(attachments, ","), stop, nil
}
