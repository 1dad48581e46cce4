#!/bin/sh
# Two tables of yours become a graph: who works where, and what is known of each. usage: own_tables.sh FOLDER
set -eu
mkdir -p "$1" && cd "$1"

# Edges. Columns beyond the three are properties, with their kind after a colon.
cat >edges.csv <<'END'
head,relation,tail,since:int
Ada,works_at,Analytical Engines,1842
Charles,works_at,Analytical Engines,1822
Grace,works_at,Navy,1943
END
# Nodes: an identifier, a type, and properties.
cat >nodes.csv <<'END'
id,type,born:int
Ada,person,1815
Charles,person,1791
Grace,person,1906
Navy,employer,
Analytical Engines,employer,
END

kg import people edges.csv --nodes nodes.csv --replace
kg check people
kg rank people
kg cypher people 'MATCH (p:person)-[r:works_at]->(e)
                  RETURN e.name AS employer, collect(p.name) AS staff, min(r.since - p.born) AS youngest
                  ORDER BY employer' --mode table
