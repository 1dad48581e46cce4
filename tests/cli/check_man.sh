#!/usr/bin/env bash
# check_man.sh KG SOURCE: each command has a page whose options are exactly its table's, and no page
# is without a command. Options that all commands take are in kg.1 alone.
set -u
kg=$1 pages=$2/cli/man bad=0

# The options that a page documents: those in the paragraph right after a .TP.
page_options() {
    awk '/^\.TP/ {tagged = 1; next} tagged {print; tagged = 0}' "$1" | sed 's/\\-/-/g' |
        grep -o -e '--[a-z][a-z0-9-]*' | sort -u
}

common=$("$kg" help --options help | cut -f1 | grep -x -e --json -e --mode -e --csv-safe -e --help | sort)
if ! diff <(page_options "$pages/kg.1") <(echo "$common"); then
    echo "kg.1: its options (left) are not the common ones (right)"
    bad=1
fi
while IFS= read -r command; do
    page=$pages/kg-${command// /-}.1
    if [ ! -f "$page" ]; then
        echo "kg $command: no man page $page"
        bad=1
        continue
    fi
    # shellcheck disable=SC2086
    if ! diff <(page_options "$page") \
        <("$kg" help --options $command | cut -f1 | grep -vxF -e "$common" | sort); then
        echo "$page: its options (left) are not those of the option table (right)"
        bad=1
    fi
    grep -q '^\.SH NAME' "$page" && grep -q '^\.SH SYNOPSIS' "$page" || {
        echo "$page: wants NAME and SYNOPSIS"
        bad=1
    }
done < <("$kg" help --commands)
for page in "$pages"/kg-*.1; do
    name=$(basename "$page" .1)
    "$kg" help --commands | sed 's/ /-/g; s/^/kg-/' | grep -qx "$name" || {
        echo "$page: no such command"
        bad=1
    }
done
exit $bad
