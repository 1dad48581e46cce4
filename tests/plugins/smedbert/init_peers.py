#!/usr/bin/env python3
"""Small encoders that transformers makes at random encode alike in kg: BERT with each activation, RoBERTa, ELECTRA and
DistilBERT; and what kg saves of one after a step encodes alike in transformers' BertModel.
init_peers.py KG; leaves with 77 where torch, transformers or onnxruntime is absent."""
import pathlib, subprocess, sys, tempfile
try:
    import numpy, onnxruntime, torch, transformers
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
kg = sys.argv[1]
transformers.utils.logging.set_verbosity_error()
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "blood", "of", "a", "glucose", "cell", "##s", "."]
TEXTS = ["the blood of a cell.", "glucose", "cells of the blood . blood of the cells", "a " * 60]
SIZES = {"vocab_size": len(WORDS), "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4,
         "intermediate_size": 48, "max_position_embeddings": 40}


def word_pieces(folder):
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    return transformers.BertTokenizerFast(str(folder / "vocab.txt"))


def other(name, **keys):
    config = getattr(transformers, name + "Config")(**{**SIZES, **keys})
    return getattr(transformers, name + "Model")(config)


def distilbert():
    return transformers.DistilBertModel(transformers.DistilBertConfig(
        vocab_size=len(WORDS), dim=32, n_layers=3, n_heads=4, hidden_dim=48, max_position_embeddings=40))


MODELS = {f"BERT, {name}": (lambda name=name: other("Bert", hidden_act=name))
          for name in ("gelu", "gelu_new", "gelu_pytorch_tanh", "relu")}
MODELS["BERT without a pooler"] = lambda: transformers.BertModel(transformers.BertConfig(**SIZES),
                                                                 add_pooling_layer=False)
MODELS["RoBERTa"] = lambda: other("Roberta", max_position_embeddings=42, type_vocab_size=1, layer_norm_eps=1e-5)
MODELS["ELECTRA"] = lambda: other("Electra", embedding_size=32)
MODELS["ELECTRA, narrow embeddings"] = lambda: other("Electra", embedding_size=12)
MODELS["DistilBERT"] = distilbert


def theirs(model, tokenizer):
    rows = []
    with torch.no_grad():
        for text in TEXTS:
            ids = tokenizer(text, return_tensors="pt", truncation=True, max_length=40)["input_ids"]
            rows.append(model(input_ids=ids).last_hidden_state[0].mean(0).numpy())
    return numpy.stack(rows)


def run(*arguments):
    done = subprocess.run([kg, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"kg {' '.join(map(str, arguments))}: {done.stderr}")


def ours(folder):
    (folder / "texts").write_text("\n".join(TEXTS) + "\n")
    run("encode", folder / "texts", "--model", folder, "--out", folder / "out.npy")
    return numpy.load(folder / "out.npy")


def compare(what, folder, model, words):
    a, b = ours(folder), theirs(model, words)
    off = abs(a - b).max()
    print(f"{what}: largest difference {off:.2g}, largest value {abs(b).max():.2g}")
    if not off <= 1e-5:
        sys.exit(f"{what}: kg and transformers differ")


def compare_onnx(what, folder, model, words):
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    ids = words(TEXTS[2], return_tensors="np")
    found = session.run(["last_hidden_state"], {name: ids[name].astype("int64") for name in
                                                ("input_ids", "attention_mask", "token_type_ids")})[0]
    with torch.no_grad():
        off = abs(found - model(torch.tensor(ids["input_ids"])).last_hidden_state.numpy()).max()
    print(f"ONNX of {what}: largest difference {off:.2g}")
    if not off <= 1e-5:
        sys.exit(f"ONNX of {what}: kg and transformers differ")


def step(folder):
    """Train one step from the folder; the checkpoint's."""
    (folder / "corpus").write_text("the blood of a cell .\nglucose of the cells .\n\n" * 20)
    run("pretrain", "--init", folder, "--set", f'corpus=["{folder}/corpus"]', "--set", "kg=false", "--set",
        "max_len=32", "--set", "min_chars=4", "--set", "tokens_per_batch=64", "--set", "run.steps=1",
        "--set", "warmup=0", "--set", "run.threads=1", "--out", folder / "run")
    return folder / "run" / "last"


torch.manual_seed(3)
for what, make in MODELS.items():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        model = make().eval()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter) * 0.3)
        words = word_pieces(folder)
        model.save_pretrained(folder)
        compare(what, folder, model, words)
        saved = step(folder)
        if "narrow" in what:  # which is no BERT
            continue
        again = transformers.BertModel.from_pretrained(saved, attn_implementation="eager").eval()
        compare(f"what kg saved of {what}", saved, again, words)
        run("export-model", saved, folder / "out", "--onnx")
        compare_onnx(what, folder / "out", again, words)
