package bridge_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnInterruptedCreationLeavesAResource(t *testing.T) {
	a := configured(t, props{})
	reached := a.cloud.Stall(eipType)
	checked, _ := a.check(eipType, nil, props{})
	ctx, cancel := context.WithCancel(t.Context())
	returned := make(chan error)
	go func() {
		_, err := a.createIn(ctx, eipType, checked)
		returned <- err
	}()
	<-reached
	select {
	case err := <-returned:
		t.Fatalf("the call returned: %v", err)
	default:
	}
	cancel()
	require.ErrorIs(t, <-returned, context.Canceled)
	require.Len(t, a.cloud.Inventory(), 1)
	a.create(eipType, props{})
	require.Len(t, a.cloud.Inventory(), 2, "the next one does not stall")
}
