#!/usr/bin/env bash
# Sizes and names: no file over 1000 lines, no function over 120, file names unique, a README in each room,
# the top level as fixed, no word that a finished change does not hold.
# usage: layout.sh SOURCE_DIR
set -u
cd "$1" || exit 2
failures=0
rooms=(kgstore model plugins import cli)

fail() {
    echo "$1" >&2
    failures=$((failures + 1))
}

while read -r lines file; do
    [[ $file == total || $lines -le 1000 ]] || fail "$file: $lines lines; 1000 at most"
done < <(find "${rooms[@]}" tests -name '*.[ch]' -exec wc -l {} +)

while read -r twice; do
    fail "the file name $twice is used more than once"
done < <(find "${rooms[@]}" -name '*.[ch]' ! -name main.c -printf '%f\n' | sort | uniq -d)

# A function begins with a line at column 0 that ends in '{' after ')', and ends at a lone '}'.
while read -r message; do
    fail "$message"
done < <(find "${rooms[@]}" -name '*.c' -exec awk '
    FNR == 1 { start = 0 }
    /^[^ \t#\/}].*\) \{$/ || (/^ .*\) \{$/ && pending) { start = FNR }
    { pending = /^[^ \t#\/}].*[,(]$/ || (pending && /^ .*,$/) }
    /^}$/ && start { if (FNR - start > 120) print FILENAME ":" start ": a function of " FNR - start " lines; 120 at most"; start = 0 }
' {} +)

while read -r hit; do
    fail "$hit: a word that a finished change does not hold"
done < <(grep -rnE '\b(TODO|FIXME|XXX|HACK|[Uu]nimplemented|[Nn]ot implemented)\b' \
    --include='*.[ch]' "${rooms[@]}")

# Every room, and every room within one, has a README of a page at most; folders of data that their room's README
# tells of need none.
while read -r room; do
    [[ $room =~ ^(cli/(man|completion|pictures)|plugins/.*/configs)$ ]] && continue
    if [[ ! -f $room/README.md ]]; then
        fail "$room has no README.md"
    elif [[ $(wc -l <"$room/README.md") -gt 80 ]]; then
        fail "$room/README.md: more than a page (80 lines)"
    fi
done < <(find "${rooms[@]}" tests schemas -maxdepth 1 -type d | grep -v __pycache__)

if [[ -d .git || -f .git ]] && command -v git >/dev/null; then
    while read -r entry; do
        fail "$entry does not belong at the top level"
    done < <(git ls-files | cut -d/ -f1 | sort -u | grep -vE \
        '^(CMakeLists\.txt|kgstore|model|plugins|cli|tests|schemas|import|README\.md|ARCHITECTURE\.md|LICENSE|CONTRIBUTING\.md|CMakePresets\.json|\..*)$')
fi

[[ $failures -eq 0 ]] && echo "layout as the house has it"
exit $((failures > 0))
