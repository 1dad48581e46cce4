#!/usr/bin/env python3
"""A checkpoint that PyTorch writes as .bin gives kg encode the bits that its safetensors gives: both of torch.save's
formats, three precisions, tensors that are views, and an index of two files.
torch_bins.py KG; leaves with 77 where torch is absent."""
import json, pathlib, struct, subprocess, sys, tempfile
try:
    import torch
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
kg = sys.argv[1]
CONFIG = {"model_type": "bert", "vocab_size": 12, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
          "intermediate_size": 32, "max_position_embeddings": 32, "type_vocab_size": 2, "hidden_act": "gelu"}
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "blood", "of", "a", "glucose", "cell", "."]
DTYPES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}


def state_dict():
    torch.manual_seed(7)
    d, inner = CONFIG["hidden_size"], CONFIG["intermediate_size"]
    shapes = {"embeddings.word_embeddings.weight": (12, d), "embeddings.position_embeddings.weight": (32, d),
              "embeddings.token_type_embeddings.weight": (2, d), "embeddings.LayerNorm.weight": (d,),
              "embeddings.LayerNorm.bias": (d,), "pooler.dense.weight": (d, d), "pooler.dense.bias": (d,)}
    for layer in range(CONFIG["num_hidden_layers"]):
        at = f"encoder.layer.{layer}."
        for name, rows, columns in (("attention.self.query", d, d), ("attention.self.key", d, d),
                                    ("attention.self.value", d, d), ("attention.output.dense", d, d),
                                    ("intermediate.dense", inner, d), ("output.dense", d, inner)):
            shapes[f"{at}{name}.weight"], shapes[f"{at}{name}.bias"] = (rows, columns), (rows,)
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes[f"{at}{name}.weight"] = shapes[f"{at}{name}.bias"] = (d,)
    return {"bert." + name: torch.randn(shape) * 0.3 for name, shape in shapes.items()}


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, t in tensors.items():
        raw = t.contiguous().view(torch.uint8).numpy().tobytes()
        header[name] = {"dtype": DTYPES[t.dtype], "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def as_views(tensors):
    """The same values: matrices turned twice, vectors as parts of one storage."""
    vectors = torch.cat([t for t in tensors.values() if t.dim() == 1])
    views, at = {}, 0
    for name, t in tensors.items():
        if t.dim() == 1:
            views[name], at = vectors[at:at + len(t)], at + len(t)
        else:
            views[name] = t.t().contiguous().t()
    return views


def encode(work, write):
    folder = pathlib.Path(tempfile.mkdtemp(dir=work))
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    write(folder)
    (folder / "texts").write_text("the blood of a cell .\nglucose\n")
    done = subprocess.run([kg, "encode", folder / "texts", "--model", folder, "--out", folder / "out.npy"],
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"kg encode: {done.stderr}")
    return (folder / "out.npy").read_bytes()


def shards(folder, tensors):
    names = list(tensors)
    parts = {"one.bin": names[::2], "two.bin": names[1::2]}
    for file, part in parts.items():
        torch.save({name: tensors[name] for name in part}, folder / file)
    weight_map = {name: file for file, part in parts.items() for name in part}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": weight_map}))


with tempfile.TemporaryDirectory() as work:
    for dtype, spelled in DTYPES.items():
        tensors = {name: t.to(dtype) for name, t in state_dict().items()}
        expected = encode(work, lambda folder: write_safetensors(folder / "model.safetensors", tensors))
        ways = {
            "zip": lambda folder: torch.save(tensors, folder / "pytorch_model.bin"),
            "old": lambda folder: torch.save(tensors, folder / "pytorch_model.bin",
                                             _use_new_zipfile_serialization=False),
            "views": lambda folder: torch.save(as_views(tensors), folder / "pytorch_model.bin"),
            "old views": lambda folder: torch.save(as_views(tensors), folder / "pytorch_model.bin",
                                                   _use_new_zipfile_serialization=False),
            "two files": lambda folder: shards(folder, tensors),
        }
        for way, write in ways.items():
            if encode(work, write) != expected:
                sys.exit(f"{spelled}, {way}: the vectors differ from those of safetensors")
            print(f"{spelled}, {way}: the same bits")
