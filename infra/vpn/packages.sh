# What the host needs from its distribution. A fresh cloud host is still busy
# with itself, so wait for cloud-init (its status 2 is "done, with warnings"),
# and for other holders of apt's locks, five minutes for each.
set -eu
sudo cloud-init status --wait >/dev/null || [ $? -eq 2 ]
apt() {
    left=60
    until said=$(sudo LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" 2>&1); do
        left=$((left - 1))
        case $said in
        *"Unable to lock directory"*) ;; # the timeout is for dpkg's lock alone
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
apt install -y --no-install-recommends openvpn iptables
