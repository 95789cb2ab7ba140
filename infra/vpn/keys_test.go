package vpn

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSeedMustBeAnEd25519Key(t *testing.T) {
	keys := newTestKeys(t)
	seed, err := seedOf(keys.ed25519)
	require.NoError(t, err)
	require.Len(t, seed, 32)
	_, err = seedOf(keys.ecdsa)
	require.ErrorContains(t, err, "not an Ed25519 key")
}
