#!/usr/bin/env bash
# A first interrupt writes a checkpoint and stops; the run then goes on to the curve of one that was
# never stopped. usage: signals.sh KG PLUGIN
set -u
. "$(dirname "$0")/curves.sh"
kg=$1 plugin=$2
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
# Points enough that an evaluation takes a while and the signal is sure to find the run at work.
train=("$kg" train template --plugin "$plugin" --set points=300000 --set run.evaluate_every=20
    --set run.log_every=20 --set run.tensorboard=false --set run.keep_last=1)

# Interrupt once the run has begun to evaluate.
"${train[@]}" --set run.steps=100000 --out stopped >/dev/null 2>message &
pid=$!
until grep -q valid stopped/metrics.jsonl 2>/dev/null; do
    kill -0 $pid 2>/dev/null || { cat message; exit 1; }
    sleep 0.02
done
kill -INT $pid
wait $pid
status=$?
[[ $status -eq 3 ]] || { echo "status $status after an interrupt; expected 3"; cat message; exit 1; }
step=$(sed -n 's/.*stopped on request after step \([0-9]*\); the same command with --resume goes on from there/\1/p' message)
[[ -n $step && -s stopped/checkpoints/step-$(printf %08d "$step")/state.json ]] ||
    { echo "no checkpoint of the step where it stopped"; cat message; ls stopped/checkpoints; exit 1; }

end=$((step + 50))
"${train[@]}" --set run.steps=$end --out stopped --resume >/dev/null 2>message || { cat message; exit 1; }
"${train[@]}" --set run.steps=$end --out straight >/dev/null 2>message || { cat message; exit 1; }
diff <(curve stopped | grep -v final) <(curve straight | grep -v final) || { echo "the curves differ"; exit 1; }
echo "stopped after step $step and went on"
