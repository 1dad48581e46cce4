#!/usr/bin/env bash
# kg ner train follows one curve, to rounding: by micro-batches, by two ranks, and by both; and stopped and
# resumed it ends with the bits of a run that was never stopped. usage: ner_ranks.sh KG SOURCE_DIR
set -u
. "$(dirname "$0")/../curves.sh"
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
here=$(dirname "$(readlink -f "$0")")
cd "$work" || exit 1
. "$here/prepare.sh"
head -3000 "$samples/ner.train.txt" >train.txt
head -600 "$samples/ner.dev.txt" >dev.txt
options=(--train train.txt --dev dev.txt --vocab vocab.txt --store store --set size=tiny --set max_len=64
    --set tokens_per_batch=256 --set run.steps=12 --set run.evaluate_every=6 --set run.threads=1 --set run.log_every=1
    --set run.tensorboard=false --set sparse_iterations=3 --set average=0.5 --set layer_decay=0.9 --set schedule_steps=12)

# usage: tune OUT OPTIONS...
tune() {
    "$kg" ner train "${options[@]}" --out "$@" >log 2>&1
}
tune one || fail "one rank failed"
tune micro --set tokens_per_micro_batch=64 || fail "micro-batches failed"
same_to_rounding one micro 2e-3 12 || fail "micro-batches leave the curve"
cmp -s one/last/model.safetensors micro/last/model.safetensors && fail "micro-batches are none"
tune parts --set run.steps=7 || fail "seven steps failed"
tune parts --resume || fail "the run was not taken up again"
cmp one/last/model.safetensors parts/last/model.safetensors || fail "a resumed run ends with other bits"

command -v mpirun >/dev/null || { echo "no mpirun here: ranks are skipped"; exit 0; }
program=$kg
kg=ranks
ranks() {
    "${mpi[@]}" "$program" "$@"
}
tune two || { grep -q 'cannot communicate' log && { echo "built without MPI: ranks are skipped"; exit 0; }; fail "two ranks failed"; }
same_to_rounding one two 2e-3 12 || fail "two ranks leave the curve"
tune both --set tokens_per_micro_batch=64 || fail "two ranks by micro-batches failed"
same_to_rounding one both 2e-3 12 || fail "two ranks by micro-batches leave the curve"
echo "one curve"
