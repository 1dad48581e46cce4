#!/usr/bin/env bash
# README is short: at most 250 lines, none over 120 columns, and no sentence over 30 words. Commands and programs
# hold no sentences; a cell of a table, and an item of a list, stand for themselves. The READMEs of samples and
# examples, which a newcomer reads too, have such lines and sentences.
# usage: readme.sh SOURCE_DIR
set -u
cd "$1" || exit 2
export LC_ALL=C.UTF-8
failures=0

fail() {
    echo "$1: $2" >&2
    failures=$((failures + 1))
}

lines=$(wc -l <README.md)
[[ $lines -le 250 ]] || fail README.md "$lines lines; 250 at most"

# plainly FILE LEAST: its lines and sentences are short; at least LEAST sentences are found in it.
plainly() {
    local line sentence sentences words
    while IFS= read -r line; do
        [[ ${#line} -le 120 ]] || fail "$1" "a line of ${#line} columns, 120 at most: $line"
    done <"$1"
    # One sentence a line.
    sentences=$(awk '
        function flush() { if (text != "") print text; text = "" }
        /^```/ { code = !code; flush(); next }
        code || /^    / { flush(); next }
        /^$/ || /^#/ { flush(); next }
        /^\|/ { flush(); gsub(/ *\| */, "\n"); print; next }
        /^- / { flush(); sub(/^- /, "") }
        { text = text " " $0 }
        END { flush() }' "$1" | sed -E 's/([.!?])[)*_]* /\1\n/g')
    while IFS= read -r sentence; do
        words=$(wc -w <<<"$sentence")
        [[ $words -le 30 ]] || fail "$1" "a sentence of $words words, 30 at most: $sentence"
    done <<<"$sentences"
    [[ $(wc -l <<<"$sentences") -ge $2 ]] || fail "$1" "hardly a sentence was found: does this test still read it?"
}

plainly README.md 40
for file in cli/samples/README.md cli/examples/README.md kgstore/examples/README.md; do
    plainly "$file" 5
done

[[ $failures -eq 0 ]] && echo "README is short"
exit $((failures > 0))
