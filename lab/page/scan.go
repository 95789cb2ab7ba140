package page

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"regexp"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// drawn matches a line of a QR code on a terminal: half blocks in black on white.
var drawn = regexp.MustCompile(`(?m)^\x1b\[30;107m([ ▀▄█]+)\x1b\[0m$`)

// pixels is the width of a module in a picture.
const pixels = 4

// Scan returns the text of the QR code on a terminal, as the camera of a phone does.
func Scan(terminal string) (string, error) {
	lines := drawn.FindAllStringSubmatch(terminal, -1)
	if len(lines) == 0 {
		return "", errors.New("the terminal shows no QR code")
	}
	width := len([]rune(lines[0][1]))
	picture := image.NewGray(image.Rect(0, 0, width*pixels, 2*len(lines)*pixels))
	for y := range picture.Rect.Dy() {
		half := "▀█"
		if y/pixels%2 == 1 {
			half = "▄█"
		}
		line := []rune(lines[y/pixels/2][1])
		if len(line) != width {
			return "", errors.New("the lines of the QR code have different widths")
		}
		for x := range picture.Rect.Dx() {
			if !strings.ContainsRune(half, line[x/pixels]) {
				picture.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		return "", fmt.Errorf("reading the QR code: %w", err)
	}
	read, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
	if err != nil {
		return "", fmt.Errorf("reading the QR code: %w", err)
	}
	return read.GetText(), nil
}
