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

# A rank that fails alone ends all, and nobody waits for it.
timeout 60 "${mpi[@]:0:1}" "${mpi[@]:3}" -np 1 "${train[@]}" --set run.steps=60 --out "$work/alone" : \
    -np 1 env KG_FAILPOINT=run.after-step:5:io "${train[@]}" --set run.steps=60 --out "$work/alone" \
    >"$work/out" 2>&1
status=$?
[[ $status -ne 0 && $status -ne 124 ]] || { echo "status $status when one rank fails"; cat "$work/out"; exit 1; }
grep -q "failpoint run.after-step" "$work/out" || { cat "$work/out"; exit 1; }

# Without the module: said, not guessed.
mkdir "$work/bin" && cp "$kg" "$work/bin/kg"
OMPI_COMM_WORLD_SIZE=2 "$work/bin/kg" "${train[@]:1}" --set run.steps=1 --out "$work/none" 2>"$work/out" &&
    { echo "two ranks without MPI were taken for one"; exit 1; }
grep -q 'mpirun started 2 ranks, but they cannot communicate: module kg_collective_mpi.so is in none' "$work/out" ||
    { cat "$work/out"; exit 1; }
echo "two ranks are one"
