#!/usr/bin/env bash
# A run that is stopped and taken up again ends with the tables of one that never stopped, to the bit.
# usage: resume.sh KG
set -eu
kg=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
awk 'BEGIN { srand(3); for (i = 0; i < 900; i++)
    printf "e%d\tr%d\te%d\n", int(rand() * 80), int(rand() * 5), int(rand() * 30) }' >train.txt
train() {
    "$kg" train transr --set train=train.txt --set entity_dim=12 --set queries=16 --set groups=3 \
        --set negatives=20 --set final_rate=1 --set dropout=0.1 --set warm_epochs=1 \
        --set run.threads=1 "$@" >/dev/null 2>log || { cat log; exit 1; }
}
train --set run.steps=61 --out whole
train --set run.steps=17 --out parts
train --set run.steps=40 --out parts --resume
train --set run.steps=61 --out parts --resume
[[ -s whole/last/entity.npy && -s whole/last/projection_square.npy ]]
for file in whole/last/*.npy; do
    cmp "$file" "parts/last/${file##*/}"
done
if cmp -s whole/last/entity.npy whole/last/entity_square.npy; then
    echo "the tables say nothing"
    exit 1
fi
echo "the same to the bit"
