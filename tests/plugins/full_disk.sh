#!/usr/bin/env bash
# A disk that is really full: the run stops and says so, the newest checkpoint is whole, and with
# room again the run goes on as if nothing had happened. usage: full_disk.sh KG PLUGIN
set -u
. "$(dirname "$0")/curves.sh"
kg=$1 plugin=$2
if [[ ${3:-} != inside ]]; then
    unshare -rm true 2>/dev/null || { echo "no private mounts here: skipped"; exit 77; }
    exec unshare -rm bash "$0" "$kg" "$plugin" inside
fi
work=$(mktemp -d) && trap 'umount "$work/disk" 2>/dev/null; rm -rf "$work"' EXIT
mkdir "$work/disk"
mount -t tmpfs -o size=96k none "$work/disk" || { echo "no tmpfs here: skipped"; exit 77; }
settings=(--plugin "$plugin" --set run.steps=2000 --set run.log_every=1 --set run.checkpoint_every=50
    --set run.tensorboard=false)

"$kg" train template "${settings[@]}" --out "$work/disk/run" 2>"$work/message" >/dev/null
status=$?
[[ $status -eq 3 ]] || { echo "status $status on a full disk; expected 3"; exit 1; }
grep -q 'No space left on device' "$work/message" || { cat "$work/message"; exit 1; }
[[ -s $work/disk/run/last/state.json && -s $work/disk/run/last/line.txt ]] ||
    { echo "no whole checkpoint is left"; ls -lR "$work/disk"; exit 1; }

mount -o remount,size=8m "$work/disk" || exit 1
"$kg" train template "${settings[@]}" --out "$work/disk/run" --resume 2>"$work/message" >/dev/null ||
    { cat "$work/message"; exit 1; }
grep -q 'resuming after step' "$work/message" || { echo "it began anew"; exit 1; }
"$kg" train template "${settings[@]}" --out "$work/straight" >/dev/null 2>&1 || exit 1
diff <(curve "$work/disk/run") <(curve "$work/straight") >/dev/null ||
    { echo "the curves differ"; exit 1; }
echo "stopped, kept its checkpoint, went on"
