# Continues packages.sh: installs OpenVPN, and a kernel with the module ovpn, from Debian's
# backports. If they are not among apt's sources, they come from where the release comes from.
# shellcheck source=/dev/null
. /etc/os-release
if [ "$VERSION_CODENAME" != trixie ]; then # another image applies to new servers only
    echo "the kernel's data path needs backports for Debian 13, and this server was built with $PRETTY_NAME; replace the server" >&2
    exit 1
fi
backports=$VERSION_CODENAME-backports
# shellcheck disable=SC2016 # apt-get expands its own variables
if ! apt-get indextargets --format '$(RELEASE)' | grep -qx "$backports"; then
    apt-get indextargets --format '$(REPO_URI) $(SIGNED_BY)' "Release: $VERSION_CODENAME" 'Component: main' |
        while read -r uri key; do
            printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$uri" "$backports" "$key"
            break
        done | sudo tee /etc/apt/sources.list.d/tripvpn-backports.sources >/dev/null
    apt -o APT::Update::Error-Mode=any update
fi
apt install -y --no-install-recommends "openvpn/$backports" "linux-image-cloud-$(dpkg --print-architecture)/$backports"
