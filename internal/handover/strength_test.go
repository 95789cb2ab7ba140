package handover_test

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"tripvpn/internal/golden"
	"tripvpn/internal/handover"
)

// A fast graphics card of 2022, and what its electricity costs. The rate is that by which
// OWASP chose its 600,000 iterations, see https://tobtu.com/minimum-password-settings.
const (
	cardRate    = 15_000.0 * 600_000 // iterations of PBKDF2-HMAC-SHA-256 each second
	cardWatts   = 450.0
	kilowattUSD = 0.10 // an hour
)

// TestTheDocumentedStrength writes what a stranger who has a page must spend to find its
// words: on average, half of all words.
func TestTheDocumentedStrength(t *testing.T) {
	guesses := math.Exp2(handover.Bits) / 2
	rate := cardRate / handover.Iterations
	var table strings.Builder
	fmt.Fprintf(&table, "| RTX 4090 cards | guesses a second | years until half of all words are tried | electricity, at 10 US cents a kWh |\n|---|---|---|---|\n")
	for _, cards := range []float64{1, 1_000, 1_000_000} {
		seconds := guesses / (rate * cards)
		dollars := seconds / 3600 * cardWatts / 1000 * kilowattUSD * cards
		fmt.Fprintf(&table, "| %s | %s | %s | %s USD |\n", large(cards), large(rate*cards), large(seconds/(365.25*24*3600)), large(dollars))
	}
	golden.RequireSection(t, filepath.Join("..", "..", "docs", "hand-over.md"), "strength", table.String(), strings.TrimSpace)
}

// large writes a number in words, with two digits.
func large(n float64) string {
	names := []string{"", " thousand", " million", " billion", " trillion"}
	power := 0
	for n >= 1000 && power < len(names)-1 {
		n /= 1000
		power++
	}
	digits := math.Pow(10, math.Floor(math.Log10(n))-1)
	return fmt.Sprintf("%g", math.Round(n/digits)*digits) + names[power]
}

// BenchmarkGuess measures one guess on this machine.
func BenchmarkGuess(b *testing.B) {
	profile := parsed(b, device, address)
	for b.Loop() {
		if _, err := profile.Seal([]string{"guess"}); err != nil {
			b.Fatal(err)
		}
	}
}
