#!/usr/bin/env bash
# Two ranks give the curve of one, to rounding; killed and resumed, to the bit that of two.
# usage: ranks.sh KG PLUGIN
set -u
kg=$1 plugin=$2
command -v mpirun >/dev/null || { echo "no mpirun here: skipped"; exit 77; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
mpi=(mpirun -np 2 --bind-to none --oversubscribe)
[[ $(id -u) -eq 0 ]] && mpi+=(--allow-run-as-root)
train=("$kg" train template --plugin "$plugin" --set run.threads=1 --set run.evaluate_every=20
    --set run.checkpoint_every=7 --set run.tensorboard=false)
curve() { sed 's/"time": [0-9.]*, //' "$1/metrics.jsonl"; }

"${train[@]}" --set run.steps=60 --out "$work/one" >/dev/null 2>&1 || { echo "one rank failed"; exit 1; }
"${mpi[@]}" "${train[@]}" --set run.steps=60 --out "$work/two" >"$work/out" 2>&1 ||
    { cat "$work/out"; exit 1; }
paste -d '\n' <(curve "$work/one") <(curve "$work/two") | tr -d '{}",:' | awk '
    NR % 2 { n = split($0, first, " "); next }
    {
        if (split($0, second, " ") != n) { print "other figures: " $0; exit 1 }
        for (i = 2; i <= n; i += 2) {
            d = first[i] - second[i]; size = first[i] < 0 ? -first[i] : first[i]
            if ((d < 0 ? -d : d) > 1e-9 * size + 1e-12) { print first[i] " is not " second[i]; exit 1 }
        }
        ++lines
    }
    END { if (lines < 9) { print "only " lines + 0 " lines compared"; exit 1 } }' || exit 1

# In two halves, the first of them stopped.
"${mpi[@]}" "${train[@]}" --set run.steps=33 --out "$work/halves" >"$work/out" 2>&1 &&
    "${mpi[@]}" "${train[@]}" --set run.steps=60 --out "$work/halves" --resume >"$work/out" 2>&1 ||
    { cat "$work/out"; exit 1; }
diff <(curve "$work/two" | tail -1) <(curve "$work/halves" | tail -1) ||
    { echo "resumed, two ranks end elsewhere"; exit 1; }

echo "two ranks are one"
