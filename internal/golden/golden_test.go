package golden

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// attempt is a test that panics with its failure.
type attempt struct{ testing.TB }

func (attempt) Helper()               {}
func (attempt) Errorf(string, ...any) {}
func (attempt) FailNow()              { panic("failed") }

func fails(text string) bool {
	return failed(func() { Require(attempt{}, "sub/file", text) })
}

func failed(test func()) (failed bool) {
	defer func() { failed = recover() != nil }()
	test()
	return false
}

func TestRequire(t *testing.T) {
	t.Chdir(t.TempDir())
	require.True(t, fails("new\n"), "there is no file yet")
	*update = true
	require.False(t, fails("new\n"))
	*update = false
	require.False(t, fails("new\n"))
	require.True(t, fails("newer\n"))
	text, err := os.ReadFile(filepath.Join("testdata", "sub", "file"))
	require.NoError(t, err)
	require.Equal(t, "new\n", string(text))
}

func TestRequireSection(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file.md")
	has := func(text string) bool {
		return !failed(func() { RequireSection(attempt{}, path, "table", text, strings.ToLower) })
	}
	require.NoError(t, os.WriteFile(path, []byte("before\n"), 0o600))
	require.False(t, has("a\n"), "there is no section")
	require.NoError(t, os.WriteFile(path, []byte("before\n<!-- begin table -->\na\n<!-- end table -->\nafter\n"), 0o600))
	require.True(t, has("a\n"))
	require.True(t, has("A\n"), "the essence is the same")
	require.False(t, has("b\n"))
	*update = true
	require.True(t, has("b\n"))
	*update = false
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "before\n<!-- begin table -->\nb\n<!-- end table -->\nafter\n", string(text))
}

func TestWithoutPEM(t *testing.T) {
	text := "a\n-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\nb\n-----BEGIN OpenVPN tls-crypt-v2 server key-----\nMIID\n-----END OpenVPN tls-crypt-v2 server key-----\n-----BEGIN X509 CRL-----\\nMIIC\\n-----END X509 CRL-----\\n"
	require.Equal(t, "a\n[PRIVATE KEY]\nb\n[OpenVPN tls-crypt-v2 server key]\n[X509 CRL]\\n", WithoutPEM(text))
}
