#!/usr/bin/env python3
"""Small encoders that transformers makes at random encode alike in kg: other activations.
init_peers.py KG; leaves with 77 where torch or transformers is absent."""
import pathlib, subprocess, sys, tempfile
try:
    import numpy, torch, transformers
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
kg = sys.argv[1]
transformers.utils.logging.set_verbosity_error()
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "blood", "of", "a", "glucose", "cell", "##s", "."]
TEXTS = ["the blood of a cell.", "glucose", "cells of the blood . blood of the cells", "a " * 60]
SIZES = {"vocab_size": len(WORDS), "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4,
         "intermediate_size": 48, "max_position_embeddings": 40}


def bert(**keys):
    return transformers.BertModel(transformers.BertConfig(**{**SIZES, **keys}))


def word_pieces(folder):
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    return transformers.BertTokenizerFast(str(folder / "vocab.txt"))


MODELS = {f"BERT, {name}": (lambda name=name: bert(hidden_act=name), word_pieces)
          for name in ("gelu", "gelu_new", "gelu_pytorch_tanh", "relu")}


def theirs(model, tokenizer):
    rows = []
    with torch.no_grad():
        for text in TEXTS:
            ids = tokenizer(text, return_tensors="pt", truncation=True, max_length=40)
            rows.append(model(**ids).last_hidden_state[0].mean(0).numpy())
    return numpy.stack(rows)


def ours(folder):
    (folder / "texts").write_text("\n".join(TEXTS) + "\n")
    done = subprocess.run([kg, "encode", folder / "texts", "--model", folder, "--out", folder / "out.npy"],
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"kg encode: {done.stderr}")
    return numpy.load(folder / "out.npy")


torch.manual_seed(3)
for what, (make, tokenizer) in MODELS.items():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        model = make().eval()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter) * 0.3)
        words = tokenizer(folder)
        model.save_pretrained(folder)
        a, b = ours(folder), theirs(model, words)
        off = abs(a - b).max()
        print(f"{what}: largest difference {off:.2g}, largest value {abs(b).max():.2g}")
        if not off <= 1e-5:
            sys.exit(f"{what}: kg and transformers differ")
