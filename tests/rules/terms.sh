#!/usr/bin/env bash
# One thing has one name: what a user reads holds no word of the column "not" of the table in CONTRIBUTING.md, in the
# place that its column "where" says. A message of too little memory says what for. usage: terms.sh SOURCE_DIR
set -u
cd "$1" || exit 2
export LC_ALL=C.UTF-8
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT

bash tests/rules/messages.sh . >"$work/messages"
# Texts for people elsewhere: options and headings of the commands, the manual, README, what schemas describe. Words in
# names (kg.neighbours, GET /neighbours, kg_neighbour) and in code are not such.
{
    cat "$work/messages"
    grep -rnE --include='*.c' '"[^"]* [^"]*"' cli | sed -E 's/:([0-9]+):/:\1\t/'
    grep -nE '' cli/man/*.[1-9] README.md cli/samples/README.md | sed -E 's/:([0-9]+):/:\1\t/'
    grep -nE '"(description|title)":' schemas/*.json | sed -E 's/:([0-9]+):/:\1\t/'
} | awk -F '\t' -v OFS='\t' '{
    gsub(/"[a-z-]+"|[a-z]+\?[a-z]+=/, " ", $2); gsub(/[A-Za-z]+[_.][A-Za-z_.]+/, " ", $2)
    gsub(/[.\/_][A-Za-z_.]*[a-z]+/, " ", $2) } 1' >"$work/everywhere"

failures=0 terms=0
while IFS='|' read -r _ say not where _; do
    IFS=, read -ra words <<<"$not"
    for word in "${words[@]}"; do
        word=$(sed 's/^ *//; s/ *$//' <<<"$word")
        terms=$((terms + 1))
        while IFS=$'\t' read -r place text; do
            echo "$place: \"$word\"; say: ${say# }: $text" >&2
            failures=$((failures + 1))
        done < <(cut -f1,2 "$work/${where// /}" | grep -iE $'\t.*'"\b$word\b")
    done
done < <(sed -n '/^| say | not |/,/^$/p' CONTRIBUTING.md | sed 1,2d | grep '^|')

while IFS=$'\t' read -r place text; do
    echo "$place: $text: of what?" >&2
    failures=$((failures + 1))
done < <(grep -P '\tout of memory$' "$work/messages")

[[ $terms -ge 30 ]] || { echo "$terms terms found in CONTRIBUTING.md; expected 30 or more" >&2; failures=1; }
[[ $(wc -l <"$work/messages") -ge 1200 ]] || { echo "hardly a message was found" >&2; failures=1; }
[[ $failures -eq 0 ]] && echo "one thing has one name"
exit $((failures > 0))
