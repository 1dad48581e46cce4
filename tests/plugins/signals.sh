#!/usr/bin/env bash
# A first interrupt writes a checkpoint and stops; the run then goes on to the curve of one that was
# never stopped. A second interrupt stops at once, in the middle of a step.
# usage: signals.sh KG PLUGIN FAULTY_FOLDER
set -u
. "$(dirname "$0")/curves.sh"
kg=$1 plugin=$2 faulty=$3
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
# Points enough that an evaluation takes a while and the signal is sure to find the run at work.
train=("$kg" train template --plugin "$plugin" --set points=300000 --set run.evaluate_every=20
    --set run.log_every=20 --set run.tensorboard=false --set run.keep_last=1)

# stop SIGNAL OUT: once the run has begun to evaluate; $step is where it stopped.
stop() {
    local signal=$1 out=$2 pid status
    "${train[@]}" --set run.steps=100000 --out "$out" >/dev/null 2>message &
    pid=$!
    until grep -q valid "$out"/metrics.jsonl 2>/dev/null; do
        kill -0 $pid 2>/dev/null || { cat message; exit 1; }
        sleep 0.02
    done
    kill -"$signal" $pid
    wait $pid
    status=$?
    [[ $status -eq 3 ]] || { echo "status $status after $signal; expected 3"; cat message; exit 1; }
    step=$(sed -n 's/.*stopped on request after step \([0-9]*\); to continue, run the same command with --resume/\1/p' message)
    [[ -n $step && -s $out/checkpoints/step-$(printf %08d "$step")/state.json ]] ||
        { echo "no checkpoint of the step where it stopped"; cat message; ls "$out"/checkpoints; exit 1; }
}

for signal in HUP TERM USR1 XCPU; do
    stop $signal "stopped-by-$signal"
done
stop INT stopped

end=$((step + 50))
"${train[@]}" --set run.steps=$end --out stopped --resume >/dev/null 2>message || { cat message; exit 1; }
"${train[@]}" --set run.steps=$end --out straight >/dev/null 2>message || { cat message; exit 1; }
diff <(curve stopped | grep -v final) <(curve straight | grep -v final) || { echo "the curves differ"; exit 1; }
echo "stopped after step $step and went on"

# A step that takes a minute: the first interrupt waits for its end, the second does not.
"$kg" train faulty --plugin "$faulty/faulty_step_slow.so" --set run.steps=9 --out slow >/dev/null 2>message &
pid=$!
until [[ -e stepping ]]; do
    kill -0 $pid 2>/dev/null || { cat message; exit 1; }
    sleep 0.02
done
# Bit 1 of the signals that the process catches: SIGINT.
catches() { (( 0x$(sed -n 's/^SigCgt:[[:space:]]*0*\(.\)/\1/p' /proc/$pid/status) & 2 )); }
catches || { echo "an interrupt is not caught"; exit 1; }
kill -INT $pid
while catches; do sleep 0.02; done
kill -INT $pid
wait $pid
status=$?
[[ $status -eq 130 ]] || { echo "status $status after a second interrupt; expected 130"; cat message; exit 1; }
[[ -z $(ls slow/checkpoints 2>/dev/null) ]] || { echo "a checkpoint was written"; exit 1; }
echo "a second interrupt stopped at once"
