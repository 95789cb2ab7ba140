package link

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var example = Link{Device: "darrell.phone_1-x", Content: Page, Fingerprint: "0123456789abcdef", End: time.Date(2026, 12, 1, 10, 15, 0, 0, time.UTC)}

func TestAnObjectsNameHasAllOfALink(t *testing.T) {
	for content, name := range map[Content]string{
		Page:    "darrell.phone_1-x/20261201T101500Z-0123456789abcdef-UNIQUE.html",
		Profile: "darrell.phone_1-x/20261201T101500Z-0123456789abcdef-UNIQUE.ovpn",
	} {
		l := example
		l.Content = content
		require.Equal(t, name, l.object("UNIQUE"))
		read, err := parse(name)
		require.NoError(t, err)
		require.Equal(t, l, read)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(example.object("UNIQUE"))
	f.Add("/--")
	f.Add("notes.txt")
	f.Add("a/20261201T101500Z--UNIQUE.ovpn")
	f.Fuzz(func(t *testing.T, object string) {
		l, err := parse(object)
		if err != nil {
			return
		}
		again, err := parse(l.object("X"))
		require.NoError(t, err)
		require.Equal(t, l, again)
	})
}
