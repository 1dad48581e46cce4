#!/usr/bin/env bash
# TransR on UMLS: killed and resumed it ends as one never killed, to the bit, and two ranks give the
# curve of one, to rounding. usage: transr_run.sh KG SHARED_DIR
set -u
. "$(dirname "$0")/curves.sh"
kg=$1 data=$2/data/kge/umls
[[ -r $data/train.txt.gz ]] || { echo "$data is not there: skipped"; exit 77; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
train=("$kg" embed --train "$data/train.txt.gz" --valid "$data/valid.txt.gz" --test "$data/test.txt.gz"
    --set entity_dim=32 --set run.epochs=6 --set run.threads=1 --set run.log_every=3
    --set run.evaluate_every=20 --set run.checkpoint_every=7 --set run.tensorboard=false)

run() {
    "$@" >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }
}

run "${train[@]}" --out "$work/straight"
for point in run.after-step:2 run.after-step:25 run.after-save:3 checkpoint.before-link:2; do
    rm -rf "$work/killed"
    KG_FAILPOINT=$point "${train[@]}" --out "$work/killed" >"$work/out" 2>&1 &&
        { echo "$point was never passed (is KG_FAILPOINTS off?): skipped"; exit 77; }
    run "${train[@]}" --out "$work/killed" --resume
    diff <(curve "$work/straight") <(curve "$work/killed") || { echo "killed at $point"; exit 1; }
    for file in "$work/straight/last/"*; do
        [[ $file == */state.json ]] || cmp "$file" "$work/killed/last/$(basename "$file")" || exit 1
    done
done

if command -v mpirun >/dev/null; then
    run "${mpi[@]}" "${train[@]}" --out "$work/two"
    same_to_rounding "$work/straight" "$work/two" 1e-3 8 || exit 1
fi
echo "killed or shared, the same run"
