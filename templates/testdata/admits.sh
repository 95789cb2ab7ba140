#!/bin/sh
# Decides whether OpenVPN accepts a client's tls-crypt-v2 key: openvpn(8),
# --tls-crypt-v2-verify. The argument is the directory with a file for each admitted
# client. Managed by tripvpn; local changes are overwritten.
#
# The key's metadata is the name of the key's client, without a newline. Only the
# holder of the server's key can make a client key. A key without metadata is that of
# `tripvpn-bootstrap verify`, which tests over TCP whether the server answers. It admits
# nobody, because a client also needs a certificate with an admitted name.
set -eu
: "${metadata_type:?OpenVPN sets it}" "${metadata_file:?OpenVPN sets it}"
if [ "$metadata_type" = 0 ] && [ -f "$metadata_file" ] && [ ! -s "$metadata_file" ]; then
    exit 0
fi
IFS= read -r name <"$metadata_file" || [ -n "$name" ]
if [ "$metadata_type" = 0 ] && [ "${name#*/}" = "$name" ] && [ -f "$1/$name" ]; then
    exit 0
fi
echo "tripvpn: refusing the control-channel key of '$name', which is not admitted"
exit 1
