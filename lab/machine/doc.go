// Package machine runs Debian machines under systemd-nspawn(1), each on a disk
// of its own over an image that all share, in a network namespace that it is
// given. A machine survives its own reboots, and whoever started it can be told
// when it has powered itself off. The package knows nothing of addresses, clouds
// or what a machine is for.
package machine
