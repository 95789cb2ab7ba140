package capture

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCaptureHoldsALimitedAmount(t *testing.T) {
	c := &Capture{}
	c.add(Frame{Payload: make([]byte, limit)})
	require.NoError(t, c.err)
	c.add(Frame{Payload: make([]byte, 1)})
	require.ErrorContains(t, c.err, "there are more than 268435456 bytes of payload")
	require.Len(t, c.Frames(), 1)
}
