#!/usr/bin/env bash
# The store and ranking beside their peers, on one graph, in one run: JSON lines on stdout.
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
"$build/cli/kg" rank "$scratch/store" --export "$scratch/weights.json"
"$build/tests/bench/bench_top" "$scratch/store"
"$build/tests/bench/bench_process" 200 "$build/cli/kg" query "$scratch/store" top "$(sed -n '1000{s/\t.*//;p;q}' "$graph")"
for what in pagerank pepr overlap; do
    "$build/tests/bench/bench_rank" "$scratch/store" $what
done
if command -v python3 >/dev/null; then
    python3 "$here/peer_store.py" "$graph" "$scratch/peers"
    python3 "$here/peer_top.py" "$graph" "$scratch/weights.json"
else
    echo '{"bench":"peers","skipped":"python3 is not installed"}'
fi
[[ $# -gt 1 ]] || rm -rf "$scratch"
