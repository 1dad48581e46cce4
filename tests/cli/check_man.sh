#!/usr/bin/env bash
# check_man.sh KG SOURCE: each command has a page whose options are exactly its table's, and no page
# is without a command. Options that all commands take are in kg.1 alone. Of each option the page has the
# argument that the table has, its choices among them, and every figure that the table's words hold: defaults, limits.
set -u
kg=$1 pages=$2/cli/man bad=0

# The options that a page documents: those in the paragraph right after a .TP.
page_options() {
    awk '/^\.TP/ {tagged = 1; next} tagged {print; tagged = 0}' "$1" | sed 's/\\-/-/g' |
        grep -o -e '--[a-z][a-z0-9-]*' | sort -u
}

# page_texts PAGE: lines of an option, a tab, and all that the page says of it, its heading first.
page_texts() {
    sed -e 's/\\f[BIRP]//g' -e 's/\\-/-/g' -e 's/\\(aq/'"'"'/g' "$1" | awk '
        function tell(   i) { for (i = 1; i <= n; i++) print name[i] "\t" text; n = 0; text = "" }
        /^\.(TP|SH)/ { tell(); heading = /^\.TP/; next }
        { sub(/^\.[A-Z]+ /, ""); gsub(/"/, "") }
        heading { heading = 0; rest = $0
            while (match(rest, /--[a-z][a-z0-9-]*/)) {
                name[++n] = substr(rest, RSTART, RLENGTH); rest = substr(rest, RSTART + RLENGTH)
            } }
        n { gsub(/ +/, " "); text = text " " $0 }
        END { tell() }'
}

# table_texts COMMAND...: of each option of its help, what the page has to hold: a tab before each piece.
table_texts() {
    "$kg" help "$@" | awk '
        function figures(words) {
            while (match(words, /(^|[^A-Za-z0-9_.-])[0-9][0-9.]*(e-?[0-9]+)?[KMG]?/)) {
                piece = substr(words, RSTART, RLENGTH); words = substr(words, RSTART + RLENGTH)
                sub(/^[^0-9]/, "", piece); sub(/\.$/, "", piece); line = line "\t" piece
            } }
        later { sub(/^ +/, ""); figures($0); print line; later = 0; next }
        /^ +(-[a-zA-Z], )?--[a-z]/ { sub(/^ +(-[a-zA-Z], )?/, ""); split($0, parts, /   */)
            option = parts[1]; line = option; sub(/ .*/, "", line)
            if (option ~ / /) { sub(/^[^ ]* /, "", option); line = line "\t" option }
            if (length(parts) < 2) { later = 1; next }
            words = parts[2]; figures(words); print line }'
}

# same_texts PAGE COMMAND...: tell what a page lacks of its table.
same_texts() {
    local page=$1 option text piece
    local -a pieces
    local -A said=()
    shift
    while IFS=$'\t' read -r option text; do
        said[$option]=$text
    done < <(page_texts "$page")
    while IFS=$'\t' read -ra pieces; do
        for piece in "${pieces[@]:1}"; do
            checked=$((checked + 1))
            [[ " ${said[${pieces[0]}]-} " == *[!A-Za-z0-9]"$piece"[!A-Za-z0-9]* ]] && continue
            echo "$page: of ${pieces[0]} it does not have \"$piece\", which the option table has"
            bad=1
        done
    done < <(table_texts "$@" | grep -vE -e '^--(json|mode|csv-safe|help)(\s|$)')
}

checked=0
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
    # shellcheck disable=SC2086
    same_texts "$page" $command
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
[[ $checked -gt 100 ]] || { echo "only $checked arguments and figures were looked for"; bad=1; }
exit $bad
