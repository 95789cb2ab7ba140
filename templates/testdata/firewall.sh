#!/bin/sh
# Loads the firewall of the VPN. Written by tripvpn; changes are undone.
#
# Each table is replaced at once, and our chains are filled before anything
# jumps to them, so there is no moment at which a reload opens the host. Our
# jumps come first: one that is there already leaves its place in the same
# transaction.
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
    hook "$1" nat POSTROUTING
}

load iptables /etc/tripvpn/iptables.rules
load ip6tables /etc/tripvpn/ip6tables.rules
