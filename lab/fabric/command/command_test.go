package command_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/fabric/command"
)

func TestRunReturnsOutput(t *testing.T) {
	out, err := command.Run(context.Background(), strings.NewReader("from stdin"), "cat")
	require.NoError(t, err)
	require.Equal(t, "from stdin", out)
}

func TestRunExplainsFailure(t *testing.T) {
	_, err := command.Run(context.Background(), nil, "sh", "-c", "echo the reason >&2; exit 7")
	var failed *command.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, 7, failed.Code)
	require.EqualError(t, err, `running "sh -c echo the reason >&2; exit 7": exit status 7: the reason`)
}

func TestRunMissingProgram(t *testing.T) {
	_, err := command.Run(context.Background(), nil, "no-such-program-here")
	var failed *command.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, -1, failed.Code)
}

func TestErrorKeepsTheEndOfLongOutput(t *testing.T) {
	_, err := command.Run(context.Background(), nil, "sh", "-c", "head -c 9000 /dev/zero | tr '\\0' x; echo the end; exit 1")
	require.ErrorContains(t, err, "the end")
	require.Less(t, len(err.Error()), 5000)
}
