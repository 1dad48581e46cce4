#!/usr/bin/env bash
# Sizes and names: no file over 500 lines, no function over 60, file names unique, a README in each room,
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

# What may be longer, and why. What fits is to be taken off the list.
declare -A longer=(
    [kgstore/kgstore.h]="the public header: one file for those who install it, half of it contract"
    [plugins/abi/kg_plugin.h]="likewise, for those who write a plugin"
    [kgstore/cypher/bind_expr.c]="one switch over all kinds of expressions, with what each needs"
    [kgstore/cypher/eval.c]="likewise"
    [kgstore/cypher/graph.c]="one interface: the snapshot, seen through the changes to it"
    [tests/kgstore/store/test_edits.c]="a table of cases for each kind of edit"
    [tests/kgstore/store/test_random_edits.c]="a whole second model of a graph"
    [tests/import/test_formats.c]="a table of texts for each reader"
    [tests/plugins/test_run.c]="one fake trainer, and every way in which a run may end"
    [tests/plugins/smedbert/test_examples.c]="one fake graph, and every rule of an example"
    [tests/kgstore/cypher/test_temporal.c:test_maps_make_points]="a table of cases, then a loop over it"
)
declare -A met=()

# size NAME LINES MOST: NAME is a file, or a file and a function of it.
size() {
    if [[ $2 -le $3 ]]; then
        return
    elif [[ -n ${longer[$1]:-} ]]; then
        met[$1]=1
    else
        fail "$1: $2 lines; $3 at most"
    fi
}

while read -r lines file; do
    [[ $file == total ]] || size "$file" "$lines" 500
done < <(find "${rooms[@]}" tests -name '*.[ch]' -exec wc -l {} +)

while read -r twice; do
    fail "the file name $twice is used more than once"
done < <(find "${rooms[@]}" -name '*.[ch]' ! -name main.c -printf '%f\n' | sort | uniq -d)

# A function begins with a line at column 0 that ends in '{' after ')', and ends at a lone '}'.
while read -r name lines; do
    size "$name" "$lines" 60
done < <(find "${rooms[@]}" tests -name '*.c' -exec awk '
    FNR == 1 { start = pending = 0 }
    /^[^ \t#\/}].*\(/ && !pending { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
    /^[^ \t#\/}].*\) \{$/ || (/^ .*\) \{$/ && pending) { start = FNR }
    { pending = /^[^ \t#\/}].*[,(]$/ || (pending && /^ .*,$/) }
    /^}$/ && start { print FILENAME ":" name, FNR - start; start = 0 }
' {} +)

for name in "${!longer[@]}"; do
    [[ -n ${met[$name]:-} ]] || fail "$name fits, or is gone: take it off the list in tests/rules/layout.sh"
done

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
        '^(CMakeLists\.txt|kgstore|model|plugins|cli|tests|schemas|import|README\.md|CHANGELOG\.md|ARCHITECTURE\.md|LICENSE|CONTRIBUTING\.md|CMakePresets\.json|\..*)$')
fi

[[ $failures -eq 0 ]] && echo "layout as the house has it"
exit $((failures > 0))
