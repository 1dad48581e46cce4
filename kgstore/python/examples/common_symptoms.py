#!/usr/bin/env python3
"""Which symptoms a disease shares with others, and what texts say of it: one store, three ways to ask.

usage: common_symptoms.py STORE DISEASE
"""

import sys

import numpy as np

import kgstore

if len(sys.argv) != 3:
    sys.exit(__doc__.strip().splitlines()[-1])
path, name = sys.argv[1:]

with kgstore.open(path) as kg:
    # A query, row by row.
    rows = kg.cypher(
        "MATCH (:disease {name: $name})-[:has_symptom]->(s)<-[:has_symptom]-(other:disease) "
        "RETURN s.name, count(other) AS n ORDER BY n DESC, s.name LIMIT 3",
        {"name": name},
    )
    for symptom, count in rows:
        print(f"{symptom}: of {count} more diseases")

    # Neighbors of many entities at once, as arrays: the mean degree in symptoms, without a loop.
    diseases = kg.entities_of("disease")
    best = kg.top_many(diseases, k=10)
    print(f"{len(diseases)} diseases have {np.diff(best.offsets).mean():.1f} of 10 neighbors on average")

    # Entities in a text.
    for mention in kg.link(f"患者有{name}，伴有发热。"):
        print(f"{mention.text} at {mention.start}")
