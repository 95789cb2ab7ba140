package command

import "github.com/pulumi/pulumi-go-provider/infer"

// Logging says which of a command's streams go to the engine's log as they
// come. It does not change what is kept.
type Logging string

// The values of Logging; none given is the same as both.
const (
	logStdout Logging = "stdout"
	logStderr Logging = "stderr"
	logBoth   Logging = "stdoutAndStderr"
	logNone   Logging = "none"
)

// Annotate names the type.
func (l *Logging) Annotate(a infer.Annotator) { a.SetToken("remote", "Logging") }

// Values lists the values.
func (Logging) Values() []infer.EnumValue[Logging] {
	return []infer.EnumValue[Logging]{
		{Name: "stdout", Value: logStdout},
		{Name: "stderr", Value: logStderr},
		{Name: "stdoutAndStderr", Value: logBoth},
		{Name: "none", Value: logNone},
	}
}

func (l *Logging) stdout() bool { return l == nil || *l == logStdout || *l == logBoth }
func (l *Logging) stderr() bool { return l == nil || *l == logStderr || *l == logBoth }
