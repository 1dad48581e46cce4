#!/usr/bin/env bash
# A disk that is really full: whoever reads still can, with and without a table of readers on it; whoever writes is told
# that there is no space left, and the store stays as it is. usage: full_disk.sh KG
set -u
kg=$1
if [[ ${2:-} != inside ]]; then
    unshare -rm true 2>/dev/null || { echo "no private mounts here: skipped"; exit 77; }
    exec unshare -rm bash "$0" "$kg" inside
fi
work=$(mktemp -d) && trap 'umount "$work/disk" 2>/dev/null; rm -rf "$work"' EXIT
mkdir "$work/disk"
mount -t tmpfs -o size=4m none "$work/disk" || { echo "no tmpfs here: skipped"; exit 77; }
awk 'BEGIN { for (i = 0; i < 4000; i++) printf "head %d\tr%d\ttail %d\n", i % 97, i % 7, i % 1999 }' >"$work/graph.tsv"
store=$work/disk/store
"$kg" import "$store" "$work/graph.tsv" --columns head,relation,tail >/dev/null 2>&1 || exit 2
awk 'BEGIN { for (i = 0; i < 40000; i++) printf "head %d\tr%d\ttail %d\n", i % 9700, i % 7, i % 19990 }' >"$work/large.tsv"
"$kg" import "$work/large" "$work/large.tsv" --columns head,relation,tail >/dev/null 2>&1 || exit 2
failures=0
fail() { echo "$1"; failures=$((failures + 1)); }

fill() { cat /dev/zero >"$work/disk/filler" 2>/dev/null; }
try() { # try WANTED WORDS...
    local wanted=$1
    shift
    "$kg" "$@" >"$work/output" 2>&1
    local status=$?
    if [[ $wanted -eq 0 ]]; then
        [[ $status -eq 0 ]] || fail "$table: kg $1: status $status: $(tail -1 "$work/output" | head -c 300)"
    else
        [[ $status -eq 3 ]] && grep -q 'No space left on device' "$work/output" ||
            fail "$table: kg $1: status $status: $(tail -1 "$work/output" | head -c 300)"
    fi
}

for table in gone sparse whole; do
    rm -f "$work/disk/filler" "$store"/gen-*/lock.mdb
    case $table in
    sparse) truncate -s 32768 "$store/$(cat "$store/CURRENT")/lock.mdb" ;;
    whole) "$kg" stats "$store" >/dev/null || exit 2 ;;
    esac
    fill
    try 0 stats "$store"
    try 0 query "$store" top "head 1"
    try 0 export "$store" -
    try 0 check "$store"
    try 0 shell "$store" -c 'top "head 2"'
    try 0 backup "$store" "$work/backup"
    try 3 add "$store" "$(printf 'n%.0s' {1..9000})" "likes" "tail"
    try 3 rank "$store"
    try 3 compact "$store"
    try 3 import "$store" "$work/graph.tsv" --columns head,relation,tail --append
    try 0 check "$store"
    rm -r "$work/backup"
done
# Little room, used up in the midst of a file or of a commit.
table="little room"
for room in 4 64 300; do
    fill
    truncate -s -${room}K "$work/disk/filler"
    for format in tsv openke dglke neo4j ntriples smedbert; do
        # What fits is whole; what does not is told.
        "$kg" export "$work/large" "$work/disk/out" --format $format >"$work/output" 2>&1 ||
            grep -q 'No space left on device' "$work/output" ||
            fail "$room KiB: $format: $(tail -1 "$work/output" | head -c 300)"
        rm -rf "$work/disk/out"
    done
    "$kg" export "$work/large" - >"$work/disk/out" 2>"$work/output"
    grep -q 'No space left on device' "$work/output" || fail "$room KiB: standard output: $(cat "$work/output")"
    rm -rf "$work/disk/out"
    try 3 import "$work/disk/other" "$work/large.tsv" --columns head,relation,tail
    try 3 import "$store" "$work/large.tsv" --columns head,relation,tail --append
    try 3 backup "$work/large" "$work/disk/copy"
    [[ ! -e $work/disk/other && ! -e $work/disk/copy ]] || fail "$room KiB: a part is left"
    try 0 check "$store"
    rm "$work/disk/filler"
done
try 0 add "$store" "new" "likes" "tail"
try 0 check "$store"
echo "$failures failures on a full disk"
[[ $failures -eq 0 ]]
