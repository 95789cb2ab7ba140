// Package machine runs Debian machines, each on a disk of its own, in a network
// namespace that it is given. A container runs under systemd-nspawn(1), on this
// computer's kernel, in a second. A virtual machine runs under qemu-system(1), with a
// kernel, memory, processors and a disk of its own, of this or another architecture,
// in about half a minute. A machine survives its own reboots, and can report that it
// has powered itself off. The package knows nothing of addresses, clouds or the purpose
// of a machine.
package machine
