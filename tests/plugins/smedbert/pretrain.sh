#!/usr/bin/env bash
# kg pretrain as a program: killed anywhere and resumed it ends with the bits of a run that was never
# stopped; more threads, and micro-batches, give the same curve to rounding; what it needs is told before
# it begins, and a loss that is not finite stops it. usage: pretrain.sh KG SOURCE_DIR
set -u
. "$(dirname "$0")/../curves.sh"
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
here=$(dirname "$(readlink -f "$0")")
cd "$work" || exit 1
. "$here/prepare.sh"

pretrain whole --set run.checkpoint_every=5 || fail "the run failed"
grep -qE 'million parameters; memory: [0-9]+ MiB of parameters, gradients and moments, [0-9]+ MiB' log ||
    fail "not told what it will need"
for figure in loss mlm_loss mlm_accuracy sop_loss sop_accuracy mnem_loss mnem_hits1 mmem_loss mmem_relative; do
    grep -q "\"$figure\": [0-9.]*[1-9]" whole/metrics.jsonl || fail "no $figure"
done

# Killed at three moments, with every checkpoint there is by then.
for ((kill = 0; kill < 3; ++kill)); do
    "$kg" "${run[@]}" --out killed --set run.checkpoint_every=5 --resume >log 2>&1 &
    sleep 0.$((RANDOM % 9))
    kill -KILL $! 2>/dev/null
    wait $! 2>/dev/null
done
pretrain killed --set run.checkpoint_every=5 --resume || fail "the killed run was not taken up again"
for file in model.safetensors optimizer.safetensors place.json; do
    cmp "whole/last/$file" "killed/last/$file" || fail "killed and resumed, $file is another"
done

# Another seed trains another model, or the comparison says nothing.
pretrain other --set run.seed=9 || fail "another seed failed"
cmp -s whole/last/model.safetensors other/last/model.safetensors && fail "the seed changes nothing"

pretrain threads --set run.threads=2 || fail "two threads failed"
same_to_rounding whole threads 2e-3 24 || fail "two threads leave the curve of one"
pretrain micro --set tokens_per_micro_batch=64 || fail "micro-batches failed"
same_to_rounding whole micro 2e-3 24 || fail "micro-batches leave the curve"

# A setting that has another name now: told; and a run that was begun under the old one goes on.
pretrain old --set clip=1 && fail "an old name of a setting was taken"
grep -q '"clip" is now called "clip_norm"' log || fail "not told the new name"
pretrain renamed --set run.steps=2 || fail "two steps failed"
sed -i 's/"clip_norm"/"clip"/; s/"warmup"/"warmup_steps"/' renamed/last/state.json
grep -q '"warmup_steps"' renamed/last/state.json || fail "no settings in state.json"
pretrain renamed --set run.steps=3 --resume || fail "a run begun under old names does not go on"

pretrain diverged --set learning_rate=1e30 --set clip_norm=0 && fail "a loss that is not finite went on"
grep -qE 'step [0-9]+: .*not finite' log || fail "not told where it went wrong"
echo "one curve"
