#!/usr/bin/env python3
"""Byte-level BPE beside Hugging Face's tokenizers and transformers: the same tokens and places of text of every kind, by
every form that the files of a tokenizer have; a RoBERTa with its own BPE encodes alike, and so does what kg saves of it.
bpe_peers.py KG SAMPLES; leaves with 77 where torch, transformers or tokenizers is absent."""
import json, pathlib, random, subprocess, sys, tempfile, unicodedata
try:
    import numpy, tokenizers, torch, transformers
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
kg, samples = sys.argv[1], pathlib.Path(sys.argv[2])
transformers.utils.logging.set_verbosity_error()
torch.set_num_threads(1)
draw = random.Random(5)
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
GIVEN = [
    "Hello world, it's a test.", " leading", "  two  spaces  ", "\ttab\ttab \t mixed\n\nlines\r\n end \n", "I'll we're you've I'm he'd isn't 'S 'x' ''s",
    "病人头痛发热三天。糖尿病（2型）", "COVID-19在2020年1月", "😀👩‍👩‍👧 🇨🇳 é é ạ̈ ﬁ ½ ² Ⅷ ٣", "한국어 日本語カタカナ ไทย हिन्दी العربية",
    "a<mask>b <mask> c  <mask>\n<s>x</s> <pad><unk> <mask", "\u00a0nbsp\u00a0\u3000ideographic\u3000\u2028sep\u200bzero\u180e\ufeff", "a" * 300, "ab" * 200 + " " * 50 + "x",
    "123456789 3.14 1,000 a1b2", "snake_case camelCase URL http://a.b/c?d=e&f=g", "\x00\x01\x7f\x85\x9f\xad", "...!!! ---???", "", " ", "   ", "\n", "'", "' s", "'s",
]


def fail(text):
    sys.exit(text)


def run(*arguments, given=None):
    done = subprocess.run([kg, *map(str, arguments)], capture_output=True, text=True, input=given)
    if done.returncode != 0:
        fail(f"kg {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout


def characters():
    """Random texts of all planes, with what matters more often."""
    common = "abc 's'\n\t .,1病人痛<mask>é\u0301"
    for _ in range(600):
        yield "".join(draw.choice(common) if draw.random() < 0.7 else chr(draw.choice(known)) for _ in range(draw.randint(1, 40)))


def told(category):
    return category not in ("Cn", "Cs")


# Characters that this Python's Unicode knows: the libraries' versions differ on newer ones.
known = [c for c in range(0x110000) if told(unicodedata.category(chr(c))) and unicodedata.category(chr(c)) != "Co"]


def bounds(text, span, whole):
    """Bytes of the text, without the spaces around, as kg gives them."""
    first, end = span
    part = text[first:end]
    if whole:
        part, first = part.strip(), first + len(part) - len(part.lstrip())
    elif part.strip(" "):
        first, part = first + len(part) - len(part.lstrip(" ")), part.strip(" ")
    start = len(text[:first].encode())
    return [start, start + len(part.encode())]


def compare(what, folder, theirs, texts):
    """theirs: a tokenizers.Tokenizer that does not trim offsets."""
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    found = [json.loads(line) for line in run("tokenize", "--vocab", folder, "--jsonl", "--json", given=lines).splitlines()]
    if len(found) != len(texts):
        fail(f"{what}: {len(found)} lines of {len(texts)}")
    n = 0
    for text, ours in zip(texts, found):
        encoded = theirs.encode(text, add_special_tokens=False)
        spans = [bounds(text, span, token in SPECIAL) for span, token in zip(encoded.offsets, encoded.tokens)]
        if ours["ids"] != encoded.ids:
            fail(f"{what}: {text!r}: {ours['tokens']}, theirs {encoded.tokens}")
        if ours["spans"] != spans:
            fail(f"{what}: {text!r}: {ours['tokens']} at {ours['spans']}, theirs {spans}")
        n += len(encoded.ids)
    print(f"{what}: {n} tokens of {len(texts)} texts are the same")


def untrimmed(tokenizer):
    """The same tokens, each with all characters of it."""
    copy = tokenizers.Tokenizer.from_str(tokenizer.to_str())
    copy.post_processor = None
    return copy


def trained(work, prefix_space):
    text = [line for name in ("corpus.train.txt", "department.train.tsv") for line in
            (samples / name).read_text().splitlines()] + GIVEN * 20
    bpe = tokenizers.ByteLevelBPETokenizer(add_prefix_space=prefix_space)
    bpe.train_from_iterator(text, vocab_size=1200, min_frequency=2, special_tokens=SPECIAL, show_progress=False)
    bpe.save_model(str(work))
    return transformers.RobertaTokenizer(json.loads((work / "vocab.json").read_text()),
                                         [tuple(line.split(" ")) for line in (work / "merges.txt").read_text().splitlines()[1:]],
                                         add_prefix_space=prefix_space,
                                         mask_token=tokenizers.AddedToken("<mask>", lstrip=True, special=True))


def forms(work):
    """tokenizer.json with pairs and with lines, and vocab.json with merges.txt; with a space before and without."""
    texts = GIVEN + list(characters()) + [line for name in sorted(samples.glob("*.t*")) for line in name.read_text().splitlines()][:400]
    for prefix_space in (False, True):
        parts, whole = work / f"parts-{prefix_space}", work / f"whole-{prefix_space}"
        parts.mkdir()
        theirs = trained(parts, prefix_space)
        theirs.save_pretrained(whole)
        (parts / "tokenizer_config.json").write_text(json.dumps({"add_prefix_space": prefix_space}))
        same = untrimmed(theirs.backend_tokenizer)
        compare(f"tokenizer.json, prefix space {prefix_space}", whole, same, texts)
        compare(f"vocab.json and merges.txt, prefix space {prefix_space}", parts, same, texts)
        both = json.loads((whole / "tokenizer.json").read_text())
        both["model"]["merges"] = [" ".join(pair) for pair in both["model"]["merges"]]
        (whole / "tokenizer.json").write_text(json.dumps(both))
        compare(f"merges as lines, prefix space {prefix_space}", whole, same, texts)
    return work / "whole-False"


def near(what, ours, theirs):
    off = float(numpy.abs(numpy.asarray(ours) - numpy.asarray(theirs)).max())
    print(f"{what}: largest difference {off:.2g}")
    if not off <= 1e-5:
        fail(f"{what}: they differ")


def write(path, lines):
    path.write_text("\n".join(lines) + "\n")
    return path


LINES = ["Hello world, it's a test.", " two  spaces", "病人头痛发热三天。", "fever 😀 <mask> é", "a " * 60]
SETTINGS = ["kg=false", "max_len=48", "run.threads=1", "tokens_per_batch=256", "warmup=0", "learning_rate=0.005"]


def settings(*more):
    return [word for one in (*SETTINGS, *more) for word in ("--set", one)]


def encodes(what, folder, model, tokenizer):
    found = [json.loads(line)["vector"] for line in run("encode", "--model", folder, write(folder / "lines", LINES)).splitlines()]
    with torch.no_grad():
        states = [model(**tokenizer(line, return_tensors="pt", truncation=True, max_length=64)).last_hidden_state[0].mean(0)
                  for line in LINES]
    near(what, found, numpy.stack(states))


def made(work, tokens):
    """A RoBERTa with random weights and the tokenizer of a folder."""
    folder = work / "roberta"
    tokenizer = transformers.AutoTokenizer.from_pretrained(tokens)
    model = transformers.RobertaModel(transformers.RobertaConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48,
        max_position_embeddings=66, type_vocab_size=2, pad_token_id=1, layer_norm_eps=1e-5)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    encodes("RoBERTa", folder, model, tokenizer)
    return folder, tokenizer


def pretrains(work, folder, tokenizer):
    """What kg saves after a step, and exports of that: the same tokens, the same states."""
    corpus = write(work / "corpus", [line for line in LINES for _ in range(20)])
    run("pretrain", "--init", folder, "--out", work / "run", "--set", f'corpus=["{corpus}"]', "--set", "min_chars=4",
        *settings("run.steps=2"))
    run("export-model", work / "run" / "last", work / "out")
    for what, saved in (("saved", work / "run" / "last"), ("exported", work / "out")):
        model, own = transformers.AutoModel.from_pretrained(saved).eval(), transformers.AutoTokenizer.from_pretrained(saved)
        if model.config.pad_token_id != 1 or own.pad_token_id != 1 or own.mask_token_id != tokenizer.mask_token_id:
            fail(f"{what}: pad {model.config.pad_token_id}, {own.pad_token_id}, mask {own.mask_token_id}")
        for text in GIVEN:
            if own(text, "b c")["input_ids"] != tokenizer(text, "b c")["input_ids"]:
                fail(f"{what}: {text!r}: {own.tokenize(text)}, before {tokenizer.tokenize(text)}")
        encodes(what, saved, model, own)


def pairs(work, folder):
    """<s> A </s></s> B </s>: probabilities of a classifier of pairs."""
    rows = [(draw.choice(["病人", "fever", "it's"]), draw.choice(["病人", "fever", "它"])) for _ in range(90)]
    data = [f"{int(a[0] == b[0])}\t{a}\t{b}" for a, b in rows]
    run("tune", "pair", "train", "--init", folder, "--train", write(work / "train", data[:60]), "--dev", write(work / "dev", data[60:]),
        "--out", work / "pair", *settings("run.epochs=2", "sparse_features=false", "match_features=false"))
    run("export-model", work / "pair" / "best", work / "pair-out")
    given = write(work / "given", [row.split("\t", 1)[1] for row in data[60:]])
    ours = [json.loads(line)["probabilities"] for line in
            run("tune", "pair", "predict", "--checkpoint", work / "pair-out", given).splitlines()]
    model = transformers.AutoModelForSequenceClassification.from_pretrained(work / "pair-out").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(work / "pair-out")
    columns = [list(column) for column in zip(*(row.split("\t")[1:] for row in data[60:]))]
    with torch.no_grad():
        theirs = model(**tokenizer(*columns, padding=True, return_tensors="pt")).logits.softmax(-1)
    near("pairs", [[one[model.config.id2label[i]] for i in range(2)] for one in ours], theirs)


def words(work, folder):
    """Words that the data has cut: as transformers with is_split_into_words and add_prefix_space."""
    kinds = {"fever": "B-x", "病": "B-y", "毒": "I-y", "it's": "O", "and": "O", "1.5": "O", "😀": "B-x"}
    data = [[draw.choice(list(kinds)) for _ in range(draw.randint(2, 9))] for _ in range(120)]
    columns = ["".join(f"{word} {kinds[word] if word != '毒' or 'y' in kinds.get(before, '') else 'O'}\n"
                       for before, word in zip(["", *one], one)) for one in data]
    run("ner", "train", "--init", folder, "--train", write(work / "ner.train", columns[:80]), "--dev", write(work / "ner.dev", columns[80:]),
        "--out", work / "ner", *settings("run.epochs=10", "sparse_features=false", "tokens_per_batch=64"))
    run("export-model", work / "ner" / "best", work / "ner-out")
    run("ner", "eval", "--checkpoint", work / "ner-out", work / "ner.dev", "--write", work / "ours")
    ours = [[line.split(" ")[2] for line in one.split("\n")] for one in (work / "ours").read_text().strip().split("\n\n")]
    model = transformers.AutoModelForTokenClassification.from_pretrained(work / "ner-out").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(work / "ner-out", add_prefix_space=True)
    theirs = []
    for one in data[80:]:
        ids = tokenizer(one, is_split_into_words=True, return_tensors="pt")
        with torch.no_grad():
            best = model(**ids).logits[0].argmax(-1)
        first = [ids.word_ids().index(i) for i in range(len(one))]
        theirs.append([model.config.id2label[int(best[i])] for i in first])
    if ours != theirs:
        fail(f"words: {[p for p in zip(ours, theirs) if p[0] != p[1]][0]}")
    found = {tag for one in ours for tag in one}
    print(f"words: {sum(map(len, ours))} have the same tags, of {len(found)} kinds")
    if len(found) < 3:
        fail("words: the model has not learned enough for this to say anything")


torch.manual_seed(3)
with tempfile.TemporaryDirectory() as name:
    work = pathlib.Path(name)
    tokens = forms(work)
    folder, tokenizer = made(work, tokens)
    pretrains(work, folder, tokenizer)
    pairs(work, folder)
    words(work, folder)
