# What the host needs from its distribution. A fresh cloud host is still busy
# with itself, so wait for cloud-init (its status 2 is "done, with warnings"),
# and for whoever else holds apt's lock.
set -eu
sudo cloud-init status --wait >/dev/null || [ $? -eq 2 ]
apt() {
    sudo DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}
apt -o APT::Update::Error-Mode=any update
apt install -y --no-install-recommends openvpn iptables
