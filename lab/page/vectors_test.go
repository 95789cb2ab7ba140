package page

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/internal/handover"
	"tripvpn/internal/handover/handovertest"
)

// quoted writes a string as JavaScript does.
func quoted(t *testing.T, text string) string {
	t.Helper()
	literal, err := json.Marshal(text)
	require.NoError(t, err)
	return string(literal)
}

// outcome is what the page's decoder says of a sealed profile: its text, or the ID of the
// element that shows the problem.
func (tab *Tab) outcome(t *testing.T, sealed []byte, letters string) string {
	t.Helper()
	return value[string](t, tab, fmt.Sprintf(
		`readSealed(%s).then((sealed) => unseal(sealed, %s)).then((bytes) => new TextDecoder().decode(bytes), (error) => error.message)`,
		quoted(t, base64.StdEncoding.EncodeToString(sealed)), quoted(t, letters)))
}

func TestTheBrowserOpensWhatGoSeals(t *testing.T) {
	tab := start(t).open(t, file(t, handOver(t, trip).Page))
	for name, words := range map[string][]string{"darrell": {"yo-yo", "t-shirt"}, "another-device": {strings.Repeat("long", 50)}} {
		text := handovertest.Profile(t, name, "2001:db8::9")
		profile, err := handover.ParseProfile(text)
		require.NoError(t, err)
		sealed, err := profile.Seal(words)
		require.NoError(t, err)
		require.Equal(t, text, tab.outcome(t, sealed, handover.Letters(words)))
		require.Equal(t, "wrong-words", tab.outcome(t, sealed, "other"))
	}
}

// The browser writes the form by itself here, so that Go and the page cannot both read it
// wrong.
func TestGoOpensWhatTheBrowserSeals(t *testing.T) {
	tab := start(t).open(t, file(t, handOver(t, trip).Page))
	for _, text := range []string{"", "short\n", strings.Repeat("Grüße, 世界\n", 400)} {
		sealed := value[string](t, tab, fmt.Sprintf(`(async () => {
			const salt = crypto.getRandomValues(new Uint8Array(32));
			const iv = crypto.getRandomValues(new Uint8Array(12));
			const words = await crypto.subtle.importKey("raw", new TextEncoder().encode("yoyotshirt"), "PBKDF2", false, ["deriveKey"]);
			const key = await crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt, iterations: 1234 },
				words, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
			const ciphertext = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(%s)));
			const head = [...new TextEncoder().encode("tripvpn"), 1, 0, 0, 1234 >> 8, 1234 & 255, ...salt, ...iv, ...ciphertext];
			const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(head)));
			return btoa(String.fromCharCode(...head, ...sum));
		})()`, quoted(t, text)))
		decoded, err := base64.StdEncoding.DecodeString(sealed)
		require.NoError(t, err)
		opened, err := handover.Open(decoded, []string{"yo-yo", "t-shirt"})
		require.NoError(t, err)
		require.Equal(t, text, opened)
	}
}

// Damaged bytes are never opened, and never a riddle: Go and the page say the same of them.
func TestTheBrowserAndGoRejectTheSameBytes(t *testing.T) {
	tab := start(t).open(t, file(t, handOver(t, trip).Page))
	profile, err := handover.ParseProfile(handovertest.Profile(t, device, address))
	require.NoError(t, err)
	whole, err := profile.Seal([]string{"any"})
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(1, 2)) // the same bytes in each run
	for i := range 200 {
		damaged := append([]byte(nil), whole...)
		switch i % 3 {
		case 0:
			damaged[random.IntN(len(damaged))] ^= byte(1 + random.IntN(255))
		case 1:
			damaged = damaged[:random.IntN(len(damaged))]
		case 2:
			damaged = append(damaged, byte(random.IntN(256)))
		}
		_, err := handover.Open(damaged, []string{"any"})
		require.ErrorIs(t, err, handover.ErrDamaged)
		require.Equal(t, "damaged", tab.outcome(t, damaged, "any"), "case %d", i)
	}
	for _, text := range []string{"", "%%%", "=", "AAAA", "dHJpcHZwbgE="} {
		require.Equal(t, "damaged", value[string](t, tab, "readSealed("+quoted(t, text)+").catch((error) => error.message)"), text)
	}
}

func TestWordsAreFoundHoweverTheyAreTyped(t *testing.T) {
	tab := start(t).open(t, file(t, handOver(t, trip).Page))
	letters := func(typed string) string {
		return value[string](t, tab, `(() => {
			try {
				return lettersTyped(`+quoted(t, typed)+`, document.getElementById("words").textContent.split("\n"));
			} catch (error) {
				return error.message + " " + (error.word ?? error.count);
			}
		})()`)
	}
	for _, typed := range []string{
		"vending race yo-yo paycheck t-shirt stuffing", " Vending  RACE\nyoyo, paycheck; T shirt. stuffing ", "vendingraceyoyopaychecktshirtstuffing",
	} {
		require.Equal(t, "vendingraceyoyopaychecktshirtstuffing", letters(typed), typed)
	}
	for typed, want := range map[string]string{
		"":                              "word-count 0",
		"123":                           "word-count 0",
		"vending race":                  "word-count 2",
		strings.Repeat("race ", 7):      "word-count 7",
		"vending rcae stuffing":         "unknown-word rcae",
		"vending race stuffin":          "unknown-word stuffin",
		"vending raceX stuffing":        "unknown-word raceX",
		"vendíng race":                  "unknown-word vendíng",
		"vending race \u202eyo stuffin": "unknown-word \u202eyo",
	} {
		require.Equal(t, want, letters(typed), typed)
	}
}
