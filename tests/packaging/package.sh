#!/usr/bin/env bash
# The .deb is made, holds what it should, and its program runs. Where CI runs as root the package is
# installed, used and removed; nothing of it may stay behind.
# usage: package.sh SOURCE_DIR BUILD_DIR
set -eu
build=$2
command -v dpkg-shlibdeps >/dev/null && command -v cpack >/dev/null || {
    echo "dpkg-dev or cpack is not installed: skipped"
    exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cpack --config "$build/CPackConfig.cmake" -B "$work" >"$work/log" 2>&1 || {
    cat "$work/log"
    exit 1
}
deb=$(ls "$work"/*.deb)
dpkg-deb --info "$deb" | grep -q 'liblmdb0'
dpkg-deb -x "$deb" "$work/root"
"$work/root/usr/bin/kg" --version
for page in man1/kg.1 man5/kg-store.5 man7/kg-plugin.7; do
    gzip -t "$work/root/usr/share/man/$page.gz"
done
test -f "$work/root/usr/share/doc/kg/copyright"
grep -q '^ExecStart=/usr/bin/kg serve ' "$work/root/usr/lib/systemd/system/kg-serve@.service"
dpkg-deb --info "$deb" | grep -q libmicrohttpd
if [[ ${CI:-} == true && $(id -u) -eq 0 ]] && ! dpkg-query -W kg >/dev/null 2>&1; then
    trap 'dpkg -P kg >/dev/null 2>&1; rm -rf "$work"' EXIT
    # apt, since it also brings what the package needs.
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$deb" >/dev/null
    kg doctor >/dev/null
    kg plugins | grep -q transr
    dpkg -P kg >/dev/null
    hash -r
    [[ ! -e /usr/bin/kg && ! -e /usr/lib/kg ]]
    echo "installed, used and removed"
fi
