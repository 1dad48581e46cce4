#!/usr/bin/env bash
# README is short: at most 250 lines, none over 120 columns, and no sentence over 30 words. Commands and programs
# hold no sentences; a cell of a table, and an item of a list, stand for themselves.
# usage: readme.sh SOURCE_DIR
set -u
cd "$1" || exit 2
export LC_ALL=C.UTF-8
failures=0

fail() {
    echo "README.md: $1" >&2
    failures=$((failures + 1))
}

lines=$(wc -l <README.md)
[[ $lines -le 250 ]] || fail "$lines lines; 250 at most"

while IFS= read -r line; do
    [[ ${#line} -le 120 ]] || fail "a line of ${#line} columns, 120 at most: $line"
done <README.md

# One sentence a line.
sentences=$(awk '
    function flush() { if (text != "") print text; text = "" }
    /^```/ { code = !code; flush(); next }
    code || /^    / { flush(); next }
    /^$/ || /^#/ { flush(); next }
    /^\|/ { flush(); gsub(/ *\| */, "\n"); print; next }
    /^- / { flush(); sub(/^- /, "") }
    { text = text " " $0 }
    END { flush() }' README.md | sed -E 's/([.!?])[)*_]* /\1\n/g')
while IFS= read -r sentence; do
    words=$(wc -w <<<"$sentence")
    [[ $words -le 30 ]] || fail "a sentence of $words words, 30 at most: $sentence"
done <<<"$sentences"
[[ $(wc -l <<<"$sentences") -ge 40 ]] || fail "hardly a sentence was found: does this test still read it?"

[[ $failures -eq 0 ]] && echo "README is short"
exit $((failures > 0))
