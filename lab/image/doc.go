// Package image builds the file systems of machines: Debian trees in a cache, each
// made once from the recipe that its name is the hash of. Packages come
// through the lab's package proxy, so the package works inside the lab only.
// It starts no machine.
package image
