#!/usr/bin/env bash
# What kg-scaling(7) tells of other engines: Spark's PageRank of an exported graph is ours, and vectors that PyKEEN
# trained are taken. Each is skipped where the Python given has no such module.
# usage: scaling.sh SOURCE_DIR BUILD_DIR PYTHON
set -eu
source=$1 build=$2 python=${3:-python3}
has() { "$python" -c "import $1" 2>/dev/null; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
kg=$build/cli/kg examples=$source/cli/examples done=0
"$kg" import medical "$source/cli/samples/triples.tsv" --columns head,head_type,relation,tail,tail_type >/dev/null
"$kg" rank medical --export ours.json

if has pyspark && command -v java >/dev/null; then
    "$kg" export medical parts --parts 3 >/dev/null
    SPARK_LOCAL_IP=127.0.0.1 "$python" "$examples/spark_pagerank.py" parts ranks 2>log || { tail log; exit 1; }
    cat ranks/part-* | "$kg" rank medical --import - --export theirs.json
    "$python" - <<'END'
import json
ours, theirs = (json.load(open(name)) for name in ("ours.json", "theirs.json"))
assert ours.keys() == theirs.keys()
worst = max(abs(theirs[name] - weight) / weight for name, weight in ours.items())
print(f"PageRank by Spark: {len(ours)} weights, none differs by more than {worst:.0e} of itself")
assert worst < 1e-6
END
    done=1
fi
if has pykeen; then
    "$kg" export medical ids --format dglke >/dev/null
    "$python" "$examples/pykeen_vectors.py" ids vectors --epochs 2 --dim 8 2>log || { tail log; exit 1; }
    "$kg" import medical --embeddings vectors >/dev/null
    [[ $("$kg" query medical similar 糖尿病 -k 3 --mode tsv | wc -l) -eq 3 ]]
    "$kg" export medical back --embeddings dglke
    "$python" -c 'import numpy as np, glob
for kind in "entity", "relation":
    (back,) = glob.glob(f"back/*_TransE_{kind}.npy")
    assert (np.load(back) == np.load(f"vectors/kg_TransE_{kind}.npy")).all(), kind'
    echo "vectors by PyKEEN: taken as they are"
    done=1
fi
[[ $done -eq 1 ]] || { echo "$python has neither pyspark, with Java, nor pykeen: skipped"; exit 77; }
