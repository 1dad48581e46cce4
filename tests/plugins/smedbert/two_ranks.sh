#!/usr/bin/env bash
# Two ranks of kg pretrain follow the curve of one, to rounding. usage: two_ranks.sh KG SOURCE_DIR
set -u
command -v mpirun >/dev/null || { echo "no mpirun here: skipped"; exit 77; }
. "$(dirname "$0")/../curves.sh"
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
here=$(dirname "$(readlink -f "$0")")
cd "$work" || exit 1
. "$here/prepare.sh"
pretrain one || fail "one rank failed"
program=$kg
kg=ranks
ranks() {
    "${mpi[@]}" "$program" "$@"
}
pretrain two || { grep -q 'cannot communicate' log && { echo "built without MPI: skipped"; exit 77; }; fail "two ranks failed"; }
same_to_rounding one two 2e-3 24 || exit 1
echo "two ranks are one"
