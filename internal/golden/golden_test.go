package golden

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// attempt is a test that panics with its failure.
type attempt struct{ testing.TB }

func (attempt) Helper()               {}
func (attempt) Errorf(string, ...any) {}
func (attempt) FailNow()              { panic("failed") }

func fails(text string) (failed bool) {
	defer func() { failed = recover() != nil }()
	Require(attempt{}, "sub/file", text)
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

func TestWithoutPEM(t *testing.T) {
	text := "a\n-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\nb\n-----BEGIN OpenVPN tls-crypt-v2 server key-----\nMIID\n-----END OpenVPN tls-crypt-v2 server key-----\n-----BEGIN X509 CRL-----\\nMIIC\\n-----END X509 CRL-----\\n"
	require.Equal(t, "a\n[PRIVATE KEY]\nb\n[OpenVPN tls-crypt-v2 server key]\n[X509 CRL]\\n", WithoutPEM(text))
}
