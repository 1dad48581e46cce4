#!/usr/bin/env bash
# clang-tidy over every source of the program. usage: tidy.sh SOURCE_DIR CLANG_TIDY BUILD_DIR
set -u
cd "$1" || exit 2
[[ -x $2 ]] || { echo "clang-tidy is not installed: skipped"; exit 77; }
find kgstore model plugins import cli -name '*.c' -print0 |
    xargs -0 -n 4 -P "$(nproc)" "$2" -p "$3" --quiet 2>/dev/null
