#!/bin/sh
# A query for each line of standard input, as JSON lines. usage: every_disease.sh STORE <names
set -eu
while IFS= read -r name; do
    kg cypher "$1" --param "name=$name" --mode jsonl \
        'MATCH (d:disease {name: $name})-[:treated_with]->(t) RETURN d.name AS disease, collect(t.name) AS treatments'
done
