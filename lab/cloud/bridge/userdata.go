package bridge

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
)

// decodeUserData returns the bytes that the instance gets. Like upstream, it
// decodes user data that is base64 already.
func decodeUserData(text string) []byte {
	if decoded, err := base64.StdEncoding.DecodeString(text); err == nil {
		return decoded
	}
	return []byte(text)
}

// hashUserData is the form in which upstream keeps userData in the state: the SHA-1 in
// hexadecimal.
func hashUserData(text *string) *string {
	if text == nil {
		return nil
	}
	sum := sha1.Sum(decodeUserData(*text))
	hash := hex.EncodeToString(sum[:])
	return &hash
}
