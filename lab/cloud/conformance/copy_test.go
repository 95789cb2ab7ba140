package conformance

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/require"
)

const copyToRemote = tokens.Type("command:remote:CopyToRemote")

// copies are a copy's inputs. Relative remote paths are in the host's folder.
func (h host) copies(source any, remotePath string) object {
	return object{"connection": map[string]any(h.connection), "source": source, "remotePath": remotePath}
}

// localFile writes a file to copy.
func localFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func fileAsset(t *testing.T, path string) *asset.Asset {
	t.Helper()
	source, err := asset.FromPath(path)
	require.NoError(t, err)
	return source
}

func TestCopyFile(t *testing.T) {
	onHosts(t, func(t *testing.T, p *provider, h host) {
		source := fileAsset(t, localFile(t, "program", "content"))
		created := p.create(t, copyToRemote, h.copies(source, "there").properties())
		require.Equal(t, "content", h.file(t, "there"))
		require.Regexp(t, "^[0-9a-f]{8}$", created.id)
		require.True(t, created.outputs["connection"].IsSecret())
		requireUnchanged(t, p.diff(t, created, h.copies(source, "there").properties()))

		require.NoError(t, p.delete(t, created))
		require.Equal(t, "content", h.file(t, "there"), "deleting deletes nothing")
	})
}

func TestCopyPreviewDoesNothing(t *testing.T) {
	onHosts(t, func(t *testing.T, p *provider, h host) {
		p.preview(t, copyToRemote, h.copies(fileAsset(t, localFile(t, "f", "x")), "f").properties())
		require.Zero(t, h.dialled.Load())
	})
}

func TestCopyAgainWhenTheContentOrThePathChanges(t *testing.T) {
	onHosts(t, func(t *testing.T, p *provider, h host) {
		local := localFile(t, "program", "old")
		created := p.create(t, copyToRemote, h.copies(fileAsset(t, local), "here").properties())

		require.NoError(t, os.WriteFile(local, []byte("new, and longer"), 0o600))
		inputs := h.copies(fileAsset(t, local), "here")
		requireUpdate(t, p.diff(t, created, inputs.properties()), "source")
		updated, err := p.update(t, created, inputs.properties())
		require.NoError(t, err)
		require.Equal(t, "new, and longer", h.file(t, "here"))

		inputs = inputs.with("remotePath", "there")
		requireUpdate(t, p.diff(t, updated, inputs.properties()), "remotePath")
		_, err = p.update(t, updated, inputs.properties())
		require.NoError(t, err)
		require.Equal(t, "new, and longer", h.file(t, "there"))
		require.Equal(t, "new, and longer", h.file(t, "here"), "the copy at the old path stays")
	})
}

func TestCopyIsNotMadeAgainForAnotherConnection(t *testing.T) {
	onHosts(t, func(t *testing.T, p *provider, h host) {
		source := fileAsset(t, localFile(t, "program", "content"))
		created := p.create(t, copyToRemote, h.copies(source, "here").properties())
		h.connection = h.connection.with("perDialTimeout", 20)
		inputs := h.copies(source, "here")
		requireUpdate(t, p.diff(t, created, inputs.properties()), "connection")
		_, err := p.update(t, created, inputs.properties())
		require.NoError(t, err)
		require.EqualValues(t, 1, h.dialled.Load())
	})
}

func TestCopyRefusesRemoteSources(t *testing.T) {
	onHosts(t, func(t *testing.T, p *provider, h host) {
		_, failures := p.check(t, copyToRemote, h.copies(
			&asset.Asset{Sig: resource.AssetSig, URI: "https://example.com/x", Hash: "x"}, "here").properties())
		requireRefused(t, failures, "file asset")
	})
}

// The stand-in refuses what it does not do. It does not ignore it.
func TestStandInRefusesOtherCopies(t *testing.T) {
	p, h := standIn(t, commandPlugin), newHost(t)
	local := localFile(t, "program", "content")
	text, err := asset.FromText("some text")
	require.NoError(t, err)
	directory, err := archive.FromPath(filepath.Dir(local))
	require.NoError(t, err)
	for _, source := range []any{text, directory} {
		_, failures := p.check(t, copyToRemote, h.copies(source, "there").properties())
		requireRefused(t, failures, "source", "copies one file")
	}
	require.NoError(t, os.Mkdir(filepath.Join(h.dir, "directory"), 0o700))
	for _, target := range []string{"new/there", "directory"} {
		_, err := p.tryCreate(t, copyToRemote, h.copies(fileAsset(t, local), target).properties())
		require.ErrorContains(t, err, `creating remote file "`+target+`"`)
	}
}
