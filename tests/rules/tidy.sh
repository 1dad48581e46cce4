#!/usr/bin/env bash
# clang-tidy over every source of the program. The analyzer, whose findings do not fail, looks a little way into each
# function: as far as it can go takes six times as long (KG_TIDY=deep). usage: tidy.sh SOURCE_DIR CLANG_TIDY BUILD_DIR
set -u
cd "$1" || exit 2
[[ -x $2 ]] || { echo "clang-tidy is not installed: skipped"; exit 77; }
shallow=(--extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=mode=shallow)
[[ ${KG_TIDY:-} == deep ]] && shallow=()
find kgstore model plugins import cli -name '*.c' -print0 |
    xargs -0 -n 4 -P "$(nproc)" "$2" -p "$3" --quiet "${shallow[@]}" 2>/dev/null
