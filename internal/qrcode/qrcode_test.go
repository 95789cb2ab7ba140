package qrcode

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// The lab reads codes with a decoder of others, see lab/page/scan_test.go.
func TestADrawingHasAMarginAndItsOwnColours(t *testing.T) {
	drawing, columns, err := Draw("https://example.org/#key")
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSuffix(drawing, "\n"), "\n")
	require.Len(t, lines, (columns+1)/2, "two rows of modules a line")
	for i, line := range lines {
		blocks, framed := strings.CutPrefix(line, "\x1b[30;107m")
		require.True(t, framed)
		blocks, framed = strings.CutSuffix(blocks, "\x1b[0m")
		require.True(t, framed)
		require.Equal(t, columns, utf8.RuneCountInString(blocks))
		require.True(t, strings.HasPrefix(blocks, "    ") && strings.HasSuffix(blocks, "    "))
		if i < 2 || i >= len(lines)-2 {
			require.Empty(t, strings.TrimSpace(blocks))
		}
	}
}

func TestALongTextIsRefused(t *testing.T) {
	_, _, err := Draw(strings.Repeat("x", 2953))
	require.NoError(t, err)
	_, _, err = Draw(strings.Repeat("x", 2954))
	require.ErrorContains(t, err, "drawing a QR code: ")
	require.NotContains(t, err.Error(), "xx")
}
