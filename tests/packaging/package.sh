#!/usr/bin/env bash
# The Debian packages are made, hold what they should, please lintian, and the program in them runs. Where CI runs as
# root they are installed, used from the shell, C and Python, and removed; nothing of them may stay behind. What is
# packaged for others, by the preset package, is compiled for any processor of the architecture.
# usage: package.sh SOURCE_DIR BUILD_DIR
set -eu
source=$1 build=$2
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
packages=("$work"/*.deb)
for deb in "${packages[@]}"; do
    dpkg-deb -x "$deb" "$work/root"
done
depends() { dpkg-deb -f "$work/$1"_*.deb Depends; }
depends kg | grep -q 'libmicrohttpd'
depends kg | grep -q 'libkgstore0 (= '
depends libkgstore0 | grep 'liblmdb0' | grep -q igraph
"$work/root/usr/bin/kg" --version
for page in man1/kg.1 man5/kg-store.5 man7/kg-plugin.7; do
    gzip -t "$work/root/usr/share/man/$page.gz"
done
grep -q '^ExecStart=/usr/bin/kg serve ' "$work/root/usr/lib/systemd/system/kg-serve@.service"
if command -v lintian >/dev/null; then
    # This build was configured for /usr/local, where a library has no folder of the architecture.
    lintian --allow-root --fail-on error,warning --suppress-tags pkg-config-unavailable-for-cross-compilation \
        "${packages[@]}"
    echo "lintian finds nothing"
fi

# The flags of the packages' own build.
cmake -S "$source" -B "$work/build" --preset package >"$work/log" 2>&1 || { tail "$work/log"; exit 1; }
grep -q '"command"' "$work/build/compile_commands.json"
if grep '"command"' "$work/build/compile_commands.json" | grep -v 'march=\(x86-64-v[34]\) .*kgmodel-\1_objects' |
    grep -m 1 'march=\|mtune='; then
    echo "the packages would be compiled for this machine's processor" >&2
    exit 1
fi
echo "the packages are compiled for any processor"
if [[ $(uname -m) == x86_64 ]]; then
    for level in x86-64-v3 x86-64-v4; do
        grep -q "^build lib.*/kg/glibc-hwcaps/$level/libkgmodel.so:" "$work/build/build.ninja"
        grep -q "/kg/glibc-hwcaps/$level/libkgmodel.so" "$work/build/model/cmake_install.cmake"
    done
    echo "the model is also compiled for newer ones"
fi

if [[ ${CI:-} == true && $(id -u) -eq 0 ]] && ! dpkg-query -W kg >/dev/null 2>&1; then
    names=(kg libkgstore0 libkgstore-dev python3-kgstore)
    trap 'dpkg -P "${names[@]}" >/dev/null 2>&1; rm -rf "$work"' EXIT
    # apt, since it also brings what the packages need.
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
    kg doctor >/dev/null
    kg plugins | grep -q transr
    kg import "$work/store" --columns head,head_type,relation,tail,tail_type "$source/cli/samples/triples.tsv" >/dev/null
    kg rank "$work/store" >/dev/null
    kg query "$work/store" top 糖尿病 -k 3 --mode tsv | cut -f1 >"$work/expected"
    # shellcheck disable=SC2046
    cc "$source/kgstore/examples/find_best.c" -o "$work/find_best" $(pkg-config --cflags --libs kgstore)
    "$work/find_best" "$work/store" 糖尿病 | head -n 3 | cut -f3 | diff - "$work/expected"
    env -u PYTHONPATH -u KGSTORE_LIBRARY /usr/bin/python3 -c 'import kgstore, sys
for best in kgstore.open(sys.argv[1]).top("糖尿病", k=3): print(best.name)' "$work/store" | diff - "$work/expected"
    dpkg -P "${names[@]}" >/dev/null
    hash -r
    [[ ! -e /usr/bin/kg && ! -e /usr/lib/kg && ! -e /usr/lib/python3/dist-packages/kgstore ]]
    echo "installed, used and removed"
fi
