#!/usr/bin/env python3
"""The figures of kg tune TASK eval are those of scikit-learn, on outcomes drawn at random.
text_peers.py KG; leaves with 77 where scikit-learn is absent."""
import json, math, pathlib, random, subprocess, sys, tempfile
try:
    import numpy
    from sklearn import metrics
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
kg = sys.argv[1]
draw = random.Random(5)
compared = 0


def judge(task, header, rows, folder):
    path = folder / "outcomes.tsv"
    path.write_text(f"# kg tune {header}\n" + "".join("\t".join(map(str, row)) + "\n" for row in rows))
    done = subprocess.run([kg, "tune", task, "eval", "--predictions", path, "--bootstrap", "0", "--json"],
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def same(what, ours, theirs):
    global compared
    compared += 1
    if not math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-9):
        sys.exit(f"{what}: kg {ours}, scikit-learn {theirs}")


def classes(folder):
    for n in (2, 3, 7, 20):
        names = [f"c{i}" for i in range(n)]
        gold = [draw.choice(names[: max(2, n - 1)]) for _ in range(200)]
        taken = [g if draw.random() < 0.6 else draw.choice(names) for g in gold]
        rows = [(g, t, i) for i, (g, t) in enumerate(zip(gold, taken))]
        result = judge("text", "text", rows, folder)
        figures = result["figures"]
        for mean in ("micro", "macro", "weighted"):
            same(f"{mean} F1", figures[f"{mean}_f1"], metrics.f1_score(gold, taken, average=mean, zero_division=0))
        same("accuracy", figures["accuracy"], metrics.accuracy_score(gold, taken))
        table = metrics.classification_report(gold, taken, output_dict=True, zero_division=0)
        for name, of in result["classes"].items():
            for ours, theirs in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-score"),
                                 ("support", "support")):
                same(f"{ours} of {name}", of[ours], table[name][theirs])
        for name, row in result["confusion"].items():
            for other, count in row.items():
                same("confusion", count, sum(g == name and t == other for g, t in zip(gold, taken)))
        figures = judge("relation", "relation c1", rows, folder)["figures"]
        kept = sorted({*gold, *taken} - {"c1"})
        same("F1 without none", figures["f1"],
             metrics.f1_score(gold, taken, labels=kept, average="micro", zero_division=0))
        figures = judge("pair", "pair c1", rows, folder)["figures"]
        same("Matthews", figures["matthews"], metrics.matthews_corrcoef(gold, taken))
        if n == 2:
            same("F1 of c1", figures["f1"], metrics.f1_score(gold, taken, pos_label="c1", zero_division=0))
            same("precision", figures["precision"], metrics.precision_score(gold, taken, pos_label="c1"))
            same("recall", figures["recall"], metrics.recall_score(gold, taken, pos_label="c1"))


def ranks(folder):
    rows, precisions, gains, reciprocals = [], [], [], []
    for q in range(40):
        n = draw.randint(3, 30)
        right = [1] + [int(draw.random() < 0.2) for _ in range(n - 1)]
        scores = draw.sample(range(1000), n)
        draw.shuffle(right)
        rows += [(r, s / 7, f"d{i}", f"q{q}", f"d{i}") for i, (r, s) in enumerate(zip(right, scores))]
        precisions.append(metrics.average_precision_score(right, scores))
        gains.append(metrics.ndcg_score([right], [scores], k=10))
        reciprocals.append(1 / (1 + [r for _, r in sorted(zip(scores, right), reverse=True)].index(1)))
    figures = judge("rank", "rank", rows, folder)["figures"]
    same("MAP", figures["map"], numpy.mean(precisions))
    same("nDCG@10", figures["ndcg_at_10"], numpy.mean(gains))
    same("MRR", figures["mrr"], numpy.mean(reciprocals))


with tempfile.TemporaryDirectory() as folder:
    classes(pathlib.Path(folder))
    ranks(pathlib.Path(folder))
print(f"{compared} figures are scikit-learn's")
