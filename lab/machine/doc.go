// Package machine runs Debian machines under systemd-nspawn(1), each on a disk
// of its own over an image that all share, in a network namespace that it is
// given. A machine survives its own reboots, and can report that it has
// powered itself off. The package knows nothing of addresses, clouds or the
// purpose of a machine.
package machine
