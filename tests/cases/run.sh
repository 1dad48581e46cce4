#!/usr/bin/env bash
# run.sh KG CASE: import CASE's input as its `cmd` says, or run the words in its file `command` with those of
# `cmd`, and compare with its `error` or `expected`.
# KG_UPDATE=1 writes that file instead.
set -u
program=$1 case=$2
export LC_ALL=C.UTF-8
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -r "$case/." "$folder"
cd "$folder" || exit 1
chmod -R u+w .
eval "words=($(cat cmd))"
command=(import store)
[ -e command ] && read -ra command <command
"$program" "${command[@]}" "${words[@]}" >out 2>messages </dev/null
status=$?
if [[ $case == */invalid/* ]]; then
    wanted=error
    { cat messages; [ -e store ] && echo "a store was left behind"; echo "exit $status"; } >found
else
    wanted=expected
    {
        cat messages
        sed 's/, "seconds": [0-9.]*//; /^seconds\t/d' out
        echo
        "$program" export store exported --format tsv >/dev/null
        for table in nodes triples aliases; do
            echo "$table:"
            cat "exported/$table.tsv"
        done
        [ -e problems ] && { echo "problems:"; cat problems; }
        echo "exit $status"
    } >found 2>&1
fi
[ "${KG_UPDATE:-}" = 1 ] && cp found "$case/$wanted"
diff -u "$case/$wanted" found
