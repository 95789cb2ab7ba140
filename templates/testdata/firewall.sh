#!/bin/sh
# Loads the VPN's firewall. Managed by tripvpn; local changes are overwritten.
#
# Each table is replaced atomically, and our chains are filled before anything jumps
# to them, so a reload never opens the host. Our jumps come first: the transaction
# that adds a jump also deletes the existing one.
set -eu

hook() { # tool table chain
    old=
    if "$1" --wait 10 -t "$2" -C "$3" -j "TRIPVPN-$3" 2>/dev/null; then
        old="-D $3 -j TRIPVPN-$3"
    fi
    "$1-restore" --wait 10 --noflush <<END
*$2
$old
-I $3 -j TRIPVPN-$3
COMMIT
END
}

load() { # tool rules
    "$1-restore" --wait 10 --noflush "$2"
    hook "$1" filter INPUT
    hook "$1" filter FORWARD
    hook "$1" filter OUTPUT
    hook "$1" nat POSTROUTING
}

load iptables /etc/tripvpn/iptables.rules
load ip6tables /etc/tripvpn/ip6tables.rules
