#!/bin/sh
# Tells OpenVPN whether to go on with a client that has a tls-crypt-v2 key:
# openvpn(8), --tls-crypt-v2-verify. The argument is the directory with a file for
# each admitted client. Written by tripvpn; changes are undone.
#
# The key's metadata is the name of the client that it was made for, and has no
# newline. Only the holder of the server's key can make one.
set -eu
: "${metadata_type:?OpenVPN sets it}" "${metadata_file:?OpenVPN sets it}"
IFS= read -r name <"$metadata_file" || [ -n "$name" ]
if [ "$metadata_type" = 0 ] && [ "${name#*/}" = "$name" ] && [ -f "$1/$name" ]; then
    exit 0
fi
echo "tripvpn: refusing the control-channel key of '$name', which is not admitted"
exit 1
