#!/bin/sh
# Restarts each OpenVPN server of which an update has replaced the program or a library:
# proc_pid_maps(5), "(deleted)". The path of the program is "/", because systemd has
# mounted it by itself (ExecPaths). apt runs this after dpkg, and may run dpkg again, so it
# does not wait for the restart.
# Managed by tripvpn; local changes are overwritten.
set -u
systemctl list-units --plain --no-legend --full --state=active 'openvpn-server@*.service' | while read -r unit _; do
    pid=$(systemctl show --property=MainPID --value "$unit")
    if grep -Eq ' /(usr/.*)? \(deleted\)$' "/proc/$pid/maps"; then
        systemctl --no-block try-restart "$unit"
    fi
done
