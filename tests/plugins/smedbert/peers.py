#!/usr/bin/env python3
"""Checkpoints go both ways between kg and Hugging Face's transformers: a real BERT encodes alike in both,
and what kg saves after a step loads as a BertModel that lacks nothing and encodes alike again.
peers.py KG CORPUS; leaves with 77 where torch, transformers or the model's package is absent."""
import pathlib, subprocess, sys, tempfile
try:
    import numpy, torch, transformers
    from all_minilm_l6_v2 import extract_model
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
kg, corpus = sys.argv[1], sys.argv[2]
transformers.utils.logging.set_verbosity_error()
TEXTS = ["Insulin lowers the concentration of glucose in the blood.", "a", "BRCA1, BRCA2 & p53: tumour-suppressor genes?",
         "Naïve T-cells — CD4+ and CD8+ — leave the thymus; (see Fig. 2).", "word " * 300]


def run(*arguments):
    done = subprocess.run([kg, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"kg {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stderr


def ours(folder, work):
    (work / "texts.txt").write_text("\n".join(TEXTS) + "\n")
    run("encode", work / "texts.txt", "--model", folder, "--out", work / "vectors.npy")
    return numpy.load(work / "vectors.npy")


def theirs(folder, tokenizer):
    model, told = transformers.BertModel.from_pretrained(folder, output_loading_info=True)
    if told["missing_keys"]:
        sys.exit(f"transformers misses {sorted(told['missing_keys'])} in {folder}")
    model.eval()
    rows = []
    with torch.no_grad():
        for text in TEXTS:
            ids = tokenizer(text, return_tensors="pt", truncation=True, max_length=512)
            rows.append(model(**ids).last_hidden_state[0].mean(0).numpy())
    return numpy.stack(rows)


def compare(what, folder, tokenizer, work):
    a, b = ours(folder, work), theirs(folder, tokenizer)
    off = abs(a - b).max()
    print(f"{what}: {len(TEXTS)} texts, largest difference {off:.2g}, largest value {abs(b).max():.2g}")
    if not off <= 1e-5:
        sys.exit(f"{what}: kg and transformers differ")
    return b


with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    real = extract_model(str(work / "real"))
    tokenizer = transformers.BertTokenizerFast.from_pretrained(real)
    before = compare("a real checkpoint", real, tokenizer, work)
    told = run("pretrain", "--init", real, "--set", f'corpus=["{corpus}"]', "--set", "kg=false", "--set", "max_len=64",
               "--set", "min_chars=8", "--set", "tokens_per_batch=128", "--set", "run.steps=2", "--set", "warmup=0",
               "--set", "learning_rate=1e-4", "--set", "run.threads=1", "--out", work / "run")
    for head in ("cls.predictions.transform.dense.weight", "cls.seq_relationship.weight"):
        if f"the checkpoint lacks {head}" not in told:
            sys.exit(f"not told that {head} begins anew: {told}")
    after = compare("what kg saved", work / "run" / "last", tokenizer, work)
    if not abs(after - before).max() > 1e-3:
        sys.exit("two steps of training changed nothing")
