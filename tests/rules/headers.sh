#!/usr/bin/env bash
# Every header compiles alone, as C17; the public ones and the plugin ABI as C++17 too.
# usage: headers.sh SOURCE_DIR CC
set -u
cd "$1" || exit 2
cc=$2
failures=0
includes=$(pkg-config --cflags lmdb jansson libutf8proc 2>/dev/null)

compile() {
    local language=$1 standard=$2 header=$3
    # shellcheck disable=SC2086
    "$cc" -x "$language" -std="$standard" -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only -I. \
        $includes - <<<"#include \"$header\"" || {
        echo "$header does not compile alone as $standard" >&2
        failures=$((failures + 1))
    }
}

while read -r header; do
    compile c c17 "${header#./}"
done < <(find ./kgstore ./model ./plugins ./import ./cli -name '*.h' | sort)

if "$cc" -x c++ -std=c++17 -fsyntax-only - <<<"" 2>/dev/null; then
    compile c++ c++17 kgstore/kgstore.h
    [[ -f plugins/abi/kg_plugin.h ]] && compile c++ c++17 plugins/abi/kg_plugin.h
fi
[[ $failures -eq 0 ]] && echo "every header stands alone"
exit $((failures > 0))
