// Package command is a stand-in for Pulumi's command plugin v1.2.1, for
// machines that cannot download plugins: its remote Command and CopyToRemote,
// over real SSH and SFTP. It must never put a key or a command's standard input
// into a log or an error.
//
// The facts are those of pulumi/pulumi-command (provider/pkg/provider/remote).
// One of them surprises: a command that ends before it has read its standard
// input may fail with EOF, here and there.
//
// Seen to differ from the plugin, and left so:
//   - there is no local Command, no CopyFile and no function;
//   - a connection's proxy, password, privateKeyPassword and agentSocketPath
//     are refused, and an SSH agent in the environment is not asked;
//   - an operation that is cancelled ends at once, where the plugin does not
//     listen, and its connection is closed when it is done;
//   - a line of output longer than 64 KiB can be logged, where it makes the
//     plugin hang.
package command

import (
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// The plugin that is stood in for.
const (
	Name    = "command"
	Version = "1.2.1"
)

// Provider makes the provider, which needs no configuration.
func Provider() p.Provider {
	return infer.Provider(infer.Options{
		Resources: []infer.InferredResource{
			infer.Resource(&Command{}),
			infer.Resource(&CopyToRemote{}),
		},
	})
}
