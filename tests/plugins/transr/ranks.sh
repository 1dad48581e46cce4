#!/usr/bin/env bash
# Two ranks follow the loss curve of one, to rounding. usage: ranks.sh KG MPIRUN
set -eu
kg=$1 mpirun=$2
[[ -x $mpirun ]] || { echo "mpirun is not installed: skipped"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=1
awk 'BEGIN { srand(4); for (i = 0; i < 900; i++)
    printf "e%d\tr%d\te%d\n", int(rand() * 80), int(rand() * 5), int(rand() * 30) }' >train.txt
options=(--set train=train.txt --set entity_dim=12 --set queries=16 --set groups=3
    --set negatives=20 --set run.threads=1 --set run.steps=40 --set run.log_every=1)
"$kg" train transr "${options[@]}" --out one >/dev/null 2>log || { cat log; exit 1; }
# Open MPI leaves memory of its own behind, which the leak sanitizer would blame on the program.
"$mpirun" -np 2 --bind-to none -x ASAN_OPTIONS=detect_leaks=0 "$kg" train transr "${options[@]}" --out two >/dev/null 2>log || {
    grep -q 'cannot communicate' log && { echo "built without MPI: skipped"; exit 77; }
    cat log
    exit 1
}
losses() {
    grep -o '"step": [0-9]*.*"loss": [-0-9.e]*' "$1/metrics.jsonl" | sed 's/.*"loss": //'
}
paste <(losses one) <(losses two) | awk '
    { d = $1 - $2; if (d < 0) d = -d; if (NF != 2 || d > 1e-4 * $1) { print "step " NR ": " $0; bad = 1 } }
    END { if (NR != 40) { print NR " steps"; bad = 1 } exit bad }'
echo "the same curve"
