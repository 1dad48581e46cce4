#!/usr/bin/env bash
# clang-format 14 finds nothing to change. usage: format.sh SOURCE_DIR CLANG_FORMAT
set -u
cd "$1" || exit 2
[[ -x $2 ]] || { echo "clang-format is not installed: skipped"; exit 77; }
"$2" --version | grep -q 'version 14\.' || { echo "clang-format 14 is wanted: skipped"; exit 77; }
find kgstore model plugins import cli tests -name '*.[ch]' -print0 | xargs -0 "$2" --dry-run --Werror
