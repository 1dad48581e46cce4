#!/usr/bin/env bash
# Whatever happened to the store since it was embedded, trace and --show give a mention the neighbors that
# training gives it: the best of those that the tables have rows for. usage: reading.sh KG SOURCE_DIR
set -u
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
here=$(dirname "$(readlink -f "$0")")
cd "$work" || exit 1
. "$here/prepare.sh"
pretrain run --set run.steps=1 || fail "the run failed"
name=肺炎
echo "破伤风属于感染科疾病，需要警惕窒息、$name等并发症。" >text.txt

# Forty neighbors that the tables know nothing of, each with more edges than any other.
for ((i = 0; i < 40; i++)); do
    printf '%s\tdisease\thas_symptom\tomega%sx\tsymptom\n' "$name" $i
    cut -f 1,2 "$samples/triples.tsv" | grep -w disease | sort -u | head -200 | sed "s/$/\thas_symptom\tomega${i}x\tsymptom/"
done | sort -u >more.tsv
"$kg" backup store appended >log 2>&1 &&
    "$kg" import appended --append --format tsv --columns head,head_type,relation,tail,tail_type \
        --schema "$samples/schema.json" more.tsv >log 2>&1 &&
    "$kg" backup appended ranked >log 2>&1 && "$kg" rank ranked >log 2>&1 || fail "the store was not added to"
"$kg" query ranked top "$name" --count 30 --mode tsv 2>log | cut -f 1 | grep -vc omega | grep -qx 0 ||
    fail "the new neighbors are not the best"

for store in store appended ranked; do
    "$kg" query "$store" top "$name" --count 1000 --mode tsv 2>log | cut -f 1-3 | grep -v omega | head -10 >want
    [[ $(wc -l <want) -eq 10 ]] || fail "$name has not ten neighbors"
    "$kg" trace --model run/last --store "$store" "$(<text.txt)" --mode tsv >trace 2>log || fail "kg trace failed"
    awk -F '\t' -v OFS='\t' -v name="$name" '$1 == name && !seen[$6, $4, $5]++ { print $6, $4, $5 }' trace |
        diff want - >log || fail "$store: kg trace has other neighbors"
    "$kg" "${run[@]}" --store "$store" --set corpus='["text.txt"]' --show 1 >shown 2>log || fail "--show failed"
    awk -v name="$name" '/^  \{/ { here = $3 == name } here && NF == 5 { print ($2 == "->" ? 1 : -1) "\t" $3 "\t" $4 }' shown |
        sort -u >neighbors
    awk -F '\t' -v OFS='\t' '{ print $3, $2, $1 }' want | sort -u | diff - neighbors >log ||
        fail "$store: --show has other neighbors"
    grep -q '^      0.000000' shown && [[ $store == store ]] && fail "--show lost a weight"
done
echo "one reading"
