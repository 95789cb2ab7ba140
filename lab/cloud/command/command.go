// Package command is a stand-in for Pulumi's command plugin v1.2.1, for
// machines that cannot download plugins. It has the part of the remote Command
// and CopyToRemote that the program uses, over real SSH and SFTP. It must never
// put a key or a command's standard input into a log or an error.
//
// The facts are those of pulumi/pulumi-command (provider/pkg/provider/remote).
// One of them surprises: a command that ends before it has read its standard
// input may fail with EOF, here and there.
//
// Known differences from the plugin. Check refuses every input that is not
// listed here:
//   - there is no local Command, no CopyFile and no function;
//   - a connection has host, port, user, privateKey, hostKey, dialErrorLimit
//     and perDialTimeout; an SSH agent in the environment is not used;
//   - a command has create, stdin and triggers; it must set logging to none and
//     addPreviousOutputInEnv to false, so there is nothing to log and no
//     variable to send;
//   - the error of a command that failed holds stdout and then stderr, not both
//     as they came;
//   - a copy has one file as its source, not a directory, an archive or text.
//     Its remotePath is a file in a directory that exists: any other fails when
//     the copy is made;
//   - a preview of a new copy knows its source;
//   - the refusal of a missing input names other Go types;
//   - an operation that is cancelled ends at once, where the plugin does not
//     listen, and its connection is closed when it is done.
package command

import (
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// The plugin that this package replaces.
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

// refusal is the error for an input that the stand-in does not support.
func refusal(property, reason string) p.CheckFailure {
	return p.CheckFailure{
		Property: property,
		Reason:   "the stand-in for the command plugin " + reason + ", or install the plugin",
	}
}
