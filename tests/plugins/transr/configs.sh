#!/usr/bin/env bash
# Every configuration that is shipped is one that the trainer takes. usage: configs.sh KG FOLDER
set -eu
kg=$1 configs=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
awk 'BEGIN { for (i = 0; i < 60; i++) printf "n%d\tnext\tn%d\n", i, (i + 1) % 60 }' >train.txt
n=0
for config in "$configs"/*.json; do
    name=$(basename "$config" .json)
    "$kg" embed --config "$config" --train train.txt --set run.epochs=0 --set run.steps=2 \
        --set run.threads=1 --out "$name" >/dev/null 2>log || { echo "$name:"; cat log; exit 1; }
    n=$((n + 1))
done
[[ $n -ge 5 ]] && echo "$n configurations"
