package handovertest

import (
	"encoding/base64"
	"errors"
	"strings"
)

// Sealed returns the sealed profile of a page.
func Sealed(page string) ([]byte, error) {
	_, rest, begins := strings.Cut(page, `<script type="text/plain" id="sealed">`)
	text, _, ends := strings.Cut(rest, "</script>")
	if !begins || !ends {
		return nil, errors.New("the page contains no sealed profile")
	}
	return base64.StdEncoding.DecodeString(text) // which ignores line ends
}
