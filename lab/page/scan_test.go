package page

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/qrcode"
)

func TestACameraReadsTheCode(t *testing.T) {
	const link = "https://bucket.s3.eu-west-1.amazonaws.com/darrell-phone/page.html?X-Amz-Credential=A%2Faws4_request#k-_3y"
	// The longest has a session token, which AWS may make as long as it likes.
	for _, text := range []string{link, strings.Replace(link, "?", "?X-Amz-Security-Token="+strings.Repeat("aB3%2F", 220)+"&", 1)} {
		drawing, _, err := qrcode.Draw(text)
		require.NoError(t, err)
		read, err := Scan("Scan this:\n\n" + drawing + "\nSend this message.\n")
		require.NoError(t, err)
		require.Equal(t, text, read)

		lines := strings.SplitAfter(drawing, "\n")
		_, err = Scan(strings.Join(lines[:len(lines)/2], ""))
		require.Error(t, err, "half a code")
		_, err = Scan(strings.NewReplacer("█", " ", " ", "█").Replace(drawing))
		require.Error(t, err, "another code")
	}
	_, err := Scan("no code")
	require.ErrorContains(t, err, "shows no QR code")
}
