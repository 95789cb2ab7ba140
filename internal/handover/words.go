package handover

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/sethvargo/go-diceware/diceware"
)

const (
	// wordCount is the number of words that open a page.
	wordCount = 6

	// listLength is the number of words in EFF's long list, one for each throw of five
	// dice. See https://www.eff.org/dice.
	listLength = 6 * 6 * 6 * 6 * 6

	// Bits is the strength of the words: as many bits as a random key has.
	Bits = wordCount * 12.92 // log2(7776), rounded down
)

// Labels of HKDF, one for each use.
const (
	labelWords = "tripvpn hand-over 1: words"
	labelSeal  = "tripvpn hand-over 1: salt and nonce"
)

// Words returns the words that open the profile's page. They are derived from the
// device's private key, so that nothing needs to be stored, and they live as long as
// the key does: a move to another region or a renewed certificate changes the profile,
// and not them.
//
// HKDF (RFC 5869) is a one-way function: the words reveal nothing of the key.
func (p Profile) Words() ([]string, error) {
	stream, err := hkdf.Key(sha256.New, []byte(p.key), nil, labelWords, wordCount*8)
	if err != nil {
		return nil, fmt.Errorf("deriving the words: %w", err)
	}
	list := allWords()
	words := make([]string, wordCount)
	for i := range words {
		// Of 2^64 numbers, no word gets more than one more than another.
		words[i] = list[binary.BigEndian.Uint64(stream[i*8:])%listLength]
	}
	return words, nil
}

// allWords returns the list, in the order of the dice.
func allWords() []string {
	list := diceware.WordListEffLarge()
	words := make([]string, listLength)
	for i := range words {
		words[i] = list.WordAt(throw(i))
	}
	return words
}

// throw writes a number as the dice do: five digits from 1 to 6.
func throw(number int) int {
	digits, place := 0, 1
	for range 5 {
		digits += (number%6 + 1) * place
		number /= 6
		place *= 10
	}
	return digits
}

// Letters is what the key is derived from: the letters of the words, without hyphens
// or spaces. So it does not matter whether the traveller writes "yo-yo" or "yoyo". No
// word of the list is the beginning of another, so different words always have
// different letters, except these two.
func Letters(words []string) string {
	return strings.ReplaceAll(strings.Join(words, ""), "-", "")
}
