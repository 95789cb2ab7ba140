package templates

import (
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// RFC 7919, appendix A.3, gives the modulus as a formula in e:
// 2^4096 - 2^4032 + (floor(2^3966 * e) + 5736041) * 2^64 - 1.
func TestDHIsThePublishedGroup(t *testing.T) {
	block, rest := pem.Decode([]byte(Server{}.DH()))
	require.NotNil(t, block)
	require.Empty(t, rest)
	var group struct{ P, G *big.Int }
	_, err := asn1.Unmarshal(block.Bytes, &group)
	require.NoError(t, err)

	power := func(n uint) *big.Int { return new(big.Int).Lsh(big.NewInt(1), n) }
	modulus := new(big.Int).Sub(power(4096), power(4032))
	middle := new(big.Int).Add(floorOfE(3966), big.NewInt(5736041))
	modulus.Add(modulus, middle.Lsh(middle, 64)).Sub(modulus, big.NewInt(1))
	require.Zero(t, group.P.Cmp(modulus))
	require.EqualValues(t, 2, group.G.Int64())
	require.True(t, group.P.ProbablyPrime(1))
}

// floorOfE is the integer part of 2^bits * e: the sum of 1/n!, with guard bits for
// rounding.
func floorOfE(bits uint) *big.Int {
	const guard = 64
	term := new(big.Int).Lsh(big.NewInt(1), bits+guard)
	sum := new(big.Int)
	for n := int64(1); term.Sign() > 0; n++ {
		sum.Add(sum, term)
		term.Quo(term, big.NewInt(n))
	}
	return sum.Rsh(sum, guard)
}
