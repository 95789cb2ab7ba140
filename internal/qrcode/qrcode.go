// Package qrcode draws QR codes (ISO/IEC 18004) for terminals.
package qrcode

import (
	"fmt"
	"strings"

	goqr "github.com/piglig/go-qr"
)

// margin is the light space that the standard asks for around a code, in modules.
const margin = 4

// The escape sequences of ECMA-48 for black on white: many cameras read no code whose colours
// are exchanged, so it must not depend on the terminal's.
const (
	blackOnWhite = "\x1b[30;107m"
	reset        = "\x1b[0m"
)

// blocks are the characters for two modules, one above the other: dark or not.
var blocks = map[[2]bool]rune{{true, true}: '█', {true, false}: '▀', {false, true}: '▄', {false, false}: ' '}

// Draw draws the code of a text of at most 2953 bytes. It returns the lines of the drawing, and
// their width in columns.
func Draw(text string) (drawing string, columns int, err error) {
	code, err := goqr.EncodeText(text, goqr.Low)
	if err != nil {
		return "", 0, fmt.Errorf("drawing a QR code: %w", err)
	}
	var lines strings.Builder
	for y := -margin; y < code.Size()+margin; y += 2 {
		lines.WriteString(blackOnWhite)
		for x := -margin; x < code.Size()+margin; x++ {
			lines.WriteRune(blocks[[2]bool{code.Module(x, y), code.Module(x, y+1)}])
		}
		lines.WriteString(reset + "\n")
	}
	return lines.String(), code.Size() + 2*margin, nil
}
