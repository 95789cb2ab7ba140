# Installs the packages that the host needs. A fresh cloud host is still setting
# itself up, so wait for cloud-init (status 2 means done with warnings), and up to
# five minutes for each of apt's locks. Continue what a power cut has interrupted.
set -eu
sudo cloud-init status --wait >/dev/null || [ $? -eq 2 ]
apt() {
    left=60
    until said=$(sudo LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" 2>&1); do
        left=$((left - 1))
        case $said in
        *"Unable to lock directory"*) ;; # DPkg::Lock::Timeout does not cover this lock
        *"dpkg was interrupted"*) sudo DEBIAN_FRONTEND=noninteractive dpkg --configure -a >&2 ;;
        *) left=0 ;;
        esac
        if [ "$left" -le 0 ]; then
            echo "$said" >&2
            exit 100
        fi
        sleep 5
    done
}
apt -o APT::Update::Error-Mode=any update
apt install -y --no-install-recommends openvpn iptables unattended-upgrades
# OpenVPN's libraries: apt-patterns(7). The other packages of the image are updated in the
# next hour of maintenance.
apt install -y --only-upgrade --mark-auto '?upgradable ?reverse-depends(?exact-name(openvpn))'
