package s3

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tripvpn/lab/cloud/apierror"
)

func TestBuckets(t *testing.T) {
	folder := t.TempDir()
	b := New(folder)
	require.True(t, apierror.Has(b.CreateBucket("Trip", "eu-west-1", nil), "InvalidBucketName"))
	require.NoError(t, b.CreateBucket("trip", "eu-west-1", map[string]string{"Name": "trip"}))
	require.True(t, apierror.Has(b.CreateBucket("trip", "us-east-1", nil), "BucketAlreadyOwnedByYou"))
	require.Equal(t, []string{"eu-west-1 trip"}, b.Inventory())
	require.NoError(t, b.Change("trip", func(bucket *Bucket) { bucket.Rules = []Rule{{Days: 1}} }))
	found, err := b.HeadBucket("trip")
	require.NoError(t, err)
	require.Equal(t, Bucket{Name: "trip", Region: "eu-west-1", Tags: map[string]string{"Name": "trip"}, Rules: []Rule{{Days: 1}}}, found)

	require.NoError(t, os.WriteFile(filepath.Join(folder, "trip", "page"), nil, 0o600))
	require.True(t, apierror.Has(b.DeleteBucket("trip"), "BucketNotEmpty"))
	require.NoError(t, b.DeleteObjects("trip"))
	require.NoError(t, b.DeleteBucket("trip"))
	require.True(t, apierror.Has(b.DeleteBucket("trip"), "NoSuchBucket"))
	require.Empty(t, b.Inventory())
}
