#!/usr/bin/env bash
# What kg trace and kg encode say of a checkpoint: weights that sum to one over the store's own neighbors,
# vectors that do not depend on what else is encoded, and that the graph changes. usage: use.sh KG SOURCE_DIR
set -u
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
here=$(dirname "$(readlink -f "$0")")
cd "$work" || exit 1
. "$here/prepare.sh"
pretrain run --set run.steps=3 || fail "the run failed"
grep -m 12 -E '高血压|糖尿病|感冒|肺炎' "$samples/corpus.train.txt" >texts.txt
[[ $(wc -l <texts.txt) -eq 12 ]] || fail "the samples no longer speak of these"

# A table a mention: the neighbors are the store's best, in order, and both kinds of weights sum to one.
"$kg" trace --model run/last --store store "$(head -1 texts.txt)" --mode tsv >trace 2>log || fail "kg trace failed"
awk -F '\t' -v OFS='\t' '{ key = $2 "\t" $1; weights[key] += $9; if (!((key, $7) in types)) { types[key, $7] = 1; sum[key] += $8 } }
    END { for (key in weights) { n++; if ((weights[key] - 1) ^ 2 > 1e-10 || (sum[key] - 1) ^ 2 > 1e-10) { print key, weights[key], sum[key]; bad = 1 } }
          exit bad || n == 0 }' trace >log || fail "weights that do not sum to one"
name=$(head -1 trace | cut -f 1)
"$kg" query store top "$name" --count 10 --mode tsv 2>log | cut -f 1-3 >top
awk -F '\t' -v OFS='\t' -v name="$name" '$1 == name && !seen[$6, $4, $5]++ { print $6, $4, $5 }' trace | diff top - >log ||
    fail "the neighbors of $name are not the store's best"
"$kg" trace --model run/last "$(head -1 texts.txt)" >log 2>&1 && fail "a trace without a store"
grep -q 'no store' log || fail "not told that a store is wanted"

# usage: encode OPTIONS... >rows
encode() {
    "$kg" encode --model run/last --threads 1 "$@" 2>log || fail "kg encode failed"
}
# Rows of JSON as rows of numbers.
numbers() {
    sed -E 's/.*"vector":\[([^]]*)\].*/\1/; y/,/ /'
}
# usage: same A B: the same rows of numbers, to rounding; fails where there is none.
same() {
    paste -d ' ' "$1" "$2" | awk '{ n = NF / 2; for (i = 1; i <= n; i++) { d = $i - $(i + n); off += d * d; all += $i * $i } }
        END { exit !(NR > 0 && all > 0 && off <= 1e-10 * all) }'
}
encode --store store texts.txt | numbers >rows
[[ $(wc -l <rows) -eq 12 && $(head -1 rows | wc -w) -eq 128 ]] || fail "not twelve vectors of 128"
while IFS= read -r line; do
    encode --store store - <<<"$line" | numbers
done <texts.txt >alone
same rows alone || fail "a text's vector depends on what is encoded with it"
encode texts.txt | numbers >bare
same rows bare && fail "the graph changes nothing"
encode --store store texts.txt --out rows.npy
[[ $(stat -c %s rows.npy) -eq $((128 + 12 * 128 * 4)) ]] || fail "rows.npy is not of 12 x 128"
tail -c +129 rows.npy | od -A n -v -t f4 -w512 | sed 's/^ *//; s/  */ /g' >matrix
same rows matrix || fail "the matrix has other vectors"

# A vector a mention, under the entity's name.
encode --store store --mentions texts.txt >mentions
"$kg" link store texts.txt --json 2>log | grep -o '"entity"' | wc -l >linked
[[ $(wc -l <mentions) -eq $(<linked) && $(<linked) -gt 12 ]] || fail "not a vector for each mention"
grep -q "\"entity\":\"$name\"" mentions || fail "no mention of $name"
echo "checkpoints are read"
