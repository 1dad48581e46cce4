#!/usr/bin/env bash
# The examples of every room run as their first lines say, and answer as the program does.
# usage: examples.sh SOURCE_DIR BUILD_DIR
set -eu
source=$1 build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$build/cli/kg" "$work/bin/kg"
export PATH=$work/bin:$PATH LC_ALL=C.UTF-8
cd "$work"
samples=$source/cli/samples c=$build/kgstore
kg import medical "$samples/triples.tsv" --columns head,head_type,relation,tail,tail_type \
    --aliases "$samples/aliases.tsv" >/dev/null
kg rank medical >/dev/null

# C: their answers are those of the program.
"$c/find_best" medical 糖尿病 | cut -f3 | diff - <(kg query medical top 糖尿病 -k 5 --mode tsv | cut -f1)
if "$c/find_best" medical 糖尿 2>out; then exit 1; fi
grep -q 'did you mean' out
kg export medical graph >/dev/null
"$c/walk_edges" medical managed_by | sort | diff - <(awk -F '\t' '$2 == "managed_by" {print $1 "\t" $3}' graph/triples.tsv | sort)
"$c/ask_cypher" medical 糖尿病 | head -n 1 | diff - <(printf '1型糖尿病\t3\n')
kg backup medical copy >/dev/null
"$c/rank_store" copy >out
kg query copy out 糖尿病 -k 100 --mode tsv | grep -qF 'a new drug'
weight=$(kg query copy describe 'a new drug' --json | sed -E 's/.*"weight": ([0-9.e-]+).*/\1/')
[[ $(printf '%.3e' "$weight") == "$(cut -f2 out)" ]]

# Shell.
sh "$source/cli/examples/own_tables.sh" "$work/own" >out
grep -q '^Analytical Engines .*Ada, Charles .*27' out
echo 糖尿病 | sh "$source/cli/examples/every_disease.sh" medical | grep -q '"disease": "糖尿病", "treatments": \[.*"胰岛素"'
printf 'add 感冒 treated_with 姜茶\n' >changes
sh "$source/cli/examples/nightly.sh" copy changes "$work/backups" >out 2>&1
kg query "$work"/backups/* out 感冒 -k 100 --mode tsv | grep -qF 姜茶
echo "C and shell: as the program"

# Python, where its package can be made.
/usr/bin/python3 -c 'import setuptools, cffi, numpy' 2>/dev/null || exit 0
export PYTHONPATH=$build/package/python/lib KGSTORE_LIBRARY=$c/libkgstore.so.0
/usr/bin/python3 "$source/kgstore/python/examples/common_symptoms.py" medical 糖尿病 >out
shared='MATCH (:disease {name: "糖尿病"})-[:has_symptom]->(s)<-[:has_symptom]-(o) RETURN s.name, count(o) AS n ORDER BY n DESC LIMIT 1'
[[ "$(head -n 1 out)" == "$(kg cypher medical "$shared" --mode tsv | awk -F '\t' '{print $1 ": of " $2 " more diseases"}')" ]]
grep -q '^糖尿病 at 3$' out
echo "Python: as the program"
