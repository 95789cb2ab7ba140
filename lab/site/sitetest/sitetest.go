// Package sitetest lets a package's tests run on a site.
package sitetest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/fabric/operator/labtest"
	"tripvpn/lab/site"
)

// Main is a TestMain: tests run inside the lab where there can be one.
func Main(m *testing.M) { labtest.Main(m, site.ServePackages) }

// New makes a site, and skips the test where there cannot be one. An image
// that is not in the cache is built first, and the test's log says so.
func New(t testing.TB) *site.Site {
	t.Helper()
	labtest.Possible(t, site.Missing())
	labtest.Require(t)
	s, err := site.New(context.Background(), func(text string) { t.Log(text) })
	require.NoError(t, err)
	return s
}
