#!/usr/bin/env bash
# A training run keeps no old state of its store for longer than a hundred steps: beside it the file grows
# little more under many small writes than without it. What the run learns by stays as it was when it began,
# though the tables are written anew; a store that holds another graph stops it. usage: renew.sh KG SOURCE_DIR
set -u
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
here=$(dirname "$(readlink -f "$0")")
cd "$work" || exit 1
. "$here/prepare.sh"
for copy in alone pretrained tuned again; do "$kg" backup store $copy >log 2>&1 || fail "no copy"; done
options=(--set size=tiny --set run.threads=1 --set run.tensorboard=false --set run.log_every=1 --set run.steps=1000000)
pretraining=(pretrain --set vocab=vocab.txt --set corpus="[\"$samples/corpus.train.txt\"]" --set max_len=16 --set min_chars=8 --set tokens_per_batch=16)
tuning=(ner train --vocab vocab.txt --train "$samples/ner.dev.txt" --set max_len=16 --set tokens_per_batch=16 --set sparse_features=false)

# usage: steps OUT: how many steps a run has logged
steps() {
    cat "$1"/metrics.jsonl 2>/dev/null | wc -l
}
# usage: grow STORE [OUT]: the bytes of a store after many small writes, 20 steps of a run or more between them
grow() {
    local i before file
    file=$(echo "$1"/gen-*/data.mdb)
    for ((i = 0; i < 60; i++)); do
        [[ -z ${2-} ]] || for ((before = $(steps "$2"); $(steps "$2") < before + 20; )); do
            kill -0 $! 2>/dev/null || fail "the run has ended"
            sleep 0.005
        done
        "$kg" add "$1" "new $i" has_symptom "new too $((i % 9))" >log 2>&1 || fail "nothing was added"
    done
    stat -c %s "$file"
}
alone=$(grow alone) || exit 1

# usage: beside STORE OPTIONS...: the same beside a run over the store
beside() {
    "$kg" "${@:2}" "${options[@]}" --store "$1" --out "run-$1" >log.run 2>&1 &
    until [[ $(steps "run-$1") -gt 0 ]]; do
        kill -0 $! 2>/dev/null || { cat log.run; fail "the run over $1 has ended"; }
        sleep 0.01
    done
    grown=$(grow "$1" "run-$1") || { cat log.run; echo "$grown"; exit 1; }
    kill -INT $!
    wait $!
    [[ $grown -le $((alone + 262144)) ]] || fail "$alone bytes alone, $grown beside a run over $1"
}
beside pretrained "${pretraining[@]}"
beside tuned "${tuning[@]}"

# The tables written anew meanwhile: the run ends with the bits of one that was let alone.
long=(--set run.steps=800 --set run.checkpoint_every=0)
"$kg" "${pretraining[@]}" "${options[@]}" --store store "${long[@]}" --out calm >log 2>&1 || fail "a run failed"
"$kg" "${pretraining[@]}" "${options[@]}" --store again "${long[@]}" --out stirred >log.run 2>&1 &
until [[ $(steps stirred) -gt 20 ]]; do sleep 0.01; done
"$kg" embed --store again --set entity_dim=20 --set relation_dim=12 --set warm_epochs=0 --set negatives=50 \
    --set run.epochs=1 --set run.threads=1 --set run.seed=5 --out other >log 2>&1 || fail "kg embed failed"
[[ $(steps stirred) -lt 700 ]] || fail "the run was over too soon to tell"
wait $! || { cat log.run; fail "a run over tables that were written anew failed"; }
grep -q 'the run goes on with those that it began with' log.run || fail "not told that the tables changed"
cmp calm/last/model.safetensors stirred/last/model.safetensors || fail "tables written anew change a run"

# Another graph in its place.
"$kg" "${pretraining[@]}" "${options[@]}" --store again --out stale >log.run 2>&1 &
until [[ $(steps stale) -gt 20 ]]; do sleep 0.01; done
tac "$samples/triples.tsv" >other.tsv
"$kg" import again --replace --format tsv --columns head,head_type,relation,tail,tail_type other.tsv >log 2>&1 || fail "kg import failed"
wait $! && fail "a run goes on over another graph"
grep -q 'another graph' log.run || { cat log.run; fail "not told that the graph is another"; }
echo "no old state is kept"
