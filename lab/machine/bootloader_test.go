package machine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheNewestKernel(t *testing.T) {
	const old = "/12/040755/0/0/./4096/\n/131/100644/0/0/vmlinuz-6.9.12+deb13-cloud-amd64/9000/\n/132/100644/0/0/initrd.img-6.9.12+deb13-cloud-amd64/9000/\n"
	const added = "/133/100644/0/0/initrd.img-6.12.57+deb13-cloud-amd64/9000/\n/134/100644/0/0/vmlinuz-6.12.57+deb13-cloud-amd64/9000/\n"
	const unfinished = "/135/100644/0/0/vmlinuz-7.3.4+deb13-cloud-amd64/9000/\n/136/100644/0/0/config-7.3.4+deb13-cloud-amd64/9000/\n"
	require.Equal(t, "6.9.12+deb13-cloud-amd64", newestKernel(old))
	require.Equal(t, "6.12.57+deb13-cloud-amd64", newestKernel(old+added+unfinished))
	require.Empty(t, newestKernel(unfinished))
}
