#!/usr/bin/env bash
# The store beside its peers, on one graph, in one run: JSON lines on stdout.
# usage: run.sh BUILD_DIR [SCRATCH_DIR]        e.g. run.sh build/release
set -eu
build=$1
scratch=${2:-$(mktemp -d)}
here=$(dirname "$(readlink -f "$0")")
mkdir -p "$scratch"
graph=$scratch/graph.tsv
[[ -s $graph ]] || "$build/tests/bench/bench_graph" "$graph"
"$build/tests/bench/bench_store" "$graph" "$scratch/store"
"$build/tests/bench/bench_store" "$graph" "$scratch/store-256M" 256
if command -v python3 >/dev/null; then
    python3 "$here/peer_store.py" "$graph" "$scratch/peers"
else
    echo '{"bench":"peers","skipped":"python3 is not installed"}'
fi
[[ $# -gt 1 ]] || rm -rf "$scratch"
