#!/usr/bin/env bash
# The store and ranking beside their peers, on one graph of 4.4 million triples: JSON lines on
# stdout. Each part measures ours and the peers in the same run; later parts want the store of the
# first. The overlap of pepr with igraph's takes as many minutes as all the rest.
# usage: run.sh BUILD_DIR [SCRATCH_DIR [PART...]]     e.g. run.sh build/release
#        parts: import top rank pepr overlap cypher   (all of them; cypher on a graph of its own)
set -eu
build=$1
scratch=${2:-$(mktemp -d)}
parts=("${@:3}")
[[ ${#parts[@]} -gt 0 ]] || parts=(import top rank pepr overlap cypher)
here=$(dirname "$(readlink -f "$0")")
bench=$build/tests/bench store=$scratch/store graph=$scratch/graph.tsv
python=$(command -v python3) || python=
mkdir -p "$scratch"
[[ -s $graph ]] || "$bench/bench_graph" "$graph"

# peer SCRIPT ARGUMENT...: a peer in Python, where that is installed.
peer() {
    if [[ $python ]]; then
        "$python" "$here/$1" "${@:2}"
    else
        echo "{\"bench\":\"$1\",\"skipped\":\"python3 is not installed\"}"
    fi
}

for part in "${parts[@]}"; do
    case $part in
    import)
        "$bench/bench_store" "$graph" "$store"
        "$bench/bench_store" "$graph" "$scratch/store-256M" 256
        peer peer_store.py "$graph" "$scratch/peers"
        ;;
    top)
        "$build/cli/kg" rank "$store" --export "$scratch/weights.json"
        "$bench/bench_top" "$store"
        "$bench/bench_process" 200 "$build/cli/kg" query "$store" top "$(sed -n '1000{s/\t.*//;p;q}' "$graph")"
        peer peer_top.py "$graph" "$scratch/weights.json"
        ;;
    rank) "$bench/bench_rank" "$store" pagerank ;;
    pepr | overlap) "$bench/bench_rank" "$store" "$part" ;;
    cypher)
        python3 "$here/medical_graph.py" "$scratch/medical.tsv" 1000000
        "$build/cli/kg" import "$scratch/medical" "$scratch/medical.tsv" \
            --columns head,head_type,relation,tail,tail_type
        "$build/cli/kg" rank "$scratch/medical"
        peer peer_cypher.py "$build" "$scratch/medical" "$scratch/cypher" M{1..12}
        ;;
    *)
        echo "run.sh: no part $part" >&2
        exit 2
        ;;
    esac
done
[[ $# -gt 1 ]] || rm -rf "$scratch"
