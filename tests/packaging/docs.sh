#!/usr/bin/env bash
# The headers' documentation is made without a warning, and tells of every function that a header gives to others.
# usage: docs.sh SOURCE_DIR BUILD_DIR
set -eu
source=$1 build=$2
command -v doxygen >/dev/null || {
    echo "doxygen is not installed: skipped"
    exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sed "s|^OUTPUT_DIRECTORY = .*|OUTPUT_DIRECTORY = $work|" "$build/docs/Doxyfile" >"$work/Doxyfile"
cd "$source"
doxygen "$work/Doxyfile" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
count=0 failures=0
for function in $(sed -nE 's/^KG_API.*[ *](kg_[a-z0-9_]+)\(.*/\1/p' kgstore/*.h kgstore/base/*.h); do
    count=$((count + 1))
    grep -rqF "$function()" "$work/html" || { # the heading of its entry
        echo "$function is not in the documentation" >&2
        failures=$((failures + 1))
    }
done
grep -qF 'Open an existing store.' "$work/html/kgstore_8h.html" # what the comments say is there too
echo "$count functions, $failures missing"
[[ $failures -eq 0 && $count -gt 100 ]]
