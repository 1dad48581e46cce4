#!/usr/bin/env bash
# Two ranks give the curve of one, to rounding; killed and resumed, to the bit that of two.
# usage: ranks.sh KG PLUGIN
set -u
kg=$1 plugin=$2
command -v mpirun >/dev/null || { echo "no mpirun here: skipped"; exit 77; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
. "$(dirname "$0")/curves.sh"
train=("$kg" train template --plugin "$plugin" --set run.threads=1 --set run.evaluate_every=20
    --set run.checkpoint_every=7 --set run.tensorboard=false)

"${train[@]}" --set run.steps=60 --out "$work/one" >/dev/null 2>&1 || { echo "one rank failed"; exit 1; }
"${mpi[@]}" "${train[@]}" --set run.steps=60 --out "$work/two" >"$work/out" 2>&1 ||
    { cat "$work/out"; exit 1; }
same_to_rounding "$work/one" "$work/two" 1e-9 9 || exit 1

# In two halves, the first of them stopped.
"${mpi[@]}" "${train[@]}" --set run.steps=33 --out "$work/halves" >"$work/out" 2>&1 &&
    "${mpi[@]}" "${train[@]}" --set run.steps=60 --out "$work/halves" --resume >"$work/out" 2>&1 ||
    { cat "$work/out"; exit 1; }
diff <(curve "$work/two" | tail -1) <(curve "$work/halves" | tail -1) ||
    { echo "resumed, two ranks end elsewhere"; exit 1; }

echo "two ranks are one"
