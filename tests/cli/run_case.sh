#!/usr/bin/env bash
# run_case.sh KG CASE: run CASE/cmd in an empty folder and compare what it prints with CASE/expected.
# In cmd: kg is in PATH, $KG_CASE is the case's folder, $KG_SHARED the shared data (a case that needs
# what is not there exits 77: skipped). KG_UPDATE=1 writes `expected` instead.
set -u
program=$1
export KG_CASE=$2
KG_SHARED=${KG_SHARED:-$(cd "$KG_CASE/../../.." && cd .. && pwd)/shared}
export KG_SHARED LC_ALL=C.UTF-8 TZ=UTC
PATH=$(dirname "$program"):$PATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
bash "$KG_CASE/cmd" >"$folder.out" 2>&1 </dev/null
status=$?
trap 'rm -rf "$folder" "$folder.out"' EXIT
[ $status -eq 77 ] && { cat "$folder.out"; exit 77; }
echo "exit $status" >>"$folder.out"
if [ "${KG_UPDATE:-}" = 1 ]; then
    cp "$folder.out" "$KG_CASE/expected"
fi
diff -u "$KG_CASE/expected" "$folder.out"
