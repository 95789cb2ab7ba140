package ec2

import (
	"crypto/rand"
	"encoding/hex"
	"regexp"
)

var idPattern = regexp.MustCompile(`^[a-z]+-(?:[0-9a-f]{8}|[0-9a-f]{17})$`)

// newID makes an identifier of EC2's long form, "vpc-" and 17 hexadecimal digits.
func newID(kind string) string {
	var b [8]byte
	rand.Read(b[:]) // never fails: it ends the process instead
	return kind + "-0" + hex.EncodeToString(b[:])
}

func wellFormed(kind, id string) bool {
	return idPattern.MatchString(id) && id[:len(kind)+1] == kind+"-"
}
