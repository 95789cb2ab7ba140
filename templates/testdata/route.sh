#!/bin/sh
# Leads a device's address to the listener that it connected to last, because all
# listeners have the same subnets: openvpn(8), --learn-address. The arguments are an
# operation and an address; $dev is the listener's network interface.
# Managed by tripvpn; local changes are overwritten.
set -eu
: "${dev:?OpenVPN sets it}"
case $1 in
add | update)
    ip route replace "$2" dev "$dev"
    ;;
delete)
    # There is none if the device is on another listener by now.
    ip route delete "$2" dev "$dev" 2>/dev/null || true
    ;;
*)
    echo "tripvpn: unknown operation '$1' of --learn-address" >&2
    exit 1
    ;;
esac
