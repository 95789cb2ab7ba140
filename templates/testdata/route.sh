#!/bin/sh
# Leads a device's address to the listener that it connected to last, because all
# listeners have the same subnets: openvpn(8), --learn-address. The arguments are the
# listener's network interface, an operation and an address. OpenVPN also sets $dev,
# but not whenever it deletes.
# Managed by tripvpn; local changes are overwritten.
set -eu
dev=$1 operation=$2 address=$3
case $operation in
add | update)
    ip route replace "$address" dev "$dev"
    ;;
delete)
    # There is none if the device is on another listener by now.
    ip route delete "$address" dev "$dev" 2>/dev/null || true
    ;;
*)
    echo "tripvpn: unknown operation '$operation' of --learn-address" >&2
    exit 1
    ;;
esac
