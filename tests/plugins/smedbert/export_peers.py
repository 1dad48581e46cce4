#!/usr/bin/env python3
"""What kg saves and exports, opened by transformers and run by onnxruntime: tokens, tags, classes and states are ours.
export_peers.py KG; leaves with 77 where torch, transformers or onnxruntime is absent."""
import json, pathlib, random, subprocess, sys, tempfile
try:
    import numpy, onnxruntime, torch, transformers
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
kg = sys.argv[1]
transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
torch.set_num_threads(1)
draw = random.Random(7)
SETTINGS = ["size=tiny", "kg=false", "max_len=128", "run.threads=1", "tokens_per_batch=512", "learning_rate=0.002"]


def run(*arguments):
    done = subprocess.run([kg, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"kg {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout


def settings(*more):
    return [word for one in (*SETTINGS, *more) for word in ("--set", one)]


def near(what, ours, theirs):
    off = float(numpy.abs(numpy.asarray(ours) - numpy.asarray(theirs)).max())
    print(f"{what}: largest difference {off:.2g}")
    if not off <= 1e-5:
        sys.exit(f"{what}: they differ")


def opened(kind, folder, extra=()):
    """By transformers, in full: nothing is missing, and nothing is there that the class does not know."""
    model, told = kind.from_pretrained(folder, output_loading_info=True)
    unknown = [key for key in told["unexpected_keys"] if not key.startswith(tuple(extra))] if extra != "any" else []
    if told["missing_keys"] or unknown:
        sys.exit(f"{folder} as {type(model).__name__}: missing {told['missing_keys']}, unknown {unknown}")
    return model.eval()


def onnx(folder, ids):
    """Run by onnxruntime, padded texts as they are."""
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    inputs = {name: ids[name].numpy() for name in ("input_ids", "attention_mask", "token_type_ids")}
    return dict(zip(names, session.run(None, inputs)))


def real(states, ids):
    """Those of tokens, not of padding."""
    return numpy.asarray(states)[ids["attention_mask"].numpy() == 1]


def sentences(n):
    """Entities are a letter from A to C and the digits behind it."""
    for _ in range(n):
        words, tags, kind = [], [], None
        for _ in range(draw.randint(3, 30)):
            if draw.random() < 0.2:
                kind = draw.choice("xy")
                words.append(draw.choice("AB") if kind == "x" else "C")
                tags.append(f"B-{kind}")
            elif draw.random() < 0.4:
                words.append(draw.choice("234"))
                tags.append(f"I-{kind}" if kind else "O")
            else:
                words.append(draw.choice(["pm", "qm", "rm", "sm", "tm"]))
                tags.append("O")
                kind = None
        yield words, tags


def write(path, lines):
    path.write_text("\n".join(lines) + "\n")
    return path


def ner(work, vocabulary):
    data = list(sentences(160))
    columns = ["\n".join(f"{w} {t}" for w, t in zip(*one)) + "\n" for one in data]
    train, dev = write(work / "train.txt", columns[:120]), write(work / "dev.txt", columns[120:])
    run("ner", "train", "--train", train, "--dev", dev, "--vocab", vocabulary, "--out", work / "ner",
        *settings("run.epochs=8", "sparse_features=false", "learning_rate=0.005", "warmup=0"))
    opened(transformers.AutoModelForTokenClassification, work / "ner" / "best", ("crf.", "features."))
    out = work / "ner-out"
    told = json.loads(run("export-model", work / "ner" / "best", out, "--onnx", "--dev", dev, "--json"))
    print(f"ner: {told}")
    if told["left_out"] != ["transitions of the CRF", "order of tags (I- only within an entity)"]:
        sys.exit("ner: other parts were left out than the model has")
    run("ner", "eval", "--checkpoint", out, dev, "--write", work / "ours.txt")
    ours = [[line.split(" ")[2] for line in one.split("\n")] for one in (work / "ours.txt").read_text().strip().split("\n\n")]
    model, tokenizer = opened(transformers.AutoModelForTokenClassification, out), transformers.AutoTokenizer.from_pretrained(out)
    tagger = transformers.pipeline("ner", model=model, tokenizer=tokenizer, ignore_labels=[])
    texts = [" ".join(words) for words, _ in data[120:]]
    # A word's tag is that of its first piece, which begins where the word does.
    theirs = [[piece["entity"] for piece in tagger(text) if piece["start"] == 0 or text[piece["start"] - 1] == " "]
              for text in texts]
    if ours != theirs:
        sys.exit(f"ner: pipeline('ner') gives other tags: {[p for p in zip(ours, theirs) if p[0] != p[1]][0]}")
    kinds = {tag for one in ours for tag in one}
    print(f"ner: {sum(map(len, ours))} tokens have the same tags, of {len(kinds)} kinds")
    if len(kinds) < 4 or not 0.5 < told["exported"] <= 1:
        sys.exit("ner: the model has not learned enough for this to say anything")
    ids = tokenizer(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        near("ner, ONNX", real(onnx(out, ids)["logits"], ids), real(model(**ids).logits, ids))


def texts(work, vocabulary, task, pairs):
    """A text is of the class of its letters; a pair's texts have the same first letter, or not."""
    rows = []
    for _ in range(200):
        a, b = draw.choice("abcdef"), draw.choice("abcdef")
        rows.append((f"{int(a == b)}", f"{a} {draw.choice('pqrs')}", f"{b} {draw.choice('pqrs')}") if pairs else
                    ("xyz"[(ord(a) - 97) // 2], f"{a} {draw.choice('pqrs')}"))
    lines = ["\t".join(row) for row in rows]
    train, dev = write(work / f"{task}.train", lines[:150]), write(work / f"{task}.dev", lines[150:])
    run("tune", task, "train", "--train", train, "--dev", dev, "--vocab", vocabulary, "--out", work / task,
        *settings("run.epochs=6", "sparse_iterations=20", "match_features=false"))
    opened(transformers.AutoModelForSequenceClassification, work / task / "best")
    out = work / f"{task}-out"
    told = json.loads(run("export-model", work / task / "best", out, "--onnx", "--dev", dev, "--json"))
    print(f"{task}: {told}")
    given = write(work / f"{task}.in", ["\t".join(row[1:]) for row in rows[150:]])
    ours = [json.loads(line)["probabilities"] for line in run("tune", task, "predict", "--checkpoint", out, given).splitlines()]
    model, tokenizer = opened(transformers.AutoModelForSequenceClassification, out), transformers.AutoTokenizer.from_pretrained(out)
    ids = tokenizer(*[list(column) for column in zip(*(row[1:] for row in rows[150:]))], padding=True, return_tensors="pt")
    with torch.no_grad():
        logits = model(**ids).logits
    names = [model.config.id2label[i] for i in range(model.config.num_labels)]
    near(task, [[one[name] for name in names] for one in ours], logits.softmax(-1))
    near(f"{task}, ONNX", onnx(out, ids)["logits"], logits)


def pretrained(work, vocabulary):
    corpus = write(work / "corpus.txt", [" ".join(words) + "." for words, _ in sentences(80)])
    run("pretrain", "--out", work / "run", "--set", f'corpus=["{corpus}"]', "--set", f"vocab={vocabulary}", "--set", "min_chars=8",
        *settings("run.steps=4", "warmup=0"))
    opened(transformers.AutoModelForPreTraining, work / "run" / "last")
    out = work / "run-out"
    run("export-model", work / "run" / "last", out, "--onnx")
    model = opened(transformers.AutoModelForMaskedLM, out, ("bert.pooler.", "cls.seq_relationship."))
    encoder, tokenizer = opened(transformers.AutoModel, out, "any"), transformers.AutoTokenizer.from_pretrained(out)
    lines = corpus.read_text().splitlines()[:20]
    ids = tokenizer(lines, padding=True, return_tensors="pt")
    with torch.no_grad():
        states, logits = encoder(**ids).last_hidden_state, model(**ids).logits
    found = onnx(out, ids)
    near("pretrained, ONNX, states", real(found["last_hidden_state"], ids), real(states, ids))
    near("pretrained, ONNX, words", real(found["logits"], ids), real(logits, ids))
    ours = [json.loads(line)["vector"] for line in run("encode", "--model", out, write(work / "lines.txt", lines)).splitlines()]
    mask = ids["attention_mask"][..., None]
    near("pretrained", ours, (states * mask).sum(1) / mask.sum(1))


with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefpqrs234.", "pm", "qm", "rm", "##m", *(f"##{c}" for c in "abc")]
    vocabulary = write(work / "vocab.txt", words)
    ner(work, vocabulary)
    texts(work, vocabulary, "text", False)
    texts(work, vocabulary, "pair", True)
    pretrained(work, vocabulary)
