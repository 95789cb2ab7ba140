package handover_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sethvargo/go-diceware/diceware"
	"github.com/stretchr/testify/require"

	"tripvpn/internal/handover"
	"tripvpn/internal/handover/handovertest"
	"tripvpn/internal/outputs"
)

const (
	device  = "darrell-phone"
	address = "203.0.113.9"
)

var trip = outputs.Outputs{Servers: map[string]string{"eu-west-1": address, "xx-new-1": "203.0.113.10"}}

func parsed(t testing.TB, device, address string) handover.Profile {
	t.Helper()
	profile, err := handover.ParseProfile(handovertest.Profile(t, device, address))
	require.NoError(t, err)
	return profile
}

func handOver(t testing.TB, address string) handover.HandOver {
	t.Helper()
	h, err := handover.New(device, parsed(t, device, address), trip)
	require.NoError(t, err)
	return h
}

// The words were noted once. If they change, the words of pages that people have change
// as well.
func TestTheSameProfileGivesTheSameWordsAndBytes(t *testing.T) {
	first, second := handOver(t, address), handOver(t, address)
	require.Equal(t, "vending race buckwheat paycheck cameo stuffing", strings.Join(first.Words, " "))
	require.Equal(t, first, second)
}

func TestAMoveKeepsTheWordsAndAnotherKeyDoesNot(t *testing.T) {
	here, there := handOver(t, address), handOver(t, "198.51.100.7")
	require.Equal(t, here.Words, there.Words)
	require.NotEqual(t, here.Fingerprint, there.Fingerprint)
	other, err := parsed(t, "darrell-laptop", address).Words()
	require.NoError(t, err)
	require.NotEqual(t, here.Words, other)
}

// Where a sealed profile has its salt and nonce, see seal.go.
const salt, nonce, ciphertext = 12, 44, 56

// AES-GCM fails if it encrypts two plaintexts with one key and nonce.
func TestNoKeyAndNonceIsUsedForTwoProfiles(t *testing.T) {
	words := handOver(t, address).Words
	seen := map[string]bool{}
	for i := range 3 {
		sealed, err := parsed(t, device, fmt.Sprintf("203.0.113.%d", i)).Seal(words)
		require.NoError(t, err)
		seen[string(sealed[salt:nonce])] = true
		seen[string(sealed[nonce:ciphertext])] = true
	}
	require.Len(t, seen, 6)
}

func TestOnlyTheWordsOpen(t *testing.T) {
	profile := parsed(t, device, address)
	words, err := profile.Words()
	require.NoError(t, err)
	sealed, err := profile.Seal(words)
	require.NoError(t, err)
	text, err := handover.Open(sealed, words)
	require.NoError(t, err)
	require.Equal(t, handovertest.Profile(t, device, address), text)

	swapped := slices.Clone(words)
	swapped[0], swapped[1] = swapped[1], swapped[0]
	_, err = handover.Open(sealed, swapped)
	require.ErrorIs(t, err, handover.ErrWords)
}

func TestEachFlippedByteIsFound(t *testing.T) {
	profile := parsed(t, device, address)
	sealed, err := profile.Seal([]string{"any"})
	require.NoError(t, err)
	for i := range sealed {
		damaged := bytes.Clone(sealed)
		damaged[i] ^= 1
		_, err := handover.Open(damaged, []string{"any"})
		require.ErrorIs(t, err, handover.ErrDamaged, "byte %d", i)
	}
	_, err = handover.Open(nil, []string{"any"})
	require.ErrorIs(t, err, handover.ErrDamaged)
}

// The page's script finds the words in what the traveller typed without spaces.
func TestNoWordIsTheBeginningOfAnother(t *testing.T) {
	list := diceware.WordListEffLarge()
	var all []string
	for i := range 66667 {
		if word := list.WordAt(i); word != "" {
			all = append(all, handover.Letters([]string{word}))
		}
	}
	require.Len(t, all, 7776)
	require.Equal(t, "d8cd6b2589d3565f694bf5f2c1524d8d92517b73d90d5c7c6f21587b660fe22c", fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(all, "\n")))),
		"another list gives other words for present pages")
	slices.Sort(all)
	all = slices.Compact(all)
	require.Len(t, all, 7775, "yo-yo and yoyo have the same letters")
	for i := 1; i < len(all); i++ {
		require.False(t, strings.HasPrefix(all[i], all[i-1]), "%s, %s", all[i-1], all[i])
	}
}

func TestThePageHasNoSecretInPlainText(t *testing.T) {
	h := handOver(t, address)
	for line := range strings.Lines(handovertest.Profile(t, device, address)) {
		if len(line) > 40 && !strings.Contains(line, " ") {
			require.NotContains(t, string(h.Page), strings.TrimSpace(line))
		}
	}
	require.NotContains(t, string(h.Page), address, "a stranger does not learn the server's address")
	require.NotContains(t, string(h.Page), strings.Join(h.Words, "\n"))
	message, err := h.Message("darrell.html")
	require.NoError(t, err)
	require.NotContains(t, message, h.Words[0])
}

// The key of a link opens its page, and the words do not.
func TestTheKeyOpensALinkedPage(t *testing.T) {
	h, err := handover.NewLinked(device, parsed(t, device, address), trip, "a-key", "")
	require.NoError(t, err)
	sealed, err := handovertest.Sealed(string(h.Page))
	require.NoError(t, err)
	text, err := handover.OpenWith(sealed, "a-key")
	require.NoError(t, err)
	require.Equal(t, handovertest.Profile(t, device, address), text)
	_, err = handover.Open(sealed, handOver(t, address).Words)
	require.ErrorIs(t, err, handover.ErrWords)
	require.NotContains(t, string(h.Page), "a-key")
}

// Only the key reveals the address of the unsealed profile.
func TestALinkedPageSealsTheSecondAddressToo(t *testing.T) {
	const oneTap = "https://bucket.example.org/darrell-phone.ovpn?X-Amz-Signature=0"
	h, err := handover.NewLinked(device, parsed(t, device, address), trip, "a-key", oneTap)
	require.NoError(t, err)
	require.NotContains(t, string(h.Page), "bucket.example.org")
	sealed, err := handovertest.Sealed(string(h.Page))
	require.NoError(t, err)
	content, err := handover.OpenWith(sealed, "a-key")
	require.NoError(t, err)
	require.Equal(t, handovertest.Profile(t, device, address)+"\x00"+oneTap, content)

	without, err := handover.NewLinked(device, parsed(t, device, address), trip, "a-key", "")
	require.NoError(t, err)
	plain, err := handovertest.Sealed(string(without.Page))
	require.NoError(t, err)
	require.NotEqual(t, plain[salt:nonce], sealed[salt:nonce], "another content has another key")
	require.NotEqual(t, plain[nonce:ciphertext], sealed[nonce:ciphertext])
}

func TestThePageSaysForWhomWhereAndUntil(t *testing.T) {
	h := handOver(t, address)
	for _, text := range []string{"VPN for darrell-phone", "Ireland (eu-west-1), xx-new-1", h.Fingerprint, "27 November 2096, 12:00 UTC"} {
		require.Contains(t, string(h.Page), text)
	}
	message, err := h.Message("darrell.html")
	require.NoError(t, err)
	require.Contains(t, message, "The file darrell.html sets up the VPN on darrell-phone.")
}

func TestTheEarlierEndCounts(t *testing.T) {
	ended := trip
	ended.Expires = time.Date(2026, 12, 25, 0, 0, 0, 0, time.UTC)
	h, err := handover.New(device, parsed(t, device, address), ended)
	require.NoError(t, err)
	require.Equal(t, ended.Expires, h.Until)
	require.NoError(t, h.CheckAt(ended.Expires.Add(-time.Second)))
	require.ErrorContains(t, h.CheckAt(ended.Expires), `the profile of "darrell-phone" ended on 2026-12-25T00:00:00Z`)

	ended.Expires = handovertest.CertificateEnd.AddDate(1, 0, 0)
	h, err = handover.New(device, parsed(t, device, address), ended)
	require.NoError(t, err)
	require.Equal(t, handovertest.CertificateEnd, h.Until)
}

func TestProfilesWithoutKeyOrCertificateAreRejected(t *testing.T) {
	whole := handovertest.Profile(t, device, address)
	for cut, want := range map[string]string{"<key>": "it has no <key>", "<cert>": "it has no <cert>"} {
		_, err := handover.ParseProfile(strings.Replace(whole, cut, "<other>", 1))
		require.ErrorContains(t, err, want)
	}
	_, err := handover.ParseProfile(strings.Replace(whole, "BEGIN PRIVATE KEY", "BEGIN PRIVATE KEX", 1))
	require.ErrorContains(t, err, "its <key>")
	require.NotContains(t, err.Error(), "MIG", "an error contains no part of a key")
}

func FuzzOpen(f *testing.F) {
	sealed, err := parsed(f, device, address).Seal([]string{"any"})
	require.NoError(f, err)
	f.Add(sealed)
	f.Add(sealed[:60])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if text, err := handover.Open(sealed, []string{"any"}); err == nil && text != handovertest.Profile(t, device, address) {
			t.Fatal("a forged profile was opened")
		}
	})
}

func FuzzParseProfile(f *testing.F) {
	f.Add(handovertest.Profile(f, device, address))
	f.Add("\n<key>\n</key>\n\n<cert>\n</cert>\n")
	f.Fuzz(func(t *testing.T, text string) {
		if profile, err := handover.ParseProfile(text); err == nil {
			_, err := profile.Words()
			require.NoError(t, err)
			require.False(t, profile.End().IsZero())
		}
	})
}
