#!/usr/bin/env bash
# check_manual.sh KG SOURCE: what the pages tell beside options is what the program has. Formats, functions,
# procedures, verbs, requests to the server, environment and exit statuses are the same in both; every page, setting
# and identifier that a page names is there; figures that a constant gives are that constant's.
set -u
kg=$(realpath "$1") source=$(realpath "$2") bad=0
pages=$source/cli/man
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$source" || exit 2

fail() {
    echo "$1" >&2
    bad=1
}

# plain PAGE: its text without the marks of roff, a line each as in the file.
plain() {
    sed -E -e 's/\\f[BIRP]//g; s/\\-/-/g; s/\\\(aq/'"'"'/g; s/\\\(bu//g; s/\\e/\\/g' \
        -e '/^\.(B|I|BR|BI|RB|RI|IR|IB|IP|SH|SS) /{s/^\.[A-Z]+ //; s/"//g}' -e '/^\.\\"/d' "$pages/$1"
}

# section PAGE HEADING: its plain lines up to the next .SH.
section() {
    plain "$1" | awk -v heading="$2" 'NR == FNR { if ($0 ~ /^\.SH/) ends[FNR] = 1; next } ends[FNR] { on = 0 }
        $0 == heading && ends[FNR] { on = 1; next } on' <(sed 's/"//g' "$pages/$1") -
}

# same WHAT PAGE: two sorted lists, that of the page in page.txt, the program's in program.txt, are one.
same() {
    [[ -s $work/page.txt ]] || fail "$2: nothing was found of $1: does this test still read it?"
    diff "$work/page.txt" "$work/program.txt" >"$work/diff" ||
        fail "$2: its $1 (<) are not the program's (>): $(grep '^[<>]' "$work/diff" | tr '\n' ' ')"
}

# Formats.
sed -n '/^\.SS Graphs/,/^\.SS Text/p' "$pages/kg-formats.5" | grep -A1 '^\.TP' | grep '^\.B' |
    sed 's/^\.BR* //' | grep -oE '[a-z0-9]+' | sort >"$work/page.txt"
"$kg" import "$work/none" /dev/null --format none 2>&1 | sed -n 's/.*one of //p' | grep -oE '[a-z0-9]+' |
    sort >"$work/program.txt"
same formats kg-formats.5

# Functions of Cypher. The program's list is the one that completion offers, which a test holds to the tables; what has
# a syntax of its own stands under EXPRESSIONS and PATTERNS.
section kg-cypher.7 FUNCTIONS | grep -vE '^(\.|Of |Over )' | tr '\n' , |
    sed -E 's/\(also ([^)]*)\)/, \1/g; s/\([^)]*\)//g' | awk -v RS='[,;]' '
        { gsub(/^ +| +$/, "") }
        /^and each of these four with OrNull/ { for (i = n - 3; i <= n; i++) print name[i] "OrNull"; next }
        / each with |^each with / { for (i = n - 4; i <= n; i++) print name[i] ".transaction"; next }
        /^\.|^$/ { next }
        { name[++n] = $1; print $1 }' | sed 's/\.transaction$/ transaction/' >"$work/named"
# One word that stands for four: each point in time has them.
awk 'NF == 2 { for (i = split("transaction statement realtime truncate", of, " "); i; i--) print $1 "." of[i]; next }
    { print }' "$work/named" | sort -u >"$work/page.txt"
sed -n '/kg_cypher_functions\[\] = {/,/};/p' cli/cyphercomplete.c | grep -oE '"[A-Za-z0-9.]+"' | tr -d '"' |
    grep -vE '^(db\..*|kg\.(link|search|neighbours)|all|any|none|single|reduce|shortestPath|allShortestPaths)$' |
    sort -u >"$work/program.txt"
same functions kg-cypher.7

echo 'a	r	b' >"$work/graph.tsv"
"$kg" import "$work/store" "$work/graph.tsv" --header no --columns head,relation,tail >/dev/null 2>&1 ||
    fail "there is no store to ask"
# Procedures: names, parameters in number, columns.
plain kg-cypher.7 | grep -oE '(kg|db)\.[A-Za-z]+ ?\([a-z, ]*\) YIELD [A-Za-z]+(, [a-z]+)*' | sort -u >"$work/procedures"
sed 's/ *(.*//' "$work/procedures" | sort >"$work/page.txt"
grep -hoE '^ *\{"(kg|db)\.[A-Za-z]+", [A-Z_]+, [0-9], [A-Z]+, [0-9]' kgstore/cypher/procedures.c | cut -d'"' -f2 |
    sort >"$work/program.txt"
same procedures kg-cypher.7
while read -r line; do
    name=${line%%[ (]*} columns=${line##*YIELD }
    case $line in
        *"(node, k)"*) call="MATCH (n) CALL $name(n, 1)" ;;
        *"(text, k)"*) call="CALL $name(\"a\", 1)" ;;
        *"(text)"*) call="CALL $name(\"a\")" ;;
        *"()"*) call="CALL $name()" ;;
        *) fail "kg-cypher.7: how is $line called?"; continue ;;
    esac
    "$kg" cypher "$work/store" "$call YIELD $columns RETURN $columns" >/dev/null 2>"$work/told" ||
        fail "kg-cypher.7: $name yields something else than $columns: $(cat "$work/told")"
    grep -hF "{\"$name\"," kgstore/cypher/procedures.c | grep -q ", $(wc -w <<<"$columns"), [a-z_]*, NULL}" ||
        fail "kg-cypher.7: $name yields more columns than $columns"
done <"$work/procedures"

# Verbs of kg query.
grep -oE '^\.IP "\\fB[a-z]+\\fR' "$pages/kg-query.1" | sed 's/.*fB//; s/\\fR//' | sort >"$work/page.txt"
"$kg" help query | sed -n '/^Verbs:/,/^$/p' | grep -oE '^  [a-z]+' | tr -d ' ' | sort >"$work/program.txt"
same verbs kg-query.1

# What the server is asked.
plain kg-serve.1 | grep -E '^(GET|POST) /' | grep -oE '/[a-z]+' | sort -u >"$work/page.txt"
grep -oE '^    "/[a-z]+"' schemas/openapi.json | grep -oE '/[a-z]+' | sort -u >"$work/program.txt"
same paths kg-serve.1

# Environment: what one of the two names the other names too. What tests and benchmarks set is in no page.
for page in "$pages"/*.[157]; do section "$(basename "$page")" ENVIRONMENT; done | grep -oE '^KG[A-Z_]+' |
    sort -u >"$work/page.txt"
{
    grep -rhoE 'getenv\("KG_[A-Z_]+' --include='*.c' kgstore model plugins import cli | cut -d'"' -f2 |
        grep -v FAILPOINT
    grep -rhoE 'environ(\.get\(|\[)"KGSTORE_[A-Z_]+' --include='*.py' kgstore/python | cut -d'"' -f2
} | sort -u >"$work/program.txt"
same environment "the pages"

# Exit statuses: each of kg.1's is met.
section kg.1 "EXIT STATUS" | grep -xE '[0-9]+' | sort >"$work/page.txt"
{
    "$kg" --version >/dev/null; echo $?
    "$kg" query "$work/store" top nobody >/dev/null 2>&1; echo $?
    "$kg" nonsense 2>/dev/null; echo $?
    "$kg" help 2>/dev/null >/dev/full; echo $?
} | sort -u >"$work/program.txt"
same statuses kg.1

# Pages that pages and READMEs name.
while read -r name; do
    [[ -f $pages/$name ]] || fail "the manual or a README names $name, and there is no such page"
done < <(grep -rohE --include='*.[157]' --include='*.md' '\bkg(\\?-[a-z]+)* ?\([157]\)' cli README.md import kgstore \
    plugins | sed 's/[\\ )]//g; s/(/./' | sort -u)

# Identifiers: a name with an underscore is somewhere in the source, and a setting in a schema. DGL-KE's command is its
# own.
for page in "$pages"/*.[157]; do plain "$(basename "$page")"; done | grep -oE '\b[a-z][a-z0-9]*(_[a-z0-9]+)+\b' |
    grep -vx -e dglke_train -e data_files | sort -u >"$work/identifiers"
grep -rohwF --include='*.[ch]' --include='*.json' --include='*.py' --include='*.txt' -f "$work/identifiers" \
    kgstore model plugins import cli schemas tests/packaging | sort -u >"$work/words"
while read -r name; do
    fail "nothing in the source is called $name, which $(grep -lE "\b$name\b" "$pages"/* | head -1) names"
done < <(comm -23 "$work/identifiers" "$work/words")
grep -hoE '"[a-z_0-9]+": *\{' schemas/*.schema.json | cut -d'"' -f2 | sort -u >"$work/settings"
grep -oE '"[a-z_0-9]+": *\{' schemas/run.schema.json | cut -d'"' -f2 >"$work/run_settings"
while IFS=: read -r file set; do
    name=${set%=*}
    of=settings
    [[ $name == run.* ]] && of=run_settings
    grep -qxF -- "${name##*.}" "$work/$of" || fail "$file: there is no setting $name"
done < <(grep -oE -e '--set [a-z_.]+=' -e '\b[a-z]+_[a-z_]+=(true|false|[0-9.]+)' -e '\brun\.[a-z_]+=' \
    <(sed 's/\\-/-/g' "$pages"/*.1 /dev/null) | sed 's/--set //; s/^/pages:/' | sort -u)

# figure PAGE WORDS FILE NAME: the words hold the number that NAME has in FILE (or is followed by).
figure() {
    local number shown
    number=$(grep -ohE "\b$4 = (\([a-z0-9_]+\))?[0-9]+" "$source/$3" | head -1 | grep -oE '[0-9]+$')
    [[ -n $number ]] || { fail "$3: no number stands behind $4"; return; }
    shown=${2//NUMBER/$number}
    plain "$1" | tr '\n' ' ' | grep -qF -- "$shown" || fail "$1: it does not say \"$shown\", which $3 has as $4"
}

figure kg-store.5 "one of NUMBER slots" kgstore/store/slots.h KG_SLOTS
figure kg-formats.5 "more than NUMBER MB to be read" kgstore/base/decode_xz.c MAX_MEMORY
figure kg-pretrain.1 "its first NUMBER MiB" plugins/smedbert/pretrain/document_stream.c MOST_SURVEYED
figure kg-query.1 "both directions, NUMBER unless" kgstore/query/answer_edges.c TOP_USUAL
figure kg-query.1 "called nearly so, NUMBER unless" kgstore/query/answer_search.c SEARCH_USUAL
figure kg-query.1 "NUMBER best edges are stored" kgstore/graph/pepr.h KG_PEPR_KEEP
figure kg-rank.1 "its best NUMBER edges" kgstore/graph/pepr.h KG_PEPR_KEEP
figure kg-rank.1 "at most NUMBER" cli/cmd_rank.c ALL_OF
figure kg-rank.1 "else from NUMBER" cli/cmd_rank.c USUAL
figure kg-shell.1 "The last NUMBER lines" cli/editor.c HISTORY_LINES

exit "$bad"
