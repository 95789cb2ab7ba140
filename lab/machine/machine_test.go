package machine

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseNotice(t *testing.T) {
	for name, c := range map[string]struct {
		message string
		init    int
		ready   bool
	}{
		"init known":  {"STATUS=Container running.\nX_NSPAWN_LEADER_PID=31302", 31302, false},
		"ready":       {"READY=1\n", 0, true},
		"both":        {"X_NSPAWN_LEADER_PID=7\nREADY=1", 7, true},
		"status only": {"STATUS=Container running: Ready.", 0, false},
		"not ready":   {"READY=0", 0, false},
		"nonsense":    {"X_NSPAWN_LEADER_PID=x", 0, false},
		"empty":       {"", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			init, ready := parseNotice(c.message)
			require.Equal(t, c.init, init)
			require.Equal(t, c.ready, ready)
		})
	}
}

func TestSeedIsPlantedForRootAlone(t *testing.T) {
	d := disk{folder: filepath.Join(t.TempDir(), "i-1")}
	seed := Seed{InstanceID: "i-1", Hostname: "ip-10-0-0-1", AuthorizedKey: `ssh-ed25519 AAAA "quoted" comment`, UserData: "#cloud-config\n"}
	require.NoError(t, d.create(&seed))

	folder := filepath.Join(d.upper(), "var/lib/cloud/seed/nocloud")
	text, err := os.ReadFile(filepath.Join(folder, "meta-data"))
	require.NoError(t, err)
	var metadata map[string]any
	require.NoError(t, json.Unmarshal(text, &metadata))
	require.Equal(t, map[string]any{
		"instance-id":    "i-1",
		"local-hostname": "ip-10-0-0-1",
		"public-keys":    []any{seed.AuthorizedKey},
	}, metadata)

	info, err := os.Stat(filepath.Join(folder, "user-data"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	require.ErrorContains(t, d.create(nil), "it exists")
	require.NoError(t, d.remove())
	require.NoDirExists(t, d.folder)
}

func TestSeedWithoutKey(t *testing.T) {
	text, err := Seed{InstanceID: "i-1", Hostname: "h"}.metadata()
	require.NoError(t, err)
	require.NotContains(t, text, "public-keys")
}

func TestUnsafeNamesAreRefused(t *testing.T) {
	for _, name := range []string{"", "../x", "a/b", "A", "-a", "a b", "a\n"} {
		_, err := Start(context.Background(), Config{Name: name})
		require.ErrorContains(t, err, "must be a host name", name)
	}
}

func TestLastWords(t *testing.T) {
	d := disk{folder: t.TempDir()}
	require.Empty(t, d.lastWords())
	require.NoError(t, os.WriteFile(d.console(), []byte("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n"), 0o600))
	require.Equal(t, "2\n3\n4\n5\n6\n7\n8\n9\n10\n11", d.lastWords())
}
