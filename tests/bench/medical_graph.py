#!/usr/bin/env python3
"""A graph in the shape of medical_zh and of any size, for the questions M1 to M12 of questions.tsv.

usage: medical_graph.py OUT.tsv TRIPLES [SEED]
Rows are head, head_type, relation, tail, tail_type: import with
    kg import STORE OUT.tsv --columns head,head_type,relation,tail,tail_type
Diseases have as many facts of each relation as in medical_zh. Of a disease's tails, two thirds are
drawn from the few that its group of diseases shares, the rest by rank^-0.7 from all, so that some
symptoms are met in a thousand diseases. The two diseases that the questions name are among them.
"""
import random
import sys

TRIPLES = 267924  # of medical_zh
# relation: facts a disease that has any, the tail's type, how many tails there are at that size
RELATIONS = {
    "has_symptom": (58398, 10, "symptom", 6556),
    "recommand_recipes": (39663, 8, "recipe", 2000),
    "check_item": (39098, 8, "check", 3300),
    "good_food": (34221, 8, "food", 450),
    "avoid_food": (34215, 8, "food", 450),
    "treat_way": (20917, 4, "treatment", 540),
    "has_complication": (19150, 6, "disease", 4400),
    "common_drug": (13477, 6, "drug", 3800),
    "belongs_to": (8784, 2, "department", 54),
}
DISEASES = 8800
GROUP, POOL = 100, 30  # diseases a group, and tails that it shares
ASKED = {17: "高血压", 23: "糖尿病"}


def name_of(kind, number):
    if kind == "disease" and number in ASKED:
        return ASKED[number]
    if kind == "disease" and number % 500 == 0:
        return f"糖尿病{number}型"
    return f"{kind}{number}"


def draw(rng, head, tails):
    if rng.random() < 2 / 3:
        return (head // GROUP * 7919 + int(POOL * rng.random())) % tails
    return int(tails * rng.random() ** (1 / 0.3))


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    path, wanted = sys.argv[1], int(sys.argv[2])
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    scale, written = wanted / TRIPLES, 0
    diseases = max(1000, int(DISEASES * scale))
    with open(path, "w", encoding="utf-8") as out:
        out.write("head\thead_type\trelation\ttail\ttail_type\n")
        for relation, (facts, most, kind, tails) in RELATIONS.items():
            tails = max(50, int(tails * scale))
            heads, left, rows = list(range(diseases)), int(facts * scale), set()
            rng.shuffle(heads)
            for head in list(ASKED) + heads:
                if left <= 0:
                    break
                for _ in range(rng.randint(max(1, most - 3), most)):
                    tail = draw(rng, head, tails)
                    if (head, tail) not in rows and not (kind == "disease" and head == tail):
                        rows.add((head, tail))
                        left -= 1
            for head, tail in sorted(rows):
                out.write(f"{name_of('disease', head)}\tdisease\t{relation}\t{name_of(kind, tail)}\t{kind}\n")
            written += len(rows)
    print(f"{written} triples", file=sys.stderr)


if __name__ == "__main__":
    main()
